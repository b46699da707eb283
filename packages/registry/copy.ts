import { type Log, UserError } from '@mayfly/core'
import type { Descriptor, ImageIndex, ImageManifest } from '@mayfly/oci'
import { streamBlob } from './blob.ts'
import type { Registry } from './connection.ts'
import { headManifest, putManifest, readManifest, type Stored } from './manifest.ts'
import { pushBlob } from './push-blob.ts'
import { listReferrers } from './referrers.ts'
import { addToTag } from './referrers-tag.ts'

export interface Place {
  registry: Registry
  repository: string
}

export interface Copied {
  uploaded: number
  mounted: number
  present: number
}

/**
 * Copies an image by digest, byte for byte: blobs, then children, then the manifest, then what is attached to it. Within one
 * registry nothing travels. Safe to be killed and repeated; a manifest is there only when all that it names is.
 */
export async function copyImage(
  from: Place & { digest: string },
  to: Place,
  options: { referrers: boolean; log: Log },
): Promise<Copied> {
  const counts: Copied = { uploaded: 0, mounted: 0, present: 0 }
  const { descriptor, manifest, keepsReferrers } = await copyManifest({ ...options, from, to, counts }, from.digest, 0)
  if (manifest.subject !== undefined && !keepsReferrers)
    await addToTag(to.registry, to.repository, manifest.subject.digest, [listed(descriptor, manifest)])
  options.log.debug(`${from.digest}: ${counts.uploaded} blobs sent, ${counts.mounted} mounted, ${counts.present} were there.`)
  return counts
}

interface Copying {
  from: Place
  to: Place
  referrers: boolean
  counts: Copied
  log: Log
}

/** Deeper than this nobody nests indexes and referrers. */
const DEEPEST = 8

/** With all that it names, and all that is attached to it; only its own place in its subject's list is the caller's to see to. */
async function copyManifest(copying: Copying, digest: string, depth: number): Promise<Stored & { keepsReferrers: boolean }> {
  const { from, to } = copying
  const stored = await readManifest(from.registry, from.repository, digest)
  if (stored === undefined || depth > DEEPEST) {
    const why = stored === undefined ? 'does not have' : 'nests deeper than anybody can follow'
    throw new UserError(`${from.registry.host}/${from.repository} ${why} ${digest}, which is part of what is to be copied.`)
  }
  const { manifest, bytes, descriptor } = stored
  if ('manifests' in manifest) {
    for (const child of manifest.manifests) await copyManifest(copying, child.digest, depth + 1)
  } else {
    const blobs = new Map([manifest.config, ...manifest.layers].map((blob) => [blob.digest, blob]))
    await Promise.all([...blobs.values()].map((blob) => copyBlob(copying, blob)))
  }
  const { keepsReferrers } = await putManifest(to.registry, to.repository, { mediaType: descriptor.mediaType, bytes })
  if (copying.referrers) await copyReferrers(copying, digest, depth)
  return { ...stored, keepsReferrers }
}

/** All of them, and then the list once: each change of the list of a registry that keeps none has to settle. */
async function copyReferrers(copying: Copying, subject: string, depth: number): Promise<void> {
  const { from, to, log } = copying
  const unlisted: Descriptor[] = []
  for (const { digest } of await listReferrers(from.registry, from.repository, subject)) {
    if ((await headManifest(from.registry, from.repository, digest)) === undefined) {
      log.warn(`${from.registry.host}/${from.repository} lists ${digest} as attached to ${subject} but does not have it.`)
      continue
    }
    const { descriptor, manifest, keepsReferrers } = await copyManifest(copying, digest, depth + 1)
    if (manifest.subject?.digest === subject && !keepsReferrers) unlisted.push(listed(descriptor, manifest))
  }
  if (unlisted.length > 0) await addToTag(to.registry, to.repository, subject, unlisted)
}

/** As lists of referrers have it (distribution-spec, "Listing Referrers"). */
function listed(descriptor: Descriptor, manifest: ImageManifest | ImageIndex): Descriptor {
  const artifactType = manifest.artifactType ?? ('config' in manifest ? manifest.config.mediaType : undefined)
  return {
    ...descriptor,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(manifest.annotations === undefined ? {} : { annotations: manifest.annotations }),
  }
}

async function copyBlob({ from, to, counts }: Copying, blob: Descriptor): Promise<void> {
  const same = from.registry.host === to.registry.host
  const outcome = await pushBlob(to.registry, to.repository, {
    digest: blob.digest,
    size: blob.size,
    open: () => streamBlob(from.registry, from.repository, blob),
    ...(same ? { from: [from.repository] } : {}),
  })
  counts[outcome]++
}
