import { markdown, ms, range, type Single, spreadOf } from '../figures.ts'
import type { Agreement } from './lines.ts'
import type { Row, Taken } from './measure.ts'

/** Each tool's time and peak of memory; *times* is its median through Mayfly's, *by pairs* the median of each round's own. */
export function timesTable(rows: readonly Row[]): string {
  return markdown([
    ['', 'tool', 'wall', '', 'times', 'by pairs', 'memory', ''],
    ...rows.flatMap(({ contest, arms }) =>
      contest.arms.flatMap(({ name }, at) => {
        const [taken, own] = [arms.get(name), arms.get('Mayfly')]
        if (taken === undefined || own === undefined) return []
        const compared = at === 0 ? ['', ''] : ratios(own, taken)
        const spread = spreadOf(taken.times)
        return [[at === 0 ? contest.name : '', name, ms(spread.median), range(spread), ...compared, ...memoryOf(taken)]]
      }),
    ),
  ])
}

function ratios(own: Taken, other: Taken): string[] {
  const pairs = own.times.flatMap((time, round) => (other.times[round] === undefined ? [] : [other.times[round] / time]))
  const medians = spreadOf(other.times).median / spreadOf(own.times).median
  return [medians, spreadOf(pairs).median].map((ratio) => `${ratio.toFixed(1)} ×`)
}

function memoryOf({ memory }: Taken): [string, string] {
  if (memory.length === 0) return ['?', '']
  const spread = spreadOf(memory.map((bytes) => bytes / 1024 / 1024))
  return [`${Math.round(spread.median)} MiB`, range(spread)]
}

/** What is promised, and where it is not kept. */
export function aims(rows: readonly Row[]): Single[] {
  return rows.flatMap(({ contest: { name, aim }, arms }) => {
    const own = arms.get('Mayfly')
    if (aim === undefined || own === undefined) return []
    const time = spreadOf(own.times).median
    const memory = own.memory.length === 0 ? undefined : spreadOf(own.memory).median
    const inMiB = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MiB`
    return [
      { name: `${name}: time`, value: ms(time), aim: `< ${ms(aim.milliseconds)}`, met: time < aim.milliseconds },
      ...(memory === undefined
        ? []
        : [{ name: `${name}: memory`, value: inMiB(memory), aim: `< ${inMiB(aim.bytes)}`, met: memory < aim.bytes }]),
    ]
  })
}

/** Where Mayfly's time goes; what is missing to the wall time is the start of the process. */
export function phasesTable(rows: readonly Row[]): string {
  return markdown([
    ['Mayfly', 'part', 'time', ''],
    ...rows.flatMap(({ contest, phases }) =>
      (phases[0] ?? []).map(([part], at) => {
        const spread = spreadOf(phases.map((round) => round[at]?.[1] ?? 0))
        return [at === 0 ? contest.name : '', part, ms(spread.median), range(spread)]
      }),
    ),
  ])
}

export function agreementTable(agreements: readonly Agreement[]): string {
  return markdown([
    ['whether lines ran', 'files', 'equal', 'lines of both', 'that differ', 'only ours', 'only theirs'],
    ...agreements.map(({ name, ...counts }) => [
      name,
      ...[counts.files, counts.equal, counts.lines, counts.differ, counts.onlyOurs, counts.onlyTheirs].map(String),
    ]),
  ])
}
