import type { Item } from './item.ts'
import type { Content } from './manifest.ts'

/** Where something is, and what is known of it there beside its content. */
export interface Place {
  store: 'registry' | 'ghcr'
  host: string
  repository: string
  tags: readonly string[]
  pushedAt: Date | undefined
  versionId: number
}

/** `sha256-<hex>` (distribution-spec), and cosign's older `sha256-<hex>.sig`, `.att` and `.sbom`. */
const FALLBACK = /^sha256-([0-9a-f]{64})(?:\.[a-z]+)?$/

export function toItem(content: Content, place: Place): Item {
  const fallbackFor = place.tags.flatMap((tag) => FALLBACK.exec(tag)?.[1] ?? []).map((hex) => `sha256:${hex}`)
  return {
    ...content.facts,
    store: place.store,
    place: place.host,
    repository: place.repository,
    digest: content.descriptor.digest,
    aliases: content.configDigest === undefined ? [] : [content.configDigest],
    mediaType: content.descriptor.mediaType,
    tags: place.tags.filter((tag) => !FALLBACK.test(tag)),
    at: place.pushedAt ?? content.facts.created,
    children: content.children,
    subject: content.subject,
    fallbackFor,
    versionId: place.versionId,
  }
}

/** An index that says nothing of itself says what all of its images agree on: builders label images, seldom indexes. */
export function withFactsOfChildren(items: readonly Item[]): Item[] {
  const byDigest = new Map(items.map((item) => [item.digest, item]))
  return items.map((item) => {
    if (item.owned !== undefined || item.fallbackFor.length > 0 || item.subject !== undefined) return item
    // Attestations that a builder lists beside its images say nothing either.
    const children = item.children.flatMap((digest) => byDigest.get(digest) ?? []).filter(({ owned }) => owned !== undefined)
    const [first] = children
    if (first === undefined || children.some(({ owned }) => owned !== first.owned)) return item
    const { owned, name, version, key, revision } = first
    const ttls = children.map(({ ttl }) => ttl ?? Number.POSITIVE_INFINITY)
    const ttl = Math.max(...ttls)
    const times = children.flatMap(({ at }) => at ?? [])
    const at = item.at ?? (times.length > 0 ? new Date(Math.max(...times.map((time) => time.getTime()))) : undefined)
    return { ...item, owned, name, version, key, revision, at, ttl: item.ttl ?? (Number.isFinite(ttl) ? ttl : undefined) }
  })
}
