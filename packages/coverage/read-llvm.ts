import { collector, type OpenFile } from './read-collect.ts'
import { arrayOf, member, numberIn } from './read-json.ts'
import type { Read } from './read-oddities.ts'
import { tally } from './read-tally.ts'

interface Segment {
  line: number
  count: number
  hasCount: boolean
  /** A region with a count starts here, and it is no gap between two. */
  starts: boolean
  entry: boolean
}

/** Whether it is what `llvm-cov export` writes. */
export function isLlvm(json: unknown): boolean {
  return member(json, 'type') === 'llvm.coverage.json.export'
}

/**
 * Reads llvm-cov's JSON, which clang, Swift and Rust (cargo llvm-cov) give. Its segments become lines as llvm-cov's own
 * reports have them (https://github.com/llvm/llvm-project, llvm/lib/ProfileData/Coverage/CoverageMapping.cpp,
 * LineCoverageStats).
 */
export function readLlvm(json: unknown, name: string): Read {
  const collected = collector(name)
  for (const unit of arrayOf(member(json, 'data'))) {
    for (const value of arrayOf(member(unit, 'files'))) {
      const path = member(value, 'filename')
      const file = collected.file(typeof path === 'string' ? path : '', 'data.files')
      if (file === undefined) continue
      addLines(segmentsOf(value), file)
      addBranches(arrayOf(member(value, 'branches')), file)
    }
  }

  function addLines(segments: readonly Segment[], file: OpenFile): void {
    let wrapped: Segment | undefined
    let at = 0
    for (let line = 1; at < segments.length; line++) {
      // Between segments there is nothing unless the last one counts.
      if (wrapped?.hasCount !== true) line = Math.max(line, segments[at]?.line ?? line)
      const first = at
      // Hostile segments may go back: they are taken as on this line.
      while ((segments[at]?.line ?? Number.POSITIVE_INFINITY) <= line) at++
      const count = countOf(segments.slice(first, at), wrapped)
      if (count !== undefined) collected.line(file, line, count, 'max', file.path)
      if (at > first) wrapped = segments[at - 1]
    }
  }

  /** `[line, column, last line, column, when true, when false, …]`: two branches each. */
  function addBranches(branches: readonly unknown[], file: OpenFile): void {
    const choices = tally(name)
    for (const branch of branches) {
      const [line, , , , whenTrue, whenFalse] = arrayOf(branch).map(numberIn)
      choices.add(line ?? Number.NaN, Number((whenTrue ?? 0) > 0) + Number((whenFalse ?? 0) > 0), 2)
    }
    for (const [line, { taken, total }] of choices.lines) collected.branch(file, line, taken, total, file.path)
  }
  return collected.read()
}

function countOf(segments: readonly Segment[], wrapped: Segment | undefined): number | undefined {
  const starting = segments.filter(({ starts }) => starts)
  const skipped = segments[0] !== undefined && !segments[0].hasCount && segments[0].entry
  const counted = (wrapped?.hasCount === true || starting.length > 0) && !skipped
  if (!counted && !segments.some(({ hasCount, entry }) => hasCount && entry)) return undefined
  return starting.reduce((most, { count }) => Math.max(most, count), wrapped?.count ?? 0)
}

/** `[line, column, count, has a count, is a region's entry, is a gap]`. */
function segmentsOf(file: unknown): Segment[] {
  const segments = arrayOf(member(file, 'segments')).map((value) => {
    const [line, , count, counted, entry, gap] = arrayOf(value)
    const [hasCount, starts] = [counted === true, entry === true]
    return {
      line: numberIn(line),
      count: numberIn(count) || 0,
      hasCount,
      entry: starts,
      starts: hasCount && starts && gap !== true,
    }
  })
  return segments.filter(({ line }) => Number.isInteger(line) && line >= 1)
}
