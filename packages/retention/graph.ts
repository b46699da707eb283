import { type Item, identityOf } from './item.ts'

/** Who holds whom among the items of several stores. */
export interface Graph {
  /** Everything that must stay where this stays: index children, referrers and their fallback tag, the base. */
  keeps(item: Item): Item[]
  /** What an index lists, as far as it is there. */
  children(item: Item): Item[]
  /** The indexes that list it; a fallback tag's is no owner of what it lists. */
  parents(item: Item): Item[]
  /** Every index that lists it, fallback tags' too. */
  listers(item: Item): Item[]
  /** What it refers to, as far as it is there. */
  subjects(item: Item): Item[]
  /** What was built on it, in any repository. */
  builtOn(item: Item): Item[]
}

/** Children and referrers are looked for in the same repository, bases everywhere: content has one address in all stores. */
export function graphOf(items: readonly Item[]): Graph {
  const here = groupBy(items, (item) => names(item).map((digest) => identityOf({ ...item, digest })))
  const anywhere = groupBy(items, names)
  const referrers = groupBy(items, (item) => subjectsOf(item).map((digest) => identityOf({ ...item, digest })))
  const parents = groupBy(items, (item) => item.children.map((digest) => identityOf({ ...item, digest })))
  const bases = groupBy(items, (item) => (item.base === undefined ? [] : [item.base]))
  const at = (item: Item, digests: readonly string[]) =>
    digests.flatMap((digest) => here.get(identityOf({ ...item, digest })) ?? [])
  const to = (map: Map<string, Item[]>, item: Item) =>
    names(item).flatMap((digest) => map.get(identityOf({ ...item, digest })) ?? [])
  const children = (item: Item) => at(item, item.children)
  return {
    children,
    keeps: (item) => [
      ...children(item),
      ...to(referrers, item),
      ...(item.base === undefined ? [] : (anywhere.get(item.base) ?? [])),
    ],
    parents: (item) => to(parents, item).filter((parent) => parent.fallbackFor.length === 0),
    listers: (item) => to(parents, item),
    subjects: (item) => at(item, subjectsOf(item)),
    builtOn: (item) => names(item).flatMap((digest) => bases.get(digest) ?? []),
  }
}

/** All that must stay where these stay, themselves among it. */
export function reach(from: readonly Item[], graph: Graph): Set<Item> {
  const found = new Set<Item>()
  const queue = [...from]
  for (let item = queue.pop(); item !== undefined; item = queue.pop()) {
    if (found.has(item)) continue
    found.add(item)
    queue.push(...graph.keeps(item))
  }
  return found
}

/** A fallback tag's index belongs to its subject as its referrers do. */
function subjectsOf(item: Item): string[] {
  return [...(item.subject === undefined ? [] : [item.subject]), ...item.fallbackFor]
}

function names(item: Item): string[] {
  return [item.digest, ...item.aliases]
}

function groupBy(items: readonly Item[], keysOf: (item: Item) => readonly string[]): Map<string, Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    for (const key of new Set(keysOf(item))) {
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [item])
      else group.push(item)
    }
  }
  return groups
}
