import { type FileCoverage, NO_CODE } from './model.ts'

/** What is counted of one source before its last line is known. */
export interface LineCounts {
  /** By line, from 1: how often the statement ran that starts there; of several the one that ran most. */
  hits: Map<number, number>
  branches: Map<number, { taken: number; total: number }>
}

/** No source file is longer; one that says so would take the memory of all. */
const MOST_LINES = 2_000_000

export function newCounts(): LineCounts {
  return { hits: new Map(), branches: new Map() }
}

/** istanbul's rule: a line runs as often as the most frequent of the statements that start on it. */
export function countLine({ hits }: LineCounts, line: number, count: number): void {
  if (line >= 1 && line <= MOST_LINES) hits.set(line, Math.max(hits.get(line) ?? 0, count))
}

export function countBranch({ branches }: LineCounts, line: number, counts: readonly number[]): void {
  if (line < 1 || line > MOST_LINES) return
  const found = branches.get(line) ?? { taken: 0, total: 0 }
  const taken = counts.filter((count) => count > 0).length
  branches.set(line, { taken: found.taken + taken, total: found.total + counts.length })
}

/** Puts what two scripts say of the same source together: it ran in both, a branch was taken in either. */
export function addCounts(into: LineCounts, more: LineCounts): void {
  for (const [line, count] of more.hits) into.hits.set(line, (into.hits.get(line) ?? 0) + count)
  for (const [line, { taken, total }] of more.branches) {
    const found = into.branches.get(line)
    if (found === undefined) into.branches.set(line, { taken, total })
    else into.branches.set(line, { taken: Math.max(found.taken, taken), total: Math.max(found.total, total) })
  }
}

export function toFileCoverage({ hits, branches }: LineCounts, lastLine: number): FileCoverage {
  let last = 0
  for (const line of hits.keys()) if (line <= lastLine && line > last) last = line
  const all = new Uint32Array(last + 1).fill(NO_CODE)
  for (const [line, count] of hits) if (line <= last) all[line] = Math.min(count, NO_CODE - 1)
  return { hits: all, branches: new Map([...branches].filter(([line]) => line <= lastLine).sort(([a], [b]) => a - b)) }
}
