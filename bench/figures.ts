/** What every table of a measurement is made of. */
export interface Spread {
  min: number
  median: number
  max: number
}

/** @throws where there is nothing to sum up. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const [min, max] = [sorted[0], sorted.at(-1)]
  if (min === undefined || max === undefined) throw new Error('There are no figures.')
  return { min, median: medianOf(sorted), max }
}

function medianOf(sorted: readonly number[]): number {
  const middle = sorted.length / 2
  const [below = 0, above = 0] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
  return (below + above) / 2
}

/** Figures that stand alone, each with the most that it may be. */
export interface Single {
  name: string
  /** In words, for the table. */
  value: string
  /** Empty: shown for comparison. */
  aim: string
  met: boolean
}

export function singlesTable(singles: readonly Single[]): string {
  return markdown([
    ['', '', 'aim'],
    ...singles.map(({ name, value, aim, met }) => [name, value, `${aim}${met ? '' : ' missed'}`]),
  ])
}

export function ms(value: number): string {
  return `${Math.round(value)} ms`
}

/** The least and the most, in the unit of what stands beside it. */
export function range({ min, max }: Spread): string {
  return `${Math.round(min)}–${Math.round(max)}`
}

/** A table as Markdown, so that it can be recorded as it is printed; the first row is its head. */
export function markdown(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]) => `| ${widths.map((width, at) => pad(cells[at] ?? '', width, at)).join(' | ')} |`
  const rule = `|${widths.map((width, at) => (at === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  return [line(rows[0] ?? []), rule, ...rows.slice(1).map(line)].join('\n')
}

function pad(text: string, width: number, column: number): string {
  return column === 0 ? text.padEnd(width) : text.padStart(width)
}
