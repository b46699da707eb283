import type { LineRange } from '@mayfly/core'
import type { Diff } from './diff.ts'
import { type LineRun, toRanges } from './ranges.ts'
import type { UnionFile } from './union.ts'

/** From paths on the base to those of today, where they differ; null: deleted. */
export function newPaths(diff: Diff | undefined): Map<string, string | null> {
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
export function lostLines(
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
