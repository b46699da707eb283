import type { Item } from './item.ts'

/** What must stay, and why. An item that meets any of the given values is meant, in whatever store it is. */
export interface Root {
  /** A manifest's digest or an image's id. */
  digest?: string
  /** `registry/repository:tag`, or a reference as the engine has it. */
  reference?: string
  /** The hash of everything that went into an artifact. */
  key?: string
  /** Whatever was built from this commit. */
  revision?: string
  /** In words, behind "kept because": `it runs in acme-shop-pr-3 on the local engine`. */
  why: string
}

/** Answers why an item is a root; undefined where no root means it. */
export function rootFinder(roots: readonly Root[]): (item: Item) => string | undefined {
  const found = { digest: new Map(), reference: new Map(), key: new Map(), revision: new Map() } satisfies Record<
    string,
    Map<string, string>
  >
  for (const root of roots) {
    for (const by of ['digest', 'reference', 'key', 'revision'] as const) {
      const value = root[by]
      if (value !== undefined && value !== '' && !found[by].has(value)) found[by].set(value, root.why)
    }
  }
  return (item) => {
    for (const digest of [item.digest, ...item.aliases]) if (found.digest.has(digest)) return found.digest.get(digest)
    for (const tag of item.tags) {
      const why = found.reference.get(item.store === 'engine' ? tag : `${item.place}/${item.repository}:${tag}`)
      if (why !== undefined) return why
    }
    return found.key.get(item.key) ?? found.revision.get(item.revision)
  }
}
