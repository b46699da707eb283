import { formatMilliseconds, percent, type Ratio, tenths } from '@mayfly/core'

export { percent, tenths }

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
