import type { Graph } from './graph.ts'
import type { Item } from './item.ts'

/**
 * The order in which what goes is deleted: indexes before their children, images before their bases, both before the
 * fallback tag of their referrers, and that before the referrers: wherever a run is stopped, nothing that is left lacks
 * what it holds, and every index can still be written again. What belongs together is one group; the oldest come first.
 */
export function inOrder(going: readonly Item[], graph: Graph): Item[][] {
  const among = new Set(going)
  const remaining = new Set(going.toSorted(olderFirst))
  const families: Item[][] = []
  for (const start of remaining) families.push(gather(start, remaining, among, graph))
  return basesLast(families, graph).map((family) => sortFamily(family, graph))
}

/** Families that others are built on come after those. Where several are built on each other they are one. */
function basesLast(families: readonly Item[][], graph: Graph): Item[][] {
  const ordered: Item[][] = []
  for (let left = [...families]; left.length > 0; ) {
    const familyOf = new Map(left.flatMap((family) => family.map((item) => [item, family] as const)))
    const isBase = (family: readonly Item[]) =>
      family.some((item) => graph.builtOn(item).some((user) => familyOf.has(user) && familyOf.get(user) !== family))
    const free = left.filter((family) => !isBase(family))
    if (free.length === 0) return [...ordered, left.flat()]
    ordered.push(...free)
    const taken = new Set(free)
    left = left.filter((family) => !taken.has(family))
  }
  return ordered
}

/** Takes everything out of `remaining` that hangs together with `start`. */
function gather(start: Item, remaining: Set<Item>, among: ReadonlySet<Item>, graph: Graph): Item[] {
  const group: Item[] = []
  const queue = [start]
  for (let item = queue.pop(); item !== undefined; item = queue.pop()) {
    if (!among.has(item) || !remaining.delete(item)) continue
    group.push(item)
    queue.push(...related(item, graph))
  }
  return group
}

/** What is in the same repository only, and no base: that is let go by itself. */
function related(item: Item, graph: Graph): Item[] {
  return [...graph.keeps(item), ...graph.listers(item), ...graph.subjects(item)].filter(
    (other) =>
      other.place === item.place &&
      other.repository === item.repository &&
      other.digest !== item.base &&
      other.base !== item.digest,
  )
}

function sortFamily(family: Item[], graph: Graph): Item[] {
  const ranks = new Map<Item, number>()
  return family.toSorted((a, b) => rankOf(a, graph, ranks) - rankOf(b, graph, ranks) || olderFirst(a, b))
}

const FALLBACK = 1000
const REFERRER = 2000

/** Deeper is later. A tag can make a circle of referrers; it is gone round once. */
function rankOf(item: Item, graph: Graph, ranks: Map<Item, number>): number {
  const known = ranks.get(item)
  if (known !== undefined) return known
  ranks.set(item, 0)
  const below = (step: number) => (other: Item) => step + rankOf(other, graph, ranks)
  const subjects = graph.subjects(item).map(below(item.fallbackFor.length > 0 ? FALLBACK : REFERRER))
  const rank = Math.max(0, ...subjects, ...[...graph.listers(item), ...graph.builtOn(item)].map(below(1)))
  ranks.set(item, rank)
  return rank
}

function olderFirst(a: Item, b: Item): number {
  return (a.at?.getTime() ?? 0) - (b.at?.getTime() ?? 0) || (a.digest < b.digest ? -1 : a.digest > b.digest ? 1 : 0)
}
