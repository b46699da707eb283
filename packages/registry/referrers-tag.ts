import { type Descriptor, type ImageIndex, MEDIA } from '@mayfly/oci'
import type { Registry } from './connection.ts'
import { readManifest, writeManifest } from './manifest.ts'

const ATTEMPTS = 12
/** How long a writer who has read an older list may take to write it, in milliseconds. */
export const SETTLE = 100

/** The tag that stands for the referrers' list in registries that keep none (distribution-spec, "Referrers Tag Schema"). */
export function fallbackTag(digest: string): string {
  return digest.replace(':', '-')
}

export async function readTag(registry: Registry, repository: string, digest: string): Promise<Descriptor[]> {
  const found = await readManifest(registry, repository, fallbackTag(digest))
  return found !== undefined && 'manifests' in found.manifest ? found.manifest.manifests : []
}

/**
 * Adds to the list under the fallback tag. Registries of this kind cannot compare and set, so whoever writes looks again
 * after a moment, and adds once more what somebody who had read before has overwritten.
 */
export async function addToTag(
  registry: Registry,
  repository: string,
  digest: string,
  added: readonly Descriptor[],
  settle = SETTLE,
): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const started = performance.now()
    const known = await readTag(registry, repository, digest)
    const missing = added.filter((one) => !known.some((other) => other.digest === one.digest))
    if (missing.length === 0) return
    const manifests = [...known, ...missing].sort((a, b) => (a.digest < b.digest ? -1 : 1))
    const index: ImageIndex = { schemaVersion: 2, mediaType: MEDIA.index, manifests }
    const bytes = Buffer.from(JSON.stringify(index))
    await writeManifest(registry, repository, { mediaType: MEDIA.index, bytes }, fallbackTag(digest))
    if (settle === 0) return
    // Others need about as long as this took; and not all at once: two that wait equally long overwrite each other for ever.
    const wait = Math.max(settle, 2 * (performance.now() - started))
    await new Promise((resolve) => setTimeout(resolve, wait * (1 + Math.random())))
  }
  throw new Error(`The list of referrers of ${repository}@${digest} was overwritten again and again.`)
}
