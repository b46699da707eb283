import { createGunzip } from 'node:zlib'
import { describeError } from '@mayfly/core'
import type { Entry } from '@mayfly/ledger'
import { type Descriptor, explainDifference, type ImageContent, listTar, parseConfig, parseReference } from '@mayfly/oci'
import { type Registry, readBlob, readManifest, streamBlob } from '@mayfly/registry'

/** A layer larger than this is not opened for a message, in bytes. */
const LARGEST = 256 * 1024 * 1024

/** Where an artifact is. */
type Place = Pick<Entry, 'repository' | 'digest'>

interface Opened {
  registry: Registry
  repository: string
  config: ImageContent['config']
  layers: Descriptor[]
}

/** What differs between a published artifact and another, one line each: labels, variables, command, and which files. */
export async function describeDifference(
  registries: (host: string) => Registry,
  published: Place,
  wanted: Place,
): Promise<string[]> {
  try {
    const [a, b] = [await open(registries, published), await open(registries, wanted)]
    return explainDifference(await contentOf(a, b), await contentOf(b, a))
  } catch (error) {
    // The refusal stands without it.
    return [`What differs cannot be shown: ${describeError(error).split('\n')[0]}`]
  }
}

async function open(registries: (host: string) => Registry, { repository: name, digest }: Place): Promise<Opened> {
  const { registry: host, repository } = parseReference(name, 'The artifact')
  const registry = registries(host)
  const found = await readManifest(registry, repository, digest)
  if (found === undefined) throw new Error(`${name}@${digest} is not there any more`)
  if (!('config' in found.manifest)) throw new Error(`${digest} is an index of several images`)
  const { config, layers } = found.manifest
  return { registry, repository, config: parseConfig(await readBlob(registry, repository, config)), layers }
}

/** Layers that both have are not opened. */
async function contentOf(one: Opened, other: Opened): Promise<ImageContent> {
  const layers: ImageContent['layers'][number][] = []
  for (const layer of one.layers) {
    if (other.layers.some(({ digest }) => digest === layer.digest)) continue
    if (layer.size > LARGEST) throw new Error(`a layer of ${Math.round(layer.size / 1024 / 1024)} MB is not opened for this`)
    const bytes = await streamBlob(one.registry, one.repository, layer)
    layers.push(await listTar(/gzip$/.test(layer.mediaType) ? bytes.pipe(createGunzip()) : bytes))
  }
  return { config: one.config, layers }
}
