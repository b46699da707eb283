import type { Ratio } from './measurement.ts'

/**
 * Tenths of a percent, rounded down: 1000 only where nothing is missing, 0 only where nothing is covered.
 * Undefined where there is nothing to cover.
 */
export function tenths({ covered, total }: Ratio): number | undefined {
  if (!(total > 0)) return undefined
  if (covered >= total) return 1000
  if (!(covered > 0)) return 0
  return Math.min(999, Math.max(1, Math.floor((covered * 1000) / total)))
}

/** `91.7 %`; `none` where there is nothing to cover, which is never 100 %. */
export function percent(ratio: Ratio, none = 'n/a'): string {
  const value = tenths(ratio)
  if (value === undefined) return none
  return value === 0 || value === 1000 ? `${value / 10} %` : `${(value / 10).toFixed(1)} %`
}
