/** Small real images in a real registry. */
import { Readable } from 'node:stream'
import { LABEL, OCI, silent } from '@mayfly/core'
import { assemble, type Blob, blobOf, type Descriptor, type Image, layerOf, MEDIA } from '@mayfly/oci'
import { attach, openRegistry, pushBlob, type Registry, writeManifest } from '@mayfly/registry'

export const OWNER = `github.com/retentiontest/shop-${process.pid}`

export function connect(host: string): Registry {
  return openRegistry({ host, credentials: async () => undefined, log: silent, pause: 5 })
}

export interface Wishes {
  /** Makes the bytes different from those of every other image. */
  name: string
  tags?: readonly string[]
  ttl?: string
  owner?: string
  created?: Date
  key?: string
  base?: string
}

/** An image of one file; whoever starts it fails, whoever only pulls or names it does not. */
export function imageOf({
  name,
  ttl = '7d',
  owner = OWNER,
  created = new Date('2026-01-01T00:00:00Z'),
  key = '',
  base = '',
}: Wishes): Image {
  const labels = {
    [LABEL.owner]: owner,
    [LABEL.ttl]: ttl,
    [LABEL.key]: key,
    [LABEL.artifact]: `shop/${name}@0.1.0`,
    [OCI.created]: created.toISOString(),
    [OCI.baseDigest]: base,
  }
  const config = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers' as const, diff_ids: [] } }
  const layer = layerOf([{ path: 'name', kind: 'file', bytes: Buffer.from(`${OWNER} ${name}`) }], 0, true)
  return assemble({
    base: { name: 'scratch', digest: '', config, layers: [] },
    layers: [layer],
    run: { Cmd: ['/nothing'] },
    labels,
    annotations: {},
    created,
  })
}

export async function push(registry: Registry, repository: string, wishes: Wishes): Promise<Descriptor> {
  const { config, layers, manifest, mediaType } = imageOf(wishes)
  for (const blob of [config, ...layers.map(({ descriptor, bytes }) => ({ ...descriptor, bytes }))]) {
    await pushBlob(registry, repository, { ...blob, open: () => Readable.from([blob.bytes]) })
  }
  return await writeTagged(registry, repository, mediaType, manifest, wishes.tags ?? [])
}

/** An index says nothing of its owner, as those that builders write. */
export async function pushIndex(
  registry: Registry,
  repository: string,
  manifests: readonly Descriptor[],
  tags: readonly string[],
): Promise<Descriptor> {
  const index = { schemaVersion: 2, mediaType: MEDIA.index, manifests }
  return await writeTagged(registry, repository, MEDIA.index, blobOf(Buffer.from(JSON.stringify(index))), tags)
}

async function writeTagged(registry: Registry, repository: string, mediaType: string, { bytes }: Blob, tags: readonly string[]) {
  const written = await writeManifest(registry, repository, { mediaType, bytes })
  for (const tag of tags) await writeManifest(registry, repository, { mediaType, bytes }, tag)
  return written
}

export function sign(registry: Registry, repository: string, subject: Descriptor): Promise<Descriptor> {
  return attach(registry, repository, subject, {
    artifactType: 'application/vnd.example.note',
    mediaType: 'text/plain',
    bytes: Buffer.from(`about ${subject.digest}`),
    annotations: { [LABEL.owner]: OWNER },
  })
}
