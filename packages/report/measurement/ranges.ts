import type { FileMeasured, LineRange } from '@mayfly/core'

/** Lines without code between two ranges that still read as one piece. */
const GAP = 3

/**
 * Ranges joined where at most three lines without code lie between them (blank lines, comments, closing brackets). Never
 * across a line that is code: it ran, or it was not changed.
 */
export function joinRanges(missed: readonly LineRange[], runs: readonly number[]): LineRange[] {
  const joined: LineRange[] = []
  const starts = codeRuns(runs)
  for (const [first, last] of missed.toSorted((a, b) => a[0] - b[0])) {
    const before = joined.at(-1)
    if (before !== undefined && first - before[1] - 1 <= GAP && !hasCode(starts, before[1] + 1, first - 1)) {
      before[1] = Math.max(before[1], last)
    } else joined.push([first, last])
  }
  return joined
}

/** How many lines. */
export function sizeOf([first, last]: LineRange): number {
  return last - first + 1
}

/** Bits of the sources that reached any line of a file. */
export function reachedBy({ runs }: Pick<FileMeasured, 'runs'>): number {
  let mask = 0
  for (let at = 2; at < runs.length; at += 3) mask |= runs[at] ?? 0
  return mask
}

interface Run {
  first: number
  last: number
}

function codeRuns(runs: readonly number[]): Run[] {
  const all: Run[] = []
  for (let at = 0; at + 2 < runs.length; at += 3) {
    const first = runs[at] ?? 0
    all.push({ first, last: first + (runs[at + 1] ?? 0) - 1 })
  }
  return all.sort((a, b) => a.first - b.first)
}

/** Whether a line from `first` to `last` is code; runs are sorted and do not overlap, so the search halves them. */
function hasCode(runs: readonly Run[], first: number, last: number): boolean {
  if (last < first) return false
  let [low, high] = [0, runs.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((runs[middle]?.last ?? 0) < first) low = middle + 1
    else high = middle
  }
  const run = runs[low]
  return run !== undefined && run.first <= last
}
