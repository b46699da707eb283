import { headManifest, type Registry } from '@mayfly/registry'
import { ms } from '../figures.ts'
import { checkAnswer } from './answers.ts'
import { ARMS, type Arm, type ArmName, type Pushed } from './arm.ts'
import type { Row } from './figures.ts'
import { type Promotion, promote } from './promotion.ts'

/** What a round is made of; each part is a row of the table. */
const PARTS = {
  cold: { name: 'cold', aims: { 'multi-stage': 8, copy: 2 } },
  unchanged: { name: 'nothing changed', aims: { 'multi-stage': 1 } },
  changed: { name: 'one file changed', aims: { 'multi-stage': 2, copy: 2 } },
  bare: { name: 'cold, packages to install', aims: {} },
} as const

type Part = keyof typeof PARTS

export interface Measured {
  rows: Row[]
  promotions: Promotion[]
}

export interface Bench {
  registry: Registry
  arms: readonly Arm[]
  /** On every container that is started to look at what was pushed. */
  label: string
  rounds: number
  signal: AbortSignal
  say: (line: string) => void
  /** Called after each round: removes what the next one does not need. */
  tidy: () => Promise<void>
}

/**
 * Every round is every part with every arm, in turns; who goes first changes with the round. One round before the first is
 * not counted: it fills what stays filled, and what it pushed is run once. `signal` is looked at between two commands.
 */
export async function measure(bench: Bench): Promise<Measured> {
  const parts = Object.keys(PARTS) as Part[]
  const rows = new Map(parts.map((part): [Part, Row] => [part, { ...PARTS[part], times: perArm(), memory: perArm() }]))
  const promotions: Promotion[] = []
  for (let round = 0; round <= bench.rounds; round++) {
    const done = await liveOnce(bench, round)
    for (const part of parts) {
      const took = bench.arms.map(({ name }) => `${name} ${ms(done.pushed[part][name].milliseconds)}`)
      bench.say(`${round}/${bench.rounds} ${PARTS[part].name}: ${took.join(', ')}`)
      if (round > 0) for (const { name } of bench.arms) add(rows.get(part), name, done.pushed[part][name])
    }
    if (round > 0) promotions.push(done.promotion)
    await bench.tidy()
  }
  return { rows: [...rows.values()], promotions }
}

type Results = Record<ArmName, Pushed>

async function liveOnce(bench: Bench, round: number): Promise<{ pushed: Record<Part, Results>; promotion: Promotion }> {
  const { registry, signal } = bench
  const turn = round % bench.arms.length
  const order = [...bench.arms.slice(turn), ...bench.arms.slice(0, turn)]
  const each = async (work: (arm: Arm) => Promise<Pushed>): Promise<Results> => {
    const results: Partial<Results> = {}
    for (const arm of order) {
      signal.throwIfAborted()
      results[arm.name] = await work(arm)
    }
    return results as Results
  }
  const repository = ({ name }: Arm) => `bench/${name}-${round}`
  const cold = await each((arm) => arm.build({ repository: repository(arm), cold: true, bare: false }))
  const first = await digestsOf(registry, cold)
  if (round === 0) for (const arm of order) await checkAnswer(registry.host, cold[arm.name], bench.label)
  const unchanged = await each((arm) => arm.build({ repository: repository(arm), cold: false, bare: false }))
  same(first, await digestsOf(registry, unchanged), true)
  await Promise.all(order.map(({ checkout }) => checkout.push(`round ${round}`)))
  const changed = await each((arm) => arm.build({ repository: repository(arm), cold: false, bare: false }))
  same(first, await digestsOf(registry, changed), false)
  signal.throwIfAborted()
  const promotion = await promote(registry, changed.mayfly, String(round))
  // The usual Dockerfile installs the packages each time that it is built without a cache.
  const bare = await each(async (arm) =>
    arm.name === 'multi-stage' ? cold[arm.name] : arm.build({ repository: `${repository(arm)}-bare`, cold: true, bare: true }),
  )
  await digestsOf(registry, bare)
  for (const { name, checkout } of order) if (name !== 'multi-stage') await checkout.install()
  return { pushed: { cold, unchanged, changed, bare }, promotion }
}

/** What the registry really has. @throws where something that was said to be pushed is not there. */
async function digestsOf(registry: Registry, results: Results): Promise<Record<ArmName, string>> {
  const digests: Partial<Record<ArmName, string>> = {}
  for (const name of ARMS) {
    const { repository, reference } = results[name]
    const found = await headManifest(registry, repository, reference)
    if (found === undefined) throw new Error(`${name} pushed no ${repository} ${reference}.`)
    digests[name] = found.digest
  }
  return digests as Record<ArmName, string>
}

/** @throws where an arm did not do what is measured: built anew what had not changed, or reused what had. */
function same(before: Record<ArmName, string>, after: Record<ArmName, string>, wanted: boolean): void {
  const wrong = ARMS.find((name) => (before[name] === after[name]) !== wanted)
  if (wrong !== undefined) throw new Error(`${wrong} pushed ${wanted ? 'another image' : 'the same image again'}.`)
}

function add(row: Row | undefined, name: ArmName, { milliseconds, memory }: Pushed): void {
  row?.times[name].push(milliseconds)
  if (memory !== undefined) row?.memory[name].push(memory)
}

function perArm(): Record<ArmName, number[]> {
  return { mayfly: [], 'multi-stage': [], copy: [] }
}
