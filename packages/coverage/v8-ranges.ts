import type { V8Function, V8Range } from './v8-model.ts'

/** Counts beyond this say nothing more, and fit in 32 bits. */
const MOST_COUNT = 0x7fff_ffff

/** Whether a function is one as V8 reports it: at least one range, each of whole offsets, first to last. */
export function isV8Function(value: V8Function): boolean {
  return value.ranges.length > 0 && value.ranges.every(isRange)
}

function isRange({ startOffset, endOffset, count }: V8Range): boolean {
  const whole = Number.isSafeInteger(startOffset) && Number.isSafeInteger(endOffset) && Number.isFinite(count)
  return whole && 0 <= startOffset && startOffset < endOffset && 0 <= count
}

/**
 * Nested ranges as one row without overlaps, in order, from the first start to the last end: of the ranges around an
 * offset the innermost counts. Takes n log n, whatever the ranges are: one that reaches beyond the one around it, which
 * V8 never reports, ends with it.
 */
export function flatten(ranges: readonly V8Range[]): V8Range[] {
  const sorted = [...ranges].sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset)
  const flat: V8Range[] = []
  const open: { end: number; count: number }[] = []
  let at = sorted[0]?.startOffset ?? 0
  const paint = (to: number) => {
    if (to > at) flat.push({ startOffset: at, endOffset: to, count: open.at(-1)?.count ?? 0 })
    at = Math.max(at, to)
  }
  const close = (before: number) => {
    for (let last = open.at(-1); last !== undefined && last.end <= before; last = open.at(-1)) {
      paint(last.end)
      open.pop()
    }
  }
  for (const { startOffset, endOffset, count } of sorted) {
    close(startOffset)
    paint(startOffset)
    open.push({ end: Math.min(endOffset, open.at(-1)?.end ?? endOffset), count: Math.min(count, MOST_COUNT) })
  }
  close(Number.POSITIVE_INFINITY)
  return flat
}

/** Rows without overlaps, added up: the count at each offset is the sum of all rows' counts there. */
export function addRows(rows: readonly (readonly V8Range[])[]): V8Range[] {
  const [only] = rows
  if (rows.length === 1 && only !== undefined) return [...only]
  const steps = rows.flat().flatMap(({ startOffset, endOffset, count }) => [
    { at: startOffset, by: count, rows: 1 },
    { at: endOffset, by: -count, rows: -1 },
  ])
  steps.sort((a, b) => a.at - b.at)
  const sum: V8Range[] = []
  let [count, covering, from] = [0, 0, 0]
  for (const step of steps) {
    if (step.at > from && covering > 0) sum.push({ startOffset: from, endOffset: step.at, count: Math.min(count, MOST_COUNT) })
    from = step.at
    count += step.by
    covering += step.rows
  }
  return sum
}
