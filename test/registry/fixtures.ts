import { Readable } from 'node:stream'
import { silent } from '@mayfly/core'
import { assemble, type Descriptor, digestOf, type ImageConfig, type ImageIndex, layerOf, MEDIA } from '@mayfly/oci'
import { type BlobSource, type Credentials, openRegistry, pushBlob, type Registry, writeManifest } from '@mayfly/registry'
import { USER } from './registry.ts'

export const anonymous: Credentials = async () => undefined
export const user: Credentials = async () => ({ ...USER, from: 'the test' })

/** Asks again at once, so that no test waits. */
export function connect(host: string, credentials = anonymous): Registry {
  return openRegistry({ host, credentials, log: silent, pause: 5 })
}

export function sourceOf(bytes: Uint8Array): BlobSource {
  return { digest: digestOf(bytes), size: bytes.length, open: () => Readable.from([bytes]) }
}

/** An image of nothing but one small layer. */
export async function pushImage(registry: Registry, repository: string, text: string, tag?: string) {
  const config: ImageConfig = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } }
  const layer = layerOf([{ path: 'file', kind: 'file', bytes: Buffer.from(text) }], 0, false)
  const base = { name: 'scratch', digest: digestOf(''), config, layers: [] }
  const image = assemble({ base, layers: [layer], run: {}, labels: { text }, annotations: { text }, created: new Date(0) })
  await pushBlob(registry, repository, sourceOf(image.config.bytes))
  await pushBlob(registry, repository, sourceOf(layer.bytes))
  const manifest = { mediaType: MEDIA.manifest, bytes: image.manifest.bytes }
  const descriptor = await writeManifest(registry, repository, manifest)
  if (tag !== undefined) await writeManifest(registry, repository, manifest, tag)
  return { image, descriptor, layer }
}

/** An index of one image for each text. */
export async function pushIndex(registry: Registry, repository: string, texts: readonly string[]) {
  const manifests: Descriptor[] = []
  for (const [at, text] of texts.entries()) {
    const { descriptor } = await pushImage(registry, repository, text)
    manifests.push({ ...descriptor, platform: { os: 'linux', architecture: at === 0 ? 'amd64' : 'arm64' } })
  }
  const index: ImageIndex = { schemaVersion: 2, mediaType: MEDIA.index, manifests, annotations: { title: texts.join() } }
  const bytes = Buffer.from(JSON.stringify(index, undefined, 3))
  return { bytes, manifests, descriptor: await writeManifest(registry, repository, { mediaType: MEDIA.index, bytes }) }
}

export function documentOf(text: string) {
  return { artifactType: 'application/vnd.test', mediaType: 'text/plain', bytes: Buffer.from(text) }
}
