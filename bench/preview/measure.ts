import type { Engine } from '@mayfly/engine'
import { ms } from '../figures.ts'
import { type Contestant, compose } from './contestant.ts'
import type { Row } from './figures.ts'
import { mayfly } from './mayfly.ts'

/** What one life of a copy is made of, in this order; each part is a row of the table. `aim` is the most for the ratio. */
const PARTS = [
  { name: 'first deployment', aim: 1.15 },
  { name: 'nothing changed', aim: undefined },
  { name: 'push that changes 1 of 3 services', aim: 1 },
  { name: 'removal', aim: 1 },
  { name: 'first deployment, 1 of 3 images to build', aim: 1.15 },
]

/** The rows in which it is Mayfly's whole time that counts, not the ratio. */
export const UNCHANGED = 'nothing changed'

export interface Variant {
  /** Part of the rows' names. */
  name: string
  /** Whether the Compose file says `start_interval` itself. */
  startInterval: boolean
}

export interface Measured {
  rows: Row[]
  /** For each row, for each round: Mayfly's own phases. */
  phases: Map<string, Parts[]>
}

type Parts = [string, number][]

interface Timed {
  milliseconds: number
  parts: Parts
}

/**
 * Lets both tools live through every part `rounds` times, in turns; who goes first changes with the round. One round
 * before the first is not counted: it starts the gateway and fills the caches. Removes everything that it made, also
 * when `signal` aborts; that is looked at between two steps.
 */
export async function measure(
  engine: Engine,
  variant: Variant,
  rounds: number,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<Measured> {
  const name = `mayfly-bench-${process.pid}${variant.startInterval ? '-start' : ''}`
  const rows = PARTS.map((part): Row => ({ ...part, name: part.name + variant.name, mayfly: [], compose: [] }))
  const phases: Measured['phases'] = new Map()
  const contestants: { tool: 'mayfly' | 'compose'; own: Contestant }[] = []
  try {
    contestants.push({ tool: 'mayfly', own: await mayfly(engine, `bench/${name}`, variant.startInterval) })
    contestants.push({ tool: 'compose', own: await compose(name, variant.startInterval) })
    for (let round = 0; round <= rounds; round++) {
      for (const { tool, own } of round % 2 === 0 ? contestants : contestants.toReversed()) {
        const life = await liveOnce(own, `${tool} ${round}`, signal)
        say(`${round}/${rounds} ${tool}${variant.name}: ${life.map((part) => ms(part.milliseconds)).join(', ')}`)
        if (round === 0) continue
        for (const [index, row] of rows.entries()) {
          const { milliseconds, parts } = life[index] ?? { milliseconds: Number.NaN, parts: [] }
          row[tool].push(milliseconds)
          if (parts.length > 0) phases.set(row.name, [...(phases.get(row.name) ?? []), parts])
        }
      }
    }
    return { rows, phases }
  } catch (error) {
    // A terminal interrupts the docker command too: its complaint is not what happened.
    signal.throwIfAborted()
    throw error
  } finally {
    const cleared = await Promise.allSettled(contestants.map(({ own }) => own.clear()))
    for (const outcome of cleared) if (outcome.status === 'rejected') say(`Not everything could be removed: ${outcome.reason}`)
  }
}

/** In the order of PARTS. Pushes themselves are not measured: the commit is there before either tool starts. */
async function liveOnce({ checkout, warm, up, down }: Contestant, mark: string, signal: AbortSignal): Promise<Timed[]> {
  const timed = async (work: () => Promise<Parts>): Promise<Timed> => {
    signal.throwIfAborted()
    const started = performance.now()
    const parts = await work()
    return { milliseconds: performance.now() - started, parts }
  }
  await warm()
  const first = await timed(up)
  const unchanged = await timed(up)
  await checkout.push(mark)
  const push = await timed(up)
  const removal = await timed(async () => {
    await down()
    return []
  })
  await checkout.push('')
  await warm()
  await checkout.push(`${mark}, from the start`)
  const changed = await timed(up)
  await down()
  await checkout.push('')
  return [first, unchanged, push, removal, changed]
}
