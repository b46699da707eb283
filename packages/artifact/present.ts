import { LABEL } from '@mayfly/core'
import { inspectImage, observeImages } from '@mayfly/engine'
import type { Service } from '@mayfly/project'
import { type ArtifactName, nameArtifact } from './name.ts'
import type { Artifact, ArtifactRequest, Present } from './request.ts'

/** What this owner has built on the engine, by key. */
export type Shelf = (name: ArtifactName, key: string) => Present | undefined

/**
 * Reads the shelf once. The label alone is no proof: a pull request may bring a ready image that carries any label.
 * Only a build of ours is named under our repository.
 */
export async function readShelf(request: ArtifactRequest): Promise<Shelf> {
  const images = await observeImages(request.engine, request.owner)
  return (name, key) => {
    for (const { id, labels, tags } of images) {
      const tag = tags.find((candidate) => candidate.startsWith(`${name.repository}:`))
      if (tag !== undefined && key !== '' && labels[LABEL.key] === key) return { id, tag, labels }
    }
    return undefined
  }
}

/** The artifact that is on the shelf; undefined where it is meant to be in a registry and is not known to be. */
export async function takePresent(request: ArtifactRequest, service: Service, present: Present): Promise<Artifact | undefined> {
  const facts = await inspectImage(request.engine, present.id)
  if (facts === undefined) return undefined
  const pushed = facts.digests.find((digest) => digest.startsWith(`${nameArtifact(request, service).repository}@`))
  if (request.registry !== undefined && pushed === undefined) return undefined
  const reference = request.registry === undefined ? facts.id : (pushed ?? facts.id)
  return {
    service: service.name,
    name: present.labels[LABEL.artifact] ?? '',
    reference,
    digest: digestOf(reference),
    revision: present.labels[LABEL.revision] ?? '',
    key: present.labels[LABEL.key] ?? '',
    reused: true,
    ports: facts.ports,
  }
}

/** `sha256:...`, wherever it stands in a reference. */
export function digestOf(reference: string): string {
  return /sha256:[0-9a-f]{64}$/.exec(reference)?.[0] ?? ''
}
