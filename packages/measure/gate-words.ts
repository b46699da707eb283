import type { Ratio } from '@mayfly/core'

/** Rounded down to one digit: never 100 % where something is missing, never 0 % where something is covered. */
export function percent({ covered, total }: Ratio): string {
  if (!(total > 0)) return 'n/a'
  if (covered >= total) return '100 %'
  if (!(covered > 0)) return '0 %'
  return `${(Math.min(999, Math.max(1, Math.floor((covered * 1000) / total))) / 10).toFixed(1)} %`
}

/** Rounded up: a drop over the bar must not read as one at the bar. */
export function points(value: number): string {
  return (Math.ceil(Math.round(value * 1e6) / 1e5) / 10).toFixed(1)
}

/** As it was measured, to a hundredth: a bar is held against the whole number. */
export function milliseconds(value: number): string {
  return `${Math.round(value * 100) / 100} ms`
}
