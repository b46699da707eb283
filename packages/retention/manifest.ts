import type { Labels } from '@mayfly/core'
import { type Descriptor, type ImageIndex, type ImageManifest, MEDIA } from '@mayfly/oci'
import { type Registry, readBlob, readManifest, type Stored } from '@mayfly/registry'
import { type Facts, readFacts } from './item.ts'

/** What retention needs of one manifest; it never changes, as its digest does not. */
export interface Content {
  descriptor: Descriptor
  facts: Facts
  configDigest: string | undefined
  children: readonly string[]
  subject: string | undefined
}

/** Larger configs are none that we would understand. Bytes. */
const LARGEST_CONFIG = 4 * 1024 * 1024

/** Reads each digest of a registry once in its life: on GitHub every reading counts as a download. */
export function contentReader(registry: Registry, owner: string) {
  const known = new Map<string, Promise<Content | undefined>>()
  /** Undefined where the registry says that it has none. @throws where it cannot be read. */
  return (repository: string, digest: string): Promise<Content | undefined> => {
    const key = `${repository}@${digest}`
    const found = known.get(key) ?? read(registry, owner, repository, digest)
    known.set(key, found)
    // What is missing or failed now is asked for again by the next reading.
    found.then(
      (content) => content ?? known.delete(key),
      () => known.delete(key),
    )
    return found
  }
}

async function read(registry: Registry, owner: string, repository: string, digest: string): Promise<Content | undefined> {
  const stored = await readManifest(registry, repository, digest)
  if (stored === undefined) return undefined
  const { manifest, descriptor } = stored
  const what = `${registry.host}/${repository}@${digest}`
  const labels = isIndex(manifest) ? {} : await readLabels(registry, repository, manifest)
  return {
    descriptor,
    facts: readFacts(owner, labels, manifest.annotations ?? {}, what),
    configDigest: isIndex(manifest) ? undefined : manifest.config.digest,
    children: isIndex(manifest) ? manifest.manifests.map(({ digest: child }) => child) : [],
    subject: manifest.subject?.digest,
  }
}

function isIndex(manifest: Stored['manifest']): manifest is ImageIndex {
  return 'manifests' in manifest
}

/** A config that is no image's (a signature's, an SBOM's) has no labels. */
async function readLabels(registry: Registry, repository: string, manifest: ImageManifest): Promise<Labels> {
  const { config } = manifest
  if (config.mediaType !== MEDIA.config && config.mediaType !== MEDIA.dockerConfig) return {}
  const text = (await readBlob(registry, repository, config, LARGEST_CONFIG)).toString('utf8')
  const parsed: unknown = JSON.parse(text)
  const run = field(parsed, 'config')
  const labels = field(run, 'Labels')
  if (labels === undefined || labels === null) return {}
  if (typeof labels !== 'object') throw new Error(`The labels of ${registry.host}/${repository}@${config.digest} are no object.`)
  return Object.fromEntries(Object.entries(labels).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])))
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !(name in value)) return undefined
  return Object.entries(value).find(([key]) => key === name)?.[1]
}
