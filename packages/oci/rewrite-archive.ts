import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { blobOf } from './digest.ts'
import { MEDIA } from './media-types.ts'
import { fileHeader, padded } from './rewrite-header.ts'
import type { LooseImage } from './rewrite-image.ts'
import type { Descriptor, ImageManifest } from './types.ts'

export interface LooseArchive {
  /** The id that the image gets in containerd's store. */
  manifestDigest: string
  /** The id that it gets in the classic one. */
  configDigest: string
  stream: Readable
}

/**
 * An archive for an engine that has the lower layers of the image; for both image stores, as `thinArchive` makes it of
 * what is held in memory. Layers are read from their files while it flows.
 * @param name whole, with its tag.
 * @param from the lowest layer that travels.
 */
export async function looseArchive(image: LooseImage, name: string, from: number): Promise<LooseArchive> {
  const layers: { descriptor: Descriptor; file: string | undefined }[] = []
  for (const [index, { diffId, file, stored }] of image.layers.entries()) {
    const travels = index >= from
    if (travels && file === undefined) throw new Error(`The layer ${diffId} is not here.`)
    const size = file === undefined ? 0 : (await stat(file)).size
    const descriptor = travels || stored === undefined ? { mediaType: MEDIA.layer, digest: diffId, size } : asOci(stored)
    layers.push({ descriptor, file: travels ? file : undefined })
  }
  const config = blobOf(image.config)
  const manifestJson: ImageManifest = {
    schemaVersion: 2,
    mediaType: MEDIA.manifest,
    config: { mediaType: MEDIA.config, digest: config.digest, size: config.size },
    layers: layers.map(({ descriptor }) => descriptor),
  }
  const manifest = blobOf(Buffer.from(JSON.stringify(manifestJson)))
  const annotations = { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name.replace(/^.*:/, '') }
  const listed = { mediaType: MEDIA.manifest, digest: manifest.digest, size: manifest.size, annotations }
  const small: [string, string | Uint8Array][] = [
    ['oci-layout', '{"imageLayoutVersion":"1.0.0"}'],
    ['index.json', JSON.stringify({ schemaVersion: 2, manifests: [listed] })],
    ['manifest.json', JSON.stringify([{ Config: pathOf(config), RepoTags: [name], Layers: manifestJson.layers.map(pathOf) }])],
    [pathOf(manifest), manifest.bytes],
    [pathOf(config), config.bytes],
  ]
  const parts = layers.flatMap(({ descriptor, file }) => (file === undefined ? [] : [{ descriptor, file }]))
  return { manifestDigest: manifest.digest, configDigest: config.digest, stream: Readable.from(flow(small, parts)) }
}

async function* flow(
  small: readonly [string, string | Uint8Array][],
  layers: readonly { descriptor: Descriptor; file: string }[],
): AsyncGenerator<Buffer> {
  for (const [path, content] of small) {
    const bytes = Buffer.from(content)
    yield Buffer.concat([fileHeader(path, bytes.length), bytes, Buffer.alloc(padded(bytes.length) - bytes.length)])
  }
  const sent = new Set<string>()
  for (const { descriptor, file } of layers) {
    if (sent.has(descriptor.digest)) continue
    sent.add(descriptor.digest)
    yield fileHeader(pathOf(descriptor), descriptor.size)
    for await (const piece of createReadStream(file, { highWaterMark: 1024 * 1024 })) yield piece
    yield Buffer.alloc(padded(descriptor.size) - descriptor.size)
  }
  yield Buffer.alloc(1024)
}

/** A manifest holds layers of one family; Docker's are the same bytes under another name. */
function asOci({ mediaType, digest, size }: Descriptor): Descriptor {
  const isDocker = mediaType.startsWith('application/vnd.docker.')
  const oci = mediaType.endsWith('gzip') ? MEDIA.layerGzip : mediaType.endsWith('zstd') ? MEDIA.layerZstd : MEDIA.layer
  return { mediaType: isDocker ? oci : mediaType, digest, size }
}

function pathOf({ digest }: { digest: string }): string {
  return `blobs/sha256/${digest.slice('sha256:'.length)}`
}
