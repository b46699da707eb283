import type { Ratio } from '@mayfly/core'
import { lineRoom } from './line-room.ts'
import { addHits, mergeBranches, mergeCoverage } from './merge.ts'
import { type CoverageMap, type FileCoverage, type Gathered, NO_CODE } from './model.ts'

/** What all sources say together. */
export interface Union {
  /** At most 31; bit `i` of a mask is `sources[i]`. */
  sources: UnionSource[]
  /** In order of path. */
  files: UnionFile[]
  lines: Ratio
  branches: Ratio
}

export interface UnionSource extends Omit<Gathered, 'files'> {
  /** What it reached of what it says is code. */
  lines: Ratio
  /** Lines that nothing else reached. */
  only: number
  files: CoverageMap
}

export interface UnionFile extends FileCoverage {
  path: string
  /** Index: the line. Bit `i`: `sources[i]` reached it. As long as `hits`. */
  masks: Uint32Array
  /** Bit `i`: `sources[i]` knows this file. */
  known: number
}

/** Masks are 32 bits, and JavaScript takes the last for a sign. */
const MOST_SOURCES = 31

/**
 * The true union: each line once, with who reached it. A line has code where any source says so; its hits add up and stop at
 * the most that fits; of its branches the most that one source took counts (`mergeFile`). Sources of the same name and kind
 * are one. From the 31st on they are one too, called `N others`: numbers stay right, only who reached a line is told less exactly.
 */
export function union(gathered: readonly Gathered[]): Union {
  const sources = foldSources(gathered).map((source) => ({ ...source, lines: { covered: 0, total: 0 }, only: 0 }))
  const paths = new Set(sources.flatMap(({ files }) => [...files.keys()]))
  const room = lineRoom()
  const files = [...paths].sort(inOrder).map((path) => joinFile(path, sources, room))
  const all: Union = { sources, files, lines: { covered: 0, total: 0 }, branches: { covered: 0, total: 0 } }
  for (const file of files) countFile(all, file)
  return all
}

/** By code units: the same everywhere, whatever the machine's language. */
function inOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function foldSources(gathered: readonly Gathered[]): Gathered[] {
  const named = Map.groupBy(gathered, ({ name, kind }) => `${kind} ${name}`)
  const folded = [...named.values()].map((same) => foldSame(same))
  if (folded.length <= MOST_SOURCES) return folded
  const rest = folded.slice(MOST_SOURCES - 1)
  return [...folded.slice(0, MOST_SOURCES - 1), { ...foldSame(rest), name: `${rest.length} others` }]
}

function foldSame(same: readonly Gathered[]): Gathered {
  const [first] = same
  if (first === undefined) throw new Error('There is no source to fold.')
  if (same.length === 1) return first
  const formats = [...new Set(same.map(({ format }) => format))]
  return { ...first, format: formats.join(', '), files: mergeCoverage(same.map(({ files }) => files)) }
}

const NONE: FileCoverage['branches'] = new Map()

function joinFile(path: string, sources: readonly UnionSource[], room: (length: number) => Uint32Array): UnionFile {
  const own = sources.map(({ files }) => files.get(path))
  const length = own.reduce((longest, file) => Math.max(longest, file?.hits.length ?? 0), 1)
  const hits = room(length).fill(NO_CODE)
  const masks = room(length)
  let branches: FileCoverage['branches'] = NONE
  let known = 0
  for (const [index, file] of own.entries()) {
    if (file === undefined) continue
    known |= 1 << index
    addHits(hits, file.hits)
    addReach(masks, file.hits, 1 << index)
    branches = mergeBranches(branches, file.branches)
  }
  return { path, hits, masks, branches: inOrderOfLine(branches), known }
}

/** Some are on lines without code of their own, such as the default of a parameter; they count. */
function inOrderOfLine(branches: FileCoverage['branches']): FileCoverage['branches'] {
  let last = 0
  for (const line of branches.keys()) {
    if (line < last) return new Map([...branches].sort(([a], [b]) => a - b))
    last = line
  }
  return branches
}

function addReach(masks: Uint32Array, hits: Uint32Array, bit: number): void {
  for (let line = 1; line < hits.length; line++) {
    const count = hits[line] ?? NO_CODE
    if (count !== NO_CODE && count > 0) masks[line] = (masks[line] ?? 0) | bit
  }
}

function countFile({ sources, lines, branches }: Union, file: UnionFile): void {
  addRatio(lines, linesOf(file))
  addRatio(branches, branchesOf(file))
  for (const [index, source] of sources.entries()) {
    const own = source.files.get(file.path)
    if (own === undefined) continue
    addRatio(source.lines, linesOf(own))
    const bit = 1 << index
    for (let line = 1; line < own.hits.length; line++) if (file.masks[line] === bit) source.only++
  }
}

/** Of the lines with code, those that ran. */
export function linesOf({ hits }: { hits: Uint32Array }): Ratio {
  let [covered, total] = [0, 0]
  for (let line = 1; line < hits.length; line++) {
    if (hits[line] === NO_CODE) continue
    total++
    if (hits[line] !== 0) covered++
  }
  return { covered, total }
}

/** Of the branches, those that were taken; a report that claims more than there are is not believed. */
export function branchesOf({ branches }: { branches: FileCoverage['branches'] }): Ratio {
  const ratio = { covered: 0, total: 0 }
  for (const { taken, total } of branches.values()) addRatio(ratio, { covered: Math.min(taken, total), total })
  return ratio
}

export function addRatio(sum: Ratio, { covered, total }: Ratio): void {
  sum.covered += covered
  sum.total += total
}
