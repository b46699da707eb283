import { formatMilliseconds, type Ratio } from '@mayfly/core'

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

/** Percentage points, `+0.6`, `−0.2` or `±0`: the difference of what is shown, which a reader checks by subtracting. */
export function delta(head: Ratio, base: Ratio): string {
  const [now, before] = [tenths(head), tenths(base)]
  return now === undefined || before === undefined ? '' : signed(now - before, (value) => (value / 10).toFixed(1))
}

/** `+2`, `−2`, `±0`. */
export function signed(difference: number, format: (size: number) => string = String): string {
  if (difference === 0) return '±0'
  return `${difference > 0 ? '+' : '−'}${format(Math.abs(difference))}`
}

/** `3.4 ms`, `41 ms`, `6.4 s`: as exact as it is worth. */
export function time(milliseconds: number): string {
  return milliseconds < 10 && milliseconds > 0 ? `${milliseconds.toFixed(1)} ms` : formatMilliseconds(milliseconds)
}
