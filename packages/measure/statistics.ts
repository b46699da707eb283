/** The value that so many percent are at or below (nearest rank); 0 of nothing. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const rank = Math.ceil((percent / 100) * sorted.length)
  return sorted[Math.min(sorted.length - 1, Math.max(0, rank - 1))] ?? 0
}

export function median(values: readonly number[]): number {
  return percentile(values, 50)
}

/** Into how many parts a run is cut to see how far its median moves by itself. */
const PARTS = 5

/**
 * How far the median moves between parts of the same run, in the values' unit: the median absolute deviation of the parts'
 * medians from the whole's (robust against a single slow part). 0 where there are too few values to cut.
 */
export function noiseOf(values: readonly number[]): number {
  const size = Math.floor(values.length / PARTS)
  if (size < 2) return 0
  const whole = median(values)
  const parts = Array.from({ length: PARTS }, (_, part) => median(values.slice(part * size, (part + 1) * size)))
  return median(parts.map((part) => Math.abs(part - whole)))
}
