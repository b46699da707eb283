import { formatDuration } from '@mayfly/core'
import { type Graph, graphOf } from './graph.ts'
import { type Inventory, type Item, nameItem } from './item.ts'
import { inOrder } from './order.ts'
import { protectedBy, type RetentionPolicy } from './policy.ts'
import { type Root, rootFinder } from './root.ts'

export interface RetentionDecision {
  item: Item
  action: 'keep' | 'delete'
  why: string
  /** Deletions with the same number belong together: all of them go, or the rest of them is litter. -1 for what stays. */
  group: number
}

/**
 * Decides for every item whether it stays: mark and sweep. Pure.
 *
 * An item stays where a root means it, where the policy keeps it or where it is not yet its time; and with each item that
 * stays, whatever the reason, stays all that it holds: an index's children, an image's referrers with their fallback tag,
 * its base. What is not ours stays. The rest goes: deletions come first and in the order in which they are safe, so that
 * being stopped between any two of them leaves nothing that stays without what it holds.
 */
export function planRetention(
  { items }: Pick<Inventory, 'items'>,
  roots: readonly Root[],
  policy: RetentionPolicy,
  now: Date,
): RetentionDecision[] {
  const graph = graphOf(items)
  const isRoot = rootFinder(roots)
  const isOurs = ownership(graph)
  const newest = newestOf(items, policy.keepLast)
  const kept = new Map<Item, string>()
  for (const item of items) {
    const why = isRoot(item) ?? newest.get(item) ?? (isOurs(item) ? ownReason(item, graph, policy, now) : NOT_OURS)
    if (why !== undefined) kept.set(item, why)
  }
  keepHeld(kept, graph)
  const going = items.filter((item) => !kept.has(item))
  return [
    ...inOrder(going, graph).flatMap((items, group) =>
      items.map((item) => ({ item, action: 'delete' as const, why: whyDelete(item, graph), group })),
    ),
    ...items.flatMap((item) => {
      const why = kept.get(item)
      return why === undefined ? [] : [{ item, action: 'keep' as const, why, group: -1 }]
    }),
  ]
}

const NOT_OURS = 'it does not carry our owner label'

/** Why an item of ours stays by itself; undefined: it goes unless something else holds it. */
function ownReason(item: Item, graph: Graph, policy: RetentionPolicy, now: Date): string | undefined {
  const pattern = protectedBy(policy, [...item.tags.map(bareTag), item.version])
  if (pattern !== undefined) return `it is protected by the pattern ${pattern}`
  const held = item.tags.length === 0 && graph.parents(item).length + graph.subjects(item).length > 0
  if (item.at === undefined) return held ? undefined : 'nothing says when it was made'
  const age = now.getTime() - item.at.getTime()
  if (age < policy.grace) return `it is younger than ${formatDuration(policy.grace)}`
  if (item.tags.length === 0) return undefined
  const ttl = timeOf(item, policy)
  if (ttl === undefined) return 'it is tagged and has no time to live'
  return age < ttl ? `until ${new Date(item.at.getTime() + ttl).toISOString()}` : undefined
}

/** An engine's store is a cache of what its host runs: what has no time of its own has the grace there. */
function timeOf(item: Item, policy: RetentionPolicy): number | undefined {
  return item.ttl ?? (item.store === 'engine' ? policy.grace : undefined)
}

/**
 * Answers whether an item is ours. What says nothing of its owner has the one of what it refers to, else of the indexes
 * that list it, else of all that it lists itself: indexes and signatures are seldom labelled.
 */
function ownership(graph: Graph): (item: Item) => boolean {
  const known = new Map<Item, boolean | undefined>()
  return function isOurs(item: Item): boolean {
    const before = known.get(item)
    if (before !== undefined) return before
    known.set(item, item.owned)
    if (item.owned === undefined) {
      const sides = [graph.subjects(item), graph.parents(item), graph.children(item)]
      // What is being asked for already is a circle, and answers nothing.
      const side = sides.map((others) => others.filter((other) => !known.has(other) || known.get(other) !== undefined))
      known.set(item, side.find((others) => others.length > 0)?.every(isOurs) ?? false)
    }
    return known.get(item) ?? false
  }
}

/** The newest so many of each name in each place; referrers and what an index lists are no versions of anything. */
function newestOf(items: readonly Item[], count: number): Map<Item, string> {
  const listed = new Set(items.flatMap((item) => item.children))
  const names = Map.groupBy(
    items.filter((item) => item.owned && item.tags.length > 0 && item.subject === undefined && !listed.has(item.digest)),
    (item) => JSON.stringify([item.place, item.repository, item.name]),
  )
  const newest = [...names.values()].flatMap((group) => group.toSorted(newerFirst).slice(0, count))
  return new Map(newest.map((item) => [item, `it is one of the ${count} newest of ${item.name || item.repository}`]))
}

function newerFirst(a: Item, b: Item): number {
  return (b.at?.getTime() ?? 0) - (a.at?.getTime() ?? 0) || (a.digest < b.digest ? -1 : 1)
}

function keepHeld(kept: Map<Item, string>, graph: Graph): void {
  const queue = [...kept.keys()]
  for (let item = queue.pop(); item !== undefined; item = queue.pop()) {
    for (const held of graph.keeps(item)) {
      if (kept.has(held)) continue
      kept.set(held, `${nameItem(item)} needs it`)
      queue.push(held)
    }
  }
}

function whyDelete(item: Item, graph: Graph): string {
  if (item.subject !== undefined || item.fallbackFor.length > 0) {
    return graph.subjects(item).length > 0 ? 'what it refers to goes' : 'what it refers to is gone'
  }
  if (item.tags.length > 0) {
    return `nothing uses it, and its time${item.ttl === undefined ? '' : `, ${formatDuration(item.ttl)},`} is over`
  }
  return graph.parents(item).length > 0 ? 'the index that lists it goes' : 'it has no tag, and nothing uses it'
}

/** `1.4.2` of `mayfly.local/shop/web:1.4.2`; a registry's tags are bare already. */
function bareTag(tag: string): string {
  return tag.slice(tag.lastIndexOf(':') + 1)
}
