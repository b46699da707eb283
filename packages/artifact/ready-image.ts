import { UserError } from '@mayfly/core'
import { ensureImage, type ImageFacts, inspectImage } from '@mayfly/engine'
import type { ImageSource } from '@mayfly/project'
import { LOCAL } from './name.ts'
import { digestOf } from './present.ts'
import { type Artifact, type ArtifactRequest, engineOf, type PlannedImage } from './request.ts'

/** @throws UserError where the image is another repository's artifact: on a shared engine those are not for the taking. */
export async function planImage(request: ArtifactRequest, service: string, source: ImageSource): Promise<PlannedImage> {
  const { reference } = source
  if (reference.startsWith(`${LOCAL}/`)) {
    throw new UserError(`services.${service}.image is "${reference}"; under ${LOCAL} Mayfly keeps what it builds.`, {
      cure: 'Name an image of a registry, or build: the service.',
    })
  }
  const found = await inspectImage(engineOf(request), reference)
  const planned = { kind: 'image', service, source, name: reference } as const
  if (found === undefined) return { ...planned, action: 'pull', why: 'The engine does not have it.', key: '', present: undefined }
  const present = { reference: found.id, from: reference, labels: found.labels, ports: found.ports }
  return { ...planned, action: 'reuse', why: 'The engine has it.', key: found.id, present }
}

export async function makeImage(request: ArtifactRequest, planned: PlannedImage): Promise<Artifact> {
  const facts = await ensureImage(engineOf(request), planned.source.reference, request.log)
  const reference = pinned(planned.source.reference, facts)
  return {
    service: planned.service,
    name: planned.name,
    reference,
    digest: digestOf(reference),
    revision: '',
    key: facts.id,
    reused: planned.action === 'reuse',
    why: planned.why,
    ports: facts.ports,
  }
}

/** The reference that always means this very image: by its registry's digest where one is known, else by its id. */
export function pinned(reference: string, facts: Pick<ImageFacts, 'id' | 'digests'>): string {
  const repository = reference.replace(/@.*$/, '').replace(/:[^:/]*$/, '')
  const familiar = repository.replace(/^docker\.io\//, '').replace(/^library\//, '')
  const known = facts.digests.find((digest) => [repository, familiar].includes(digest.replace(/@.*$/, '')))
  return known ?? facts.digests[0] ?? facts.id
}
