import type { Image } from './assemble.ts'
import { type TarEntry, tar } from './tar.ts'

/**
 * An archive for an engine that has the image's base: only what lies on it travels. Both image stores read it: the
 * classic one by manifest.json, containerd's by the OCI layout; each is content with the base's layers being named only.
 * @param name such as `mayfly.local/acme-shop/web:1.4.3`.
 */
export function thinArchive(image: Image, name: string): Buffer {
  const manifest = { mediaType: image.mediaType, digest: image.manifest.digest, size: image.manifest.size }
  const annotations = { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name.replace(/^.*:/, '') }
  const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations }] }
  const layers = [...image.base.layers, ...image.layers.map((layer) => layer.descriptor)]
  const legacy = [{ Config: pathOf(image.config.digest), RepoTags: [name], Layers: layers.map(({ digest }) => pathOf(digest)) }]
  const blobs = [
    image.manifest,
    image.config,
    ...image.layers.map(({ descriptor, bytes }) => ({ digest: descriptor.digest, bytes })),
  ]
  const file = (path: string, content: unknown): TarEntry => ({ path, kind: 'file', bytes: Buffer.from(JSON.stringify(content)) })
  return tar(
    [
      file('oci-layout', { imageLayoutVersion: '1.0.0' }),
      file('index.json', index),
      file('manifest.json', legacy),
      ...blobs.map(({ digest, bytes }): TarEntry => ({ path: pathOf(digest), kind: 'file', bytes })),
    ],
    0,
  )
}

function pathOf(digest: string): string {
  return `blobs/sha256/${digest.slice('sha256:'.length)}`
}
