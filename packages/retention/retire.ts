import { describeError, type Log } from '@mayfly/core'
import { graphOf, reach } from './graph.ts'
import { type Inventory, type Item, identityOf, nameItem } from './item.ts'
import { planRetention, type RetentionDecision } from './plan.ts'
import type { RetentionPolicy } from './policy.ts'
import type { Root } from './root.ts'
import type { Removal, Store } from './store.ts'

/** `left`: over the limit of one run, the next one takes it. `refused`: the store would not. */
export interface Retired extends RetentionDecision {
  outcome: 'kept' | 'would go' | 'deleted' | 'gone' | 'left' | 'refused'
}

export interface RetentionResult {
  dryRun: boolean
  items: Retired[]
  /** What a reader should know about how far the stores can tell. */
  notices: string[]
  /** Why the deletions ended early; empty where they did not. What was deleted until then is among the items. */
  stopped: string
}

export interface RetireOptions {
  stores: readonly Store[]
  /**
   * Everything that must stay. Asked again before every handful of deletions.
   * @throws where any of it cannot be read.
   */
  roots: () => Promise<Root[]>
  policy: RetentionPolicy
  now: () => Date
  /** Nothing is deleted, only planned. */
  dryRun: boolean
  log: Log
}

/** Deletions between two looks at the roots. */
const HANDFUL = 20

/**
 * Plans over all stores at once, looks at everything a second time, and deletes what was to go both times.
 * Safe to repeat, to be killed, and to run twice at once. Whatever cannot be read ends it with nothing deleted.
 */
export async function retire(options: RetireOptions): Promise<RetentionResult> {
  const { policy, dryRun } = options
  // Roots come after the stores each time: what was put to use while the stores were read is then seen.
  const first = await readAll(options.stores)
  const planned = planRetention(first, await options.roots(), policy, options.now())
  if (dryRun) return { dryRun, items: overlay(planned, undefined, policy), notices: first.notices, stopped: '' }
  const second = await readAll(options.stores)
  const again = planRetention(second, await options.roots(), policy, options.now())
  const agreed = goingOf(planned)
  const batch = firstGroups(
    again.filter(({ item }) => agreed.has(identityOf(item))),
    policy.most,
  )
  const { done, stopped } = await carryOut(options, second, batch)
  return { dryRun, items: overlay(again, done, policy), notices: second.notices, stopped }
}

type Done = Map<Item, Pick<Retired, 'outcome' | 'why'>>

async function carryOut(
  { stores, roots, policy, now, log }: RetireOptions,
  inventory: Inventory,
  batch: readonly RetentionDecision[],
): Promise<{ done: Done; stopped: string }> {
  const graph = graphOf(inventory.items)
  const done: Done = new Map()
  const refused: Item[] = []
  let still = new Set(batch.map(({ item }) => identityOf(item)))
  try {
    for (const [at, { item, why }] of batch.entries()) {
      if (at > 0 && at % HANDFUL === 0) still = goingOf(planRetention(inventory, await roots(), policy, now()))
      if (!still.has(identityOf(item))) {
        done.set(item, { outcome: 'kept', why: 'it was put to use meanwhile' })
        continue
      }
      const spared = refused.length > 0 && reach(refused, graph).has(item)
      const removal = spared ? { refused: 'something that could not be deleted needs it' } : await removeFrom(stores, item)
      if (typeof removal === 'object') refused.push(item)
      else log.info(`Deleted ${nameItem(item)}: ${why}.`)
      done.set(item, typeof removal === 'object' ? { outcome: 'refused', why: removal.refused } : { outcome: removal, why })
    }
  } catch (error) {
    log.warn(`Nothing more is deleted: ${describeError(error)}`)
    return { done, stopped: describeError(error) }
  }
  return { done, stopped: '' }
}

async function removeFrom(stores: readonly Store[], item: Item): Promise<Removal> {
  const store = stores.find(({ place, kind }) => place === item.place && kind === item.store)
  if (store === undefined) throw new Error(`There is no store ${item.place} to delete from.`)
  return await store.remove(item)
}

async function readAll(stores: readonly Store[]): Promise<Inventory> {
  const inventories = await Promise.all(stores.map((store) => store.read()))
  return {
    items: inventories.flatMap(({ items }) => items),
    notices: [...new Set(inventories.flatMap(({ notices }) => notices))],
  }
}

function goingOf(decisions: readonly RetentionDecision[]): Set<string> {
  return new Set(decisions.flatMap(({ item, action }) => (action === 'delete' ? [identityOf(item)] : [])))
}

/** The plan with what became of it; undefined: nothing was to be done, and it is what the next run would do. */
function overlay(decisions: readonly RetentionDecision[], done: Done | undefined, policy: RetentionPolicy): Retired[] {
  const within = new Set(firstGroups(decisions, policy.most))
  return decisions.map((decision) => {
    const planned = decision.action === 'keep' ? 'kept' : done === undefined && within.has(decision) ? 'would go' : 'left'
    return { ...decision, outcome: planned, ...done?.get(decision.item) }
  })
}

/** As many whole groups as the limit allows; of a first one that is larger than it, the beginning. */
function firstGroups(decisions: readonly RetentionDecision[], most: number): RetentionDecision[] {
  const going = decisions.filter(({ action }) => action === 'delete')
  const taken: RetentionDecision[] = []
  for (const group of Map.groupBy(going, (decision) => decision.group).values()) {
    if (taken.length > 0 && taken.length + group.length > most) break
    taken.push(...group.slice(0, most))
  }
  return taken
}
