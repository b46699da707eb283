import type { CoverageMeasured, CoverageSource, FileMeasured, LineRange, Ratio } from '@mayfly/core'
import type { Diff } from './diff.ts'
import { NO_CODE } from './model.ts'
import { movedLines } from './moved-lines.ts'
import { decodeRuns, type LineRun, toRanges } from './ranges.ts'
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

/**
 * What changed since a base. Only sources of the same name and kind on both sides count: a service that was not measured
 * there, or is not here, makes nothing better or worse.
 * @param diff from the commit of the base to this one
 * @throws UserError where the base's lines cannot be read
 */
export function compare(all: Union, base: CoverageMeasured, diff: Diff | undefined): Compared {
  const pairs = all.sources.map((source) => base.sources.findIndex((other) => same(source, other)))
  const common = {
    head: maskOf(pairs.flatMap((there, here) => (there === -1 ? [] : [here]))),
    base: maskOf(pairs.filter((there) => there !== -1)),
  }
  const found: Compared = {
    base: undefined,
    lost: [],
    files: new Map(),
    sources: pairs.map((there) => base.sources[there]?.lines),
  }
  if (common.head === 0) return found
  const whole = pairs.length === base.sources.length && !pairs.includes(-1)
  const there: Ratio = { covered: 0, total: 0 }
  const paths = newPaths(diff)
  const here = new Map(all.files.map((file) => [file.path, file]))
  for (const file of base.files) {
    const runs = decodeRuns(file.runs, base.sources.length)
    const ratio = ratioOfRuns(runs, common.base)
    if (whole || ratio.covered > 0) addRatio(there, ratio)
    // A file that is gone has lost nothing.
    const path = paths.get(file.path)
    if (path === null) continue
    const head = here.get(path ?? file.path)
    if (head !== undefined && isOnly(runs, common.base) && isOnlyIn(head, common.head)) found.files.set(head.path, ratio)
    const change = diff?.get(path ?? file.path)
    const lines = lostLines(runs, common.base, head, movedLines(change?.hunks ?? []))
    if (lines.length > 0) found.lost.push({ path: path ?? file.path, lines })
  }
  const names = all.sources.filter((_, index) => pairs[index] !== -1).map(({ name }) => name)
  found.base = { lines: there, head: headRatio(all, common.head, whole), sources: names }
  return found
}

function same(a: Pick<CoverageSource, 'name' | 'kind'>, b: Pick<CoverageSource, 'name' | 'kind'>): boolean {
  return a.name === b.name && a.kind === b.kind
}

function maskOf(bits: readonly number[]): number {
  return bits.reduce((mask, bit) => mask | (1 << bit), 0)
}

/** From paths on the base to those of today, where they differ; null: deleted. */
function newPaths(diff: Diff | undefined): Map<string, string | null> {
  const paths = new Map<string, string | null>()
  for (const [path, { status, from }] of diff ?? []) {
    if (status === 'deleted') paths.set(path, null)
    else if (status === 'renamed') paths.set(from, path)
  }
  return paths
}

/**
 * Lines that a common source reached there and nothing reaches here. A file that nothing loads any more has lost all; a line
 * that is no code any more, nothing.
 */
function lostLines(
  runs: readonly LineRun[],
  mask: number,
  head: UnionFile | undefined,
  moved: (line: number) => number | undefined,
): LineRange[] {
  const lost = function* () {
    for (const run of runs) {
      if ((run.mask & mask) === 0) continue
      for (let line = run.first; line < run.first + run.count; line++) {
        const now = moved(line)
        if (now !== undefined && (head === undefined || head.hits[now] === 0)) yield now
      }
    }
  }
  return toRanges(lost())
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
function headRatio({ files }: Union, mask: number, whole: boolean): Ratio {
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
