import { markdown, ms, range, type Single, spreadOf } from '../figures.ts'
import { ARMS, type ArmName } from './arm.ts'
import type { Promotion } from './promotion.ts'

/** One thing measured with all arms: `times.mayfly[n]` and `times.copy[n]` come from the same round. */
export interface Row {
  name: string
  /** How many times as fast as each arm Mayfly has to be, by the medians; an arm without one is shown for comparison. */
  aims: Readonly<Partial<Record<ArmName, number>>>
  /** Milliseconds. */
  times: Record<ArmName, number[]>
  /** Bytes; empty where the kernel does not say. */
  memory: Record<ArmName, number[]>
}

const OTHERS = ARMS.filter((arm) => arm !== 'mayfly')

export const TITLES: Readonly<Record<ArmName, string>> = { mayfly: 'Mayfly', 'multi-stage': 'multi-stage', copy: 'COPY' }

/** How many times as fast as another arm Mayfly was: by the medians, and as the median of what each round says by itself. */
export function fasterThan({ times }: Row, arm: ArmName): { medians: number; pairs: number } {
  const pairs = times.mayfly.flatMap((own, round) => {
    const other = times[arm][round]
    return other === undefined ? [] : [other / own]
  })
  return { medians: spreadOf(times[arm]).median / spreadOf(times.mayfly).median, pairs: spreadOf(pairs).median }
}

/** Mayfly beside each of the others, with what was promised. */
export function timesTable(rows: readonly Row[]): string {
  return markdown([
    ['', TITLES.mayfly, '', ...OTHERS.flatMap((arm) => [TITLES[arm], '', 'faster', 'by pairs', 'aim'])],
    ...rows.map((row) => {
      const own = spreadOf(row.times.mayfly)
      return [row.name, ms(own.median), range(own), ...OTHERS.flatMap((arm) => besides(row, arm))]
    }),
  ])
}

function besides(row: Row, arm: ArmName): string[] {
  const other = spreadOf(row.times[arm])
  const { medians, pairs } = fasterThan(row, arm)
  const aim = row.aims[arm]
  const promised = aim === undefined ? '' : `≥ ${aim} ×${medians >= aim ? '' : ' missed'}`
  return [ms(other.median), range(other), `${medians.toFixed(1)} ×`, `${pairs.toFixed(1)} ×`, promised]
}

/** Peaks in MiB, medians and spreads. */
export function memoryTable(rows: readonly Row[]): string {
  return markdown([
    ['', ...ARMS.flatMap((arm) => [`${TITLES[arm]}`, ''])],
    ...rows.map((row) => [
      row.name,
      ...ARMS.flatMap((arm) => {
        const peaks = row.memory[arm].map((bytes) => bytes / 1024 / 1024)
        if (peaks.length === 0) return ['?', '']
        const spread = spreadOf(peaks)
        return [`${Math.round(spread.median)} MiB`, range(spread)]
      }),
    ]),
  ])
}

/** Milliseconds that promoting a digest to a tag of its own repository may take. */
const PROMOTION_AIM = 15

export function promotionSingles(promotions: readonly Promotion[]): Single[] {
  const single = (name: string, values: number[], aim?: number): Single => {
    const { min, median, max } = spreadOf(values)
    const value = `${median.toFixed(1)} ms (${min.toFixed(1)}–${max.toFixed(1)})`
    return { name, value, aim: aim === undefined ? '' : `< ${aim} ms`, met: aim === undefined || median < aim }
  }
  return [
    single(
      'same repository: read, verified, put under a tag',
      promotions.map((one) => one.same),
      PROMOTION_AIM,
    ),
    single(
      'same repository: the put alone',
      promotions.map((one) => one.put),
    ),
    single(
      'another repository: mounted',
      promotions.map((one) => one.other),
    ),
    single(
      'another repository: mounted, with what is attached',
      promotions.map((one) => one.whole),
    ),
  ]
}
