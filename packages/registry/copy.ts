import type { Log } from '@mayfly/core'
import { type Descriptor, isIndexType } from '@mayfly/oci'
import { streamBlob } from './blob.ts'
import type { Registry } from './connection.ts'
import { putManifest, readManifest, type Stored } from './manifest.ts'
import { pushBlob } from './push-blob.ts'
import { addToTag, listReferrers } from './referrers.ts'

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
  const stored = await readManifest(from.registry, from.repository, from.digest)
  if (stored === undefined) throw new Error(`${from.registry.host}/${from.repository} does not have ${from.digest}`)
  await copyStored(from, to, stored, options.referrers, counts, 0)
  options.log.debug(`${from.digest}: ${counts.uploaded} blobs sent, ${counts.mounted} mounted, ${counts.present} were there.`)
  return counts
}

/** Deeper than this nobody nests indexes and referrers. */
const DEEPEST = 8

async function copyStored(
  from: Place,
  to: Place,
  stored: Stored,
  referrers: boolean,
  counts: Copied,
  depth: number,
): Promise<void> {
  if (depth > DEEPEST) throw new Error(`${stored.descriptor.digest} is nested too deep.`)
  const { manifest, bytes, descriptor } = stored
  if ('manifests' in manifest) {
    for (const child of manifest.manifests) await copyStored(from, to, await need(from, child), referrers, counts, depth + 1)
  } else {
    const blobs = [manifest.config, ...manifest.layers]
    await Promise.all(blobs.map((blob) => copyBlob(from, to, blob, counts)))
  }
  const { keepsReferrers } = await putManifest(to.registry, to.repository, { mediaType: descriptor.mediaType, bytes })
  if (manifest.subject !== undefined && !keepsReferrers) {
    const type = manifest.artifactType
    const about = manifest.annotations
    const described = {
      ...descriptor,
      ...(type === undefined ? {} : { artifactType: type }),
      ...(about === undefined ? {} : { annotations: about }),
    }
    await addToTag(to.registry, to.repository, manifest.subject.digest, [described])
  }
  if (!referrers) return
  for (const referrer of await listReferrers(from.registry, from.repository, descriptor.digest)) {
    if (isIndexType(referrer.mediaType)) continue
    await copyStored(from, to, await need(from, referrer), true, counts, depth + 1)
  }
}

async function need({ registry, repository }: Place, { digest }: Descriptor): Promise<Stored> {
  const stored = await readManifest(registry, repository, digest)
  if (stored === undefined)
    throw new Error(`${registry.host}/${repository} does not have ${digest}, which is part of what is copied`)
  return stored
}

async function copyBlob(from: Place, to: Place, blob: Descriptor, counts: Copied): Promise<void> {
  const same = from.registry.host === to.registry.host
  const outcome = await pushBlob(to.registry, to.repository, {
    digest: blob.digest,
    size: blob.size,
    open: () => streamBlob(from.registry, from.repository, blob),
    ...(same ? { from: [from.repository] } : {}),
  })
  counts[outcome]++
}
