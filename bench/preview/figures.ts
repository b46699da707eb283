import { markdown, ms, range, spreadOf } from '../figures.ts'

/** One thing measured with both tools: `mayfly[n]` and `compose[n]` come from the same round. Milliseconds. */
export interface Row {
  name: string
  /** What the project promises for the ratio of the medians; undefined: the row is shown for comparison. */
  aim: number | undefined
  mayfly: number[]
  compose: number[]
}

/** How many times as long Mayfly took: once by the medians, once as the median of what each round says by itself. */
export function ratiosOf({ mayfly, compose }: Row): { medians: number; pairs: number } {
  const pairs = mayfly.flatMap((value, round) => (compose[round] === undefined ? [] : [value / compose[round]]))
  return { medians: spreadOf(mayfly).median / spreadOf(compose).median, pairs: spreadOf(pairs).median }
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
