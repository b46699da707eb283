import { type CoverageMeasured, type CoverageSource, type FileMeasured, type Ratio, UserError } from '@mayfly/core'
import type { Diff } from './diff.ts'
import { lostLines, newPaths } from './lost-lines.ts'
import { NO_CODE } from './model.ts'
import { movedLines } from './moved-lines.ts'
import { decodeRuns, type LineRun } from './ranges.ts'
import { addRatio, type Union, type UnionFile } from './union.ts'

export interface Compared {
  /** Undefined: no source is on both sides. */
  base: CoverageMeasured['base']
  lost: CoverageMeasured['lost']
  /** By path; only where the same sources reached the file on both sides, and nothing else did. */
  files: Map<string, Ratio>
  /** In the union's order. */
  sources: (Ratio | undefined)[]
}

/** Sources on both sides: their bits here and there. */
interface Common {
  head: number
  base: number
  /** No source is on one side only. */
  whole: boolean
}

/** Lines of all files of a base; more than any repository has. */
const MOST_LINES = 50_000_000

/**
 * What changed since a base. Only sources of the same name and kind on both sides count: a service that was not measured
 * there, or is not here, makes nothing better or worse.
 * @param diff from the commit of the base to this one
 * @throws UserError where the base's lines cannot be read
 */
export function compare(all: Union, base: CoverageMeasured, diff: Diff | undefined): Compared {
  const pairs = all.sources.map((source) => base.sources.findIndex((other) => same(source, other)))
  const sources = pairs.map((there) => base.sources[there]?.lines)
  const found: Compared = { base: undefined, lost: [], files: new Map(), sources }
  const names = all.sources.filter((_, index) => pairs[index] !== -1).map(({ name }) => name)
  if (names.length === 0) return found
  const common: Common = {
    head: maskOf(pairs.flatMap((there, here) => (there === -1 ? [] : [here]))),
    base: maskOf(pairs.filter((there) => there !== -1)),
    whole: pairs.length === base.sources.length && !pairs.includes(-1),
  }
  const lines = compareFiles(found, all, base, diff, common)
  found.base = { lines, head: headRatio(all, common), sources: names }
  return found
}

/** @returns what common sources reached on the base */
function compareFiles(found: Compared, all: Union, base: CoverageMeasured, diff: Diff | undefined, common: Common): Ratio {
  const sum: Ratio = { covered: 0, total: 0 }
  const paths = newPaths(diff)
  const here = new Map(all.files.map((file) => [file.path, file]))
  let lines = 0
  for (const file of base.files) {
    const runs = decodeRuns(file.runs, base.sources.length)
    const ratio = ratioOfRuns(runs, common.base)
    lines += ratio.total
    if (lines > MOST_LINES) throw new UserError(`The stored coverage has more than ${MOST_LINES} lines.`)
    if (common.whole || ratio.covered > 0) addRatio(sum, ratio)
    const path = paths.get(file.path) ?? file.path
    // A file that is gone has lost nothing.
    if (paths.get(file.path) === null) continue
    const head = here.get(path)
    if (head !== undefined && isOnly(runs, common.base) && isOnlyIn(head, common.head)) found.files.set(path, ratio)
    const lost = lostLines(runs, common.base, head, movedLines(diff?.get(path)?.hunks ?? []))
    if (lost.length > 0) found.lost.push({ path, lines: lost })
  }
  return sum
}

function same(a: Pick<CoverageSource, 'name' | 'kind'>, b: Pick<CoverageSource, 'name' | 'kind'>): boolean {
  return a.name === b.name && a.kind === b.kind
}

function maskOf(bits: readonly number[]): number {
  return bits.reduce((mask, bit) => mask | (1 << bit), 0)
}

function ratioOfRuns(runs: readonly LineRun[], mask: number): Ratio {
  const ratio = { covered: 0, total: 0 }
  for (const run of runs) addRatio(ratio, { covered: (run.mask & mask) === 0 ? 0 : run.count, total: run.count })
  return ratio
}

function isOnly(runs: readonly LineRun[], mask: number): boolean {
  return runs.every((run) => (run.mask & ~mask) === 0)
}

function isOnlyIn({ known }: UnionFile, mask: number): boolean {
  return (known & ~mask) === 0
}

/**
 * The same measure as on the base. Where a source is on one side only, the base does not say which files are its own: then those
 * count, on both sides, that a common source reached.
 */
function headRatio({ files }: Union, { head: mask, whole }: Common): Ratio {
  const sum = { covered: 0, total: 0 }
  for (const { hits, masks } of files) {
    const ratio = { covered: 0, total: 0 }
    for (let line = 1; line < hits.length; line++) {
      if (hits[line] === NO_CODE) continue
      ratio.total++
      if (((masks[line] ?? 0) & mask) !== 0) ratio.covered++
    }
    if (whole || ratio.covered > 0) addRatio(sum, ratio)
  }
  return sum
}

/** The part of a file's lines that its base says, for a table of files. */
export function baseOf({ files }: Pick<Compared, 'files'>, path: string): Pick<FileMeasured, 'base'> {
  const base = files.get(path)
  return base === undefined ? {} : { base }
}
