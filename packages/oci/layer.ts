import { gzipSync } from 'node:zlib'
import { digestOf } from './digest.ts'
import { MEDIA } from './media-types.ts'
import { type TarEntry, tar } from './tar.ts'
import type { Descriptor } from './types.ts'

/** A layer of an image, with its bytes. */
export interface Layer {
  descriptor: Descriptor
  /** Digest of the layer before compression, which is what an image's config knows it by. */
  diffId: string
  bytes: Buffer
}

/**
 * A layer of these entries; the same entries and time give the same bytes.
 * @param mtime seconds since 1970.
 * @param compressed small layers are better left alone: what a compressor makes of the same bytes differs from one
 * build of it to the next, and a plain layer depends on nothing.
 */
export function layerOf(entries: readonly TarEntry[], mtime: number, compressed: boolean): Layer {
  const plain = tar(entries, mtime)
  const diffId = digestOf(plain)
  if (!compressed) {
    return { descriptor: { mediaType: MEDIA.layer, digest: diffId, size: plain.length }, diffId, bytes: plain }
  }
  const bytes = gzipSync(plain, { level: 6 })
  return { descriptor: { mediaType: MEDIA.layerGzip, digest: digestOf(bytes), size: bytes.length }, diffId, bytes }
}
