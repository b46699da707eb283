import { LABEL, type Labels, OCI, parseDuration } from '@mayfly/core'

/** One manifest in a registry or one image in an engine, with all that decides whether it may go. */
export interface Item extends Facts {
  store: 'engine' | 'registry' | 'ghcr'
  /** The registry's host, or the engine's address. */
  place: string
  /** `owner/name`; empty in an engine. */
  repository: string
  /** What it is deleted by: the manifest's digest, in an engine the image's id. */
  digest: string
  /** Other digests that name the same image: its config's and, in an engine, those that registries know it by. */
  aliases: readonly string[]
  mediaType: string
  /** In an engine whole references, in a registry tags alone. */
  tags: readonly string[]
  /** When it came or, where nobody tells that, when its commit was made; undefined: nothing tells. */
  at: Date | undefined
  /** Digests that an index lists. */
  children: readonly string[]
  /** The digest that it is a referrer of. */
  subject: string | undefined
  /**
   * The digests whose referrers it lists: it is the index behind tags `sha256-<hex>` (distribution-spec, "Referrers Tag
   * Schema"). Several where they list the same, such as nothing; those tags are not among `tags`.
   */
  fallbackFor: readonly string[]
  /** GitHub's number for it; 0 elsewhere. */
  versionId: number
}

/** What labels and annotations say. */
export interface Facts {
  /** Whether it carries the caller's owner label; undefined: it carries nobody's. */
  owned: boolean | undefined
  /** Milliseconds after which it may go; undefined: no time was set. */
  ttl: number | undefined
  /** The artifact's name without its version; empty where it has none. */
  name: string
  version: string
  /** Hash of what went into it; empty where it has none. */
  key: string
  revision: string
  /** Digest of the image that it was built on. */
  base: string | undefined
  /** When its commit was made. */
  created: Date | undefined
}

/** Everything in some stores, and what a reader should know about how well they tell. */
export interface Inventory {
  items: Item[]
  notices: string[]
}

/**
 * Reads what an image says of itself. Both sets count: labels are in the config, annotations on the manifest.
 * @param what names it in errors.
 * @throws UserError where its time to live is no duration: what nobody understands is nobody's to delete.
 */
export function readFacts(owner: string, labels: Labels, annotations: Labels, what: string): Facts {
  const said = (key: string) => annotations[key] || labels[key] || ''
  const owners = [annotations[LABEL.owner], labels[LABEL.owner]].filter((value) => value !== undefined && value !== '')
  const ttls = [annotations[LABEL.ttl], labels[LABEL.ttl]].flatMap((text) =>
    text === undefined || text === '' ? [] : [parseDuration(text, `${LABEL.ttl} of ${what}`)],
  )
  const created = Date.parse(said(OCI.created))
  return {
    // Two owners contradict each other: then it is not ours.
    owned: owners.length === 0 ? undefined : owners.every((value) => value === owner),
    ttl: ttls.length === 0 ? undefined : Math.max(...ttls),
    ...splitArtifact(said(LABEL.artifact), said(OCI.title), said(OCI.version)),
    key: said(LABEL.key),
    revision: said(LABEL.revision) || said(OCI.revision),
    base: said(OCI.baseDigest) || undefined,
    created: Number.isNaN(created) ? undefined : new Date(created),
  }
}

/** `shop/web@1.4.2` is the name `shop/web` and the version `1.4.2`; a scope's own `@` comes first and is no separator. */
function splitArtifact(artifact: string, title: string, version: string): { name: string; version: string } {
  const at = artifact.lastIndexOf('@')
  if (at <= 0) return { name: artifact || title, version }
  return { name: artifact.slice(0, at), version: version || artifact.slice(at + 1) }
}

/** How a person finds it: `ghcr.io/acme/web:1.4.2`, or by digest where it has no tag. */
export function nameItem(item: Pick<Item, 'store' | 'place' | 'repository' | 'digest' | 'tags'>): string {
  const [tag] = item.tags
  if (item.store === 'engine') return `${tag ?? item.digest.slice(0, 19)} on ${item.place}`
  const name = `${item.place}/${item.repository}`
  return tag === undefined ? `${name}@${item.digest.slice(0, 19)}` : `${name}:${tag}`
}

/** One value for one item of one store, over several readings. */
export function identityOf(item: Pick<Item, 'place' | 'repository' | 'digest'>): string {
  return `${item.place}\n${item.repository}\n${item.digest}`
}
