import type { Labels } from '@mayfly/core'
import { type Engine, statusOf } from './connect.ts'

/** One image in an engine's own store. */
export interface StoredImage {
  /** `sha256:...`: the config's digest in the classic store, the manifest's in containerd's. */
  id: string
  labels: Labels
  /** Whole references, `repository:tag`. */
  tags: string[]
  /** `repository@sha256:...` for each registry that is known to have it. */
  digests: string[]
  createdAt: Date
  /** When it last got a tag in this store; undefined where it never did. */
  taggedAt: Date | undefined
  /** Bytes. */
  size: number
}

/**
 * Every image that carries this label (`key=value`), those without a name among them.
 * @throws where one cannot be read; one that goes meanwhile is left out.
 */
export async function listStoredImages(engine: Engine, label: string): Promise<StoredImage[]> {
  const listed = await engine.api.listImages({ filters: { label: [label] } })
  const images: StoredImage[] = []
  // One after the other: a host has hundreds at most, and its engine has other work.
  for (const { Id } of listed) {
    const image = await readStoredImage(engine, Id)
    if (image !== undefined) images.push(image)
  }
  return images
}

/** By id or reference; undefined where the engine has none. */
export async function readStoredImage(engine: Engine, reference: string): Promise<StoredImage | undefined> {
  try {
    const found = await engine.api.getImage(reference).inspect()
    const tagged = Date.parse(lastTagTime(found))
    return {
      id: found.Id,
      labels: found.Config?.Labels ?? {},
      tags: found.RepoTags ?? [],
      digests: found.RepoDigests ?? [],
      createdAt: new Date(found.Created),
      // The engine's word for never is the year 1.
      taggedAt: tagged > 0 ? new Date(tagged) : undefined,
      size: found.Size,
    }
  } catch (error) {
    if (statusOf(error) === 404) return undefined
    throw error
  }
}

function lastTagTime(found: object): string {
  const metadata = 'Metadata' in found ? found.Metadata : undefined
  if (typeof metadata !== 'object' || metadata === null || !('LastTagTime' in metadata)) return ''
  return typeof metadata.LastTagTime === 'string' ? metadata.LastTagTime : ''
}

/** The ids of images that any container on this engine is made of, running or not, ours or not, by container name. */
export async function imagesInUse(engine: Engine): Promise<Map<string, string>> {
  const containers = await engine.api.listContainers({ all: true })
  return new Map(containers.map((container) => [container.ImageID, (container.Names[0] ?? container.Id).replace(/^\//, '')]))
}

/**
 * Deletes an image with all of its names. What a container uses stays, as the engine itself says.
 * @returns the engine's reason where it refuses.
 */
export async function removeStoredImage(engine: Engine, image: StoredImage): Promise<'deleted' | 'gone' | { refused: string }> {
  // With several names an id alone is refused; the last name takes the image along.
  const names = [...image.tags, ...image.digests]
  const references = names.length > 1 ? names : [image.id]
  let found = false
  for (const reference of references) {
    try {
      await engine.api.getImage(reference).remove({ force: false })
      found = true
    } catch (error) {
      const status = statusOf(error)
      if (status === 409) return { refused: saidBy(error) }
      if (status !== 404) throw error
    }
  }
  return found ? 'deleted' : 'gone'
}

function saidBy(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return `the engine says: ${text.replace(/^\(HTTP code \d+\) [\w ]+ - /, '').trim()}`
}
