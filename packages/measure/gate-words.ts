/** Rounded up: a drop over the bar must not read as one at the bar. */
export function points(value: number): string {
  return (Math.ceil(Math.round(value * 1e6) / 1e5) / 10).toFixed(1)
}

/** As it was measured, to a hundredth: a bar is held against the whole number. */
export function milliseconds(value: number): string {
  return `${Math.round(value * 100) / 100} ms`
}
