/** One thing measured with both tools: `mayfly[n]` and `compose[n]` come from the same round. Milliseconds. */
export interface Row {
  name: string
  /** What the project promises for the ratio of the medians; undefined: the row is shown for comparison. */
  aim: number | undefined
  mayfly: number[]
  compose: number[]
}

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

/** How many times as long Mayfly took: once by the medians, once as the median of what each round says by itself. */
export function ratiosOf({ mayfly, compose }: Row): { medians: number; pairs: number } {
  const pairs = mayfly.flatMap((value, round) => (compose[round] === undefined ? [] : [value / compose[round]]))
  return { medians: spreadOf(mayfly).median / spreadOf(compose).median, pairs: spreadOf(pairs).median }
}

function medianOf(sorted: readonly number[]): number {
  const middle = sorted.length / 2
  const [below = 0, above = 0] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
  return (below + above) / 2
}

/** The table as Markdown, so that it can be recorded as it is printed. */
export function tableOf(rows: readonly Row[]): string {
  return markdown([
    ['', 'Mayfly', '', 'Compose', '', 'ratio', 'by pairs', 'aim'],
    ...rows.map((row) => {
      const [mayfly, compose, ratios] = [spreadOf(row.mayfly), spreadOf(row.compose), ratiosOf(row)]
      const aim = row.aim === undefined ? '' : `≤ ${row.aim.toFixed(2)}${ratios.medians <= row.aim ? '' : ' missed'}`
      const ratio = (value: number) => `${value.toFixed(2)} ×`
      return [
        row.name,
        ms(mayfly.median),
        range(mayfly),
        ms(compose.median),
        range(compose),
        ratio(ratios.medians),
        ratio(ratios.pairs),
        aim,
      ]
    }),
  ])
}

/** Figures that stand alone, each with the most that it may be. */
export interface Single {
  name: string
  /** In words, for the table. */
  value: string
  aim: string
  met: boolean
}

export function singlesTable(singles: readonly Single[]): string {
  return markdown([
    ['', '', 'aim'],
    ...singles.map(({ name, value, aim, met }) => [name, value, `${aim}${met ? '' : ' missed'}`]),
  ])
}

/** Where Mayfly's time goes: the median of each phase, over the rounds. */
export function phasesTable(phases: ReadonlyMap<string, readonly (readonly [string, number])[][]>): string {
  const names = [...new Set([...phases.values()].flat(2).map(([name]) => name))]
  return markdown([
    ['', ...names],
    ...[...phases].map(([row, rounds]) => [
      row,
      ...names.map((name) => ms(spreadOf(rounds.map((round) => round.find(([own]) => own === name)?.[1] ?? 0)).median)),
    ]),
  ])
}

export function ms(value: number): string {
  return `${Math.round(value)} ms`
}

function range({ min, max }: Spread): string {
  return `${Math.round(min)}–${Math.round(max)}`
}

function markdown(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]) => `| ${widths.map((width, at) => pad(cells[at] ?? '', width, at)).join(' | ')} |`
  const rule = `|${widths.map((width, at) => (at === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  return [line(rows[0] ?? []), rule, ...rows.slice(1).map(line)].join('\n')
}

function pad(text: string, width: number, column: number): string {
  return column === 0 ? text.padEnd(width) : text.padStart(width)
}
