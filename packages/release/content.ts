import type { Labels } from '@mayfly/core'
import { type Descriptor, type ImageIndex, type ImageManifest, isIndexType, MEDIA, parseReference } from '@mayfly/oci'
import { headManifest, type Registry, readBlob, readManifest, type Stored } from '@mayfly/registry'
import { attempt, type NotChecked } from './tracing.ts'

/** What a registry holds under a digest, as far as people ask for it. Texts are anybody's. */
export interface Content {
  stored: Stored
  /** Every digest by which an engine may know it: its own, its configuration's, and those of an index's images. */
  digests: readonly string[]
  /** What the configuration says; of an index, its first image's. */
  labels: Labels
  annotations: Labels
  /** ISO 8601, as the configuration says; undefined where it does not. */
  created: string | undefined
  /** Bytes of all layers as they travel; of an index, its first image's. */
  size: number
  /** Such as `linux/amd64`. */
  platforms: readonly string[]
}

/** Undefined where the registry has no such digest. @throws where it cannot be read, or lies. */
export type ReadContent = (repository: string, digest: string) => Promise<Content | undefined>

/** A configuration larger than this is none that an engine would run, in bytes. */
const LARGEST_CONFIG = 4 * 1024 * 1024
/** An index of more images than this is not followed. */
const MOST_CHILDREN = 64

/**
 * Reads each digest once: what a digest names cannot change. `repository` is with its host. A repository that does not
 * answer is asked once, however many of its digests are asked for.
 */
export function contentReader(registries: (host: string) => Registry): ReadContent {
  const known = new Map<string, Promise<Content | undefined>>()
  const answered = new Map<string, Promise<unknown>>()
  return (repository, digest) => {
    const answers = answered.get(repository) ?? look(registries, repository, digest)
    answered.set(repository, answers)
    const key = `${repository}@${digest}`
    const found = known.get(key) ?? answers.then(() => read(registries, repository, digest))
    known.set(key, found)
    return found
  }
}

async function look(registries: (host: string) => Registry, repository: string, digest: string): Promise<void> {
  const place = parseReference(repository, 'The artifact')
  await headManifest(registries(place.registry), place.repository, digest)
}

/** An engine may know it by another digest than the registry; where that cannot be read, the one that is known has to do. */
export async function digestsAt(
  read: ReadContent,
  repository: string,
  digest: string,
  notChecked: NotChecked[],
): Promise<readonly string[]> {
  if (repository === '') return [digest]
  const what = `${repository}@${digest}`
  const content = await attempt(notChecked, what, () => read(repository, digest))
  return content?.digests ?? [digest]
}

async function read(registries: (host: string) => Registry, repository: string, digest: string): Promise<Content | undefined> {
  const place = parseReference(repository, 'The artifact')
  const registry = registries(place.registry)
  const stored = await readManifest(registry, place.repository, digest)
  if (stored === undefined) return undefined
  return isIndex(stored.manifest)
    ? readIndex(registry, place.repository, stored, stored.manifest)
    : readImage(registry, place.repository, stored, stored.manifest)
}

async function readIndex(registry: Registry, repository: string, stored: Stored, index: ImageIndex): Promise<Content> {
  // What a builder attaches to an index for "unknown" platforms is no image.
  const images = index.manifests.filter(({ platform, mediaType }) => platform?.os !== 'unknown' && !isIndexType(mediaType))
  const children = await Promise.all(
    images.slice(0, MOST_CHILDREN).map(async ({ digest }) => {
      const child = await readManifest(registry, repository, digest)
      return child === undefined || isIndex(child.manifest) ? [] : [await readImage(registry, repository, child, child.manifest)]
    }),
  )
  const [first] = children.flat()
  return {
    stored,
    digests: [stored.descriptor.digest, ...children.flat().flatMap(({ digests }) => digests)],
    labels: first?.labels ?? {},
    annotations: textsOf(index.annotations),
    created: first?.created,
    size: first?.size ?? 0,
    platforms: images.flatMap(({ platform }) => (platform === undefined ? [] : [`${platform.os}/${platform.architecture}`])),
  }
}

async function readImage(registry: Registry, repository: string, stored: Stored, manifest: ImageManifest): Promise<Content> {
  const config = await readConfig(registry, repository, manifest.config)
  const [os, architecture, created] = [field(config, 'os'), field(config, 'architecture'), field(config, 'created')]
  return {
    stored,
    digests: [stored.descriptor.digest, manifest.config.digest],
    labels: textsOf(field(field(config, 'config'), 'Labels')),
    annotations: textsOf(manifest.annotations),
    created: typeof created === 'string' ? created : undefined,
    size: manifest.layers.reduce((sum, { size }) => sum + size, 0),
    platforms: typeof os === 'string' && typeof architecture === 'string' ? [`${os}/${architecture}`] : [],
  }
}

/** Undefined for what is no image's, such as a document's. */
async function readConfig(registry: Registry, repository: string, config: Descriptor): Promise<unknown> {
  if (config.mediaType !== MEDIA.config && config.mediaType !== MEDIA.dockerConfig) return undefined
  return JSON.parse((await readBlob(registry, repository, config, LARGEST_CONFIG)).toString('utf8'))
}

function isIndex(manifest: ImageManifest | ImageIndex): manifest is ImageIndex {
  return 'manifests' in manifest
}

/** The texts of an object that somebody else wrote; whatever else is in it is left out. */
export function textsOf(value: unknown): Labels {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
}
