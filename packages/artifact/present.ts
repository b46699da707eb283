import { LABEL, type Labels } from '@mayfly/core'
import { inspectImage, observeImages } from '@mayfly/engine'
import { formatReference, parseReference } from '@mayfly/oci'
import type { Service } from '@mayfly/project'
import { readManifest } from '@mayfly/registry'
import { PORT } from '@mayfly/runtime'
import { readPorts } from './image-config.ts'
import { type ArtifactName, keyTag } from './name.ts'
import { type Artifact, type ArtifactRequest, engineOf, type Present } from './request.ts'

/**
 * What this owner has built, by key.
 * @param fits a last question to the labels of what was found: an artifact may depend on more than its key says.
 */
export type Shelf = (name: ArtifactName, key: string, fits?: (inputs: string) => Promise<boolean>) => Promise<Present | undefined>

/** The registry's shelf where there is a registry, else the engine's. */
export function openShelf(request: ArtifactRequest): Shelf {
  return request.registry === undefined ? shelfOfEngine(request) : shelfOfRegistry(request)
}

/**
 * The engine is asked once. The label alone is no proof: a pull request may bring a ready image that carries any label.
 * Only a build of ours is named under our repository.
 */
function shelfOfEngine(request: ArtifactRequest): Shelf {
  const images = observeImages(engineOf(request), request.owner)
  // Whoever asks meets the error; nobody asks where there is nothing to build.
  images.catch(() => {})
  return async (name, key, fits) => {
    for (const { id, labels, tags } of await images) {
      const tag = tags.find((candidate) => candidate.startsWith(`${name.repository}:`))
      if (tag === undefined || key === '' || labels[LABEL.key] !== key) continue
      if (fits === undefined || (await fits(labels[LABEL.inputs] ?? '')))
        return { reference: id, from: tag, labels, ports: undefined }
    }
    return undefined
  }
}

/** One request for each artifact: the key is a tag. What it leads to has to say the same key, and whose it is. */
function shelfOfRegistry(request: ArtifactRequest): Shelf {
  return async (name, key, fits) => {
    if (key === '') return undefined
    const place = parseReference(name.repository, 'The input registry')
    const registry = request.registries(place.registry)
    const found = await readManifest(registry, place.repository, keyTag(key))
    const labels: Labels = found?.manifest.annotations ?? {}
    if (found === undefined || labels[LABEL.key] !== key || labels[LABEL.owner] !== request.owner) return undefined
    if (fits !== undefined && !(await fits(labels[LABEL.inputs] ?? ''))) return undefined
    const reference = formatReference({ ...place, tag: undefined, digest: found.descriptor.digest })
    // A function's is known; of anything else the configuration has to be read.
    const isFunction = (labels[LABEL.runtime] ?? '') !== ''
    const ports =
      isFunction || !('config' in found.manifest) ? [PORT] : await readPorts(registry, place.repository, found.manifest)
    return { reference, from: reference, labels, ports }
  }
}

/** The artifact that is on the shelf; undefined where it has gone since. */
export async function takePresent(request: ArtifactRequest, service: Service, present: Present): Promise<Artifact | undefined> {
  const ports = present.ports ?? (await inspectImage(engineOf(request), present.reference))?.ports
  if (ports === undefined) return undefined
  const number = Number(present.labels[LABEL.pullRequest])
  return {
    service: service.name,
    name: present.labels[LABEL.artifact] ?? '',
    reference: present.reference,
    digest: digestOf(present.reference),
    revision: present.labels[LABEL.revision] ?? '',
    key: present.labels[LABEL.key] ?? '',
    reused: true,
    why: 'The same files, base and options.',
    ports,
    ...(Number.isSafeInteger(number) && number > 0 ? { pullRequest: number } : {}),
  }
}

/** `sha256:...`, wherever it stands in a reference. */
export function digestOf(reference: string): string {
  return /sha256:[0-9a-f]{64}$/.exec(reference)?.[0] ?? ''
}
