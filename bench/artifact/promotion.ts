import { silent } from '@mayfly/core'
import { copyImage, headManifest, type Registry, readManifest, writeManifest } from '@mayfly/registry'
import type { Pushed } from './arm.ts'

/** Milliseconds. */
export interface Promotion {
  /** One request: the same bytes under another tag. */
  put: number
  /** With reading them and checking their digest before. */
  same: number
  /** Into another repository of the same registry: the image alone. */
  other: number
  /** The same, with what is attached to it. */
  whole: number
}

/**
 * Promotes what was pushed, as the client of registries does it. Nothing is built and nothing travels.
 * @throws where the digest did not stay the same, or a blob was sent.
 */
export async function promote(registry: Registry, { repository, reference }: Pushed, mark: string): Promise<Promotion> {
  // The connection is there; a promotion has just read what it promotes.
  await headManifest(registry, repository, reference)
  const started = performance.now()
  const stored = await readManifest(registry, repository, reference)
  if (stored === undefined) throw new Error(`${repository}@${reference} is not there.`)
  const read = performance.now()
  const { bytes, descriptor } = stored
  await writeManifest(registry, repository, { mediaType: descriptor.mediaType, bytes }, `promoted-${mark}`)
  const written = performance.now()
  const promoted = await headManifest(registry, repository, `promoted-${mark}`)
  if (promoted?.digest !== descriptor.digest) throw new Error(`${descriptor.digest} is not what was promoted.`)
  const from = { registry, repository, digest: descriptor.digest }
  const other = await mount(from, `${repository}-image-${mark}`, false)
  const whole = await mount(from, `${repository}-whole-${mark}`, true)
  return { put: written - read, same: written - started, other, whole }
}

type From = Parameters<typeof copyImage>[0]

/** Milliseconds. */
async function mount(from: From, repository: string, referrers: boolean): Promise<number> {
  const { registry, digest } = from
  const started = performance.now()
  const copied = await copyImage(from, { registry, repository }, { referrers, log: silent })
  const milliseconds = performance.now() - started
  if (copied.uploaded > 0) throw new Error(`${copied.uploaded} blobs were sent where they should have been mounted.`)
  if ((await headManifest(registry, repository, digest)) === undefined) throw new Error(`${digest} is not in ${repository}.`)
  return milliseconds
}
