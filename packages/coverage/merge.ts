import { type Branches, sharedBranches } from './branches.ts'
import { type CoverageMap, type FileCoverage, NO_CODE } from './model.ts'

/** A line that ran more often says nothing more. NO_CODE is one above it. */
const MOST_HITS = NO_CODE - 1

/**
 * What several reports of one source say, each file once: a line has code where any of them says so, and ran in all of them
 * together (see `mergeFile` for branches). Reports are not changed.
 */
export function mergeCoverage(maps: Iterable<CoverageMap>): CoverageMap {
  const merged: CoverageMap = new Map()
  for (const map of maps) for (const [path, file] of map) addTo(merged, path, file)
  return merged
}

/** Adds what is said of one file to what is known of it. */
export function addTo(map: CoverageMap, path: string, file: FileCoverage): void {
  const known = map.get(path)
  map.set(path, known === undefined ? file : mergeFile(known, file))
}

/**
 * Hits add up. Of a line's branches the most that one report saw taken counts, of the most that one report knows: reports say
 * how many were taken and not which, so two that each took one of two may have taken the same one. That is never too much.
 */
export function mergeFile(a: FileCoverage, b: FileCoverage): FileCoverage {
  const [short, long] = a.hits.length < b.hits.length ? [a, b] : [b, a]
  const hits = long.hits.slice()
  addHits(hits, short.hits)
  return { hits, branches: mergeBranches(a.branches, b.branches) }
}

/** Adds `more`, which is no longer, to `hits`. */
export function addHits(hits: Uint32Array, more: Uint32Array): void {
  for (let line = 1; line < more.length; line++) {
    const [known = NO_CODE, added = NO_CODE] = [hits[line], more[line]]
    if (added === NO_CODE) continue
    hits[line] = known === NO_CODE ? added : Math.min(known + added, MOST_HITS)
  }
}

/** The most of both; what one of them says already is that one's own, so that thousands of files do not say it twice. */
export function mergeBranches(a: FileCoverage['branches'], b: FileCoverage['branches']): FileCoverage['branches'] {
  if (b.size === 0) return a
  if (a.size === 0) return b
  let merged: Map<number, Branches> | undefined
  for (const [line, more] of b) {
    const known = a.get(line)
    if (known !== undefined && known.taken >= more.taken && known.total >= more.total) continue
    merged ??= new Map(a)
    merged.set(line, known === undefined ? more : mostOf(known, more))
  }
  return merged ?? a
}

function mostOf(a: Branches, b: Branches): Branches {
  return sharedBranches(Math.max(a.taken, b.taken), Math.max(a.total, b.total))
}
