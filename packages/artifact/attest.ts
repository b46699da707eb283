import { readFile } from 'node:fs/promises'
import {
  ARTIFACT_TYPE,
  componentsOf,
  type Made,
  PREDICATE,
  PREDICATE_ANNOTATION,
  provenanceOf,
  sbomOf,
  sign,
} from '@mayfly/attestation'
import { LABEL } from '@mayfly/core'
import type { Descriptor } from '@mayfly/oci'
import { type Attachment, attachAll, type Registry } from '@mayfly/registry'
import type { ArtifactName } from './name.ts'
import type { ArtifactRequest } from './request.ts'

/** What is said about an artifact besides what its own labels say. */
export interface Attested {
  name: ArtifactName
  key: string
  kind: Made['kind']
  base: { name: string; digest: string } | undefined
  parameters: Readonly<Record<string, string>>
  /** Absolute paths of files of the packages that went in; undefined where that is not known (a Dockerfile installs what it likes). */
  packages: readonly string[] | undefined
}

/**
 * Attaches to an artifact how it was made and, where that is known, what is in it. With a signing key the first is signed.
 * What is attached depends on the artifact and the run alone, so a repeated run attaches it once.
 */
export async function attest(
  request: ArtifactRequest,
  registry: Registry,
  repository: string,
  subject: Descriptor,
  attested: Attested,
): Promise<void> {
  const made: Made = {
    name: attested.name.name.replace(/@[^@]*$/, ''),
    version: attested.name.version,
    digest: subject.digest,
    repository: attested.name.repository,
    source: request.source,
    revision: request.revision,
    committedAt: request.committedAt,
    key: attested.key,
    base: attested.base,
    kind: attested.kind,
    runUrl: request.run === '' ? undefined : request.run,
    parameters: attested.parameters,
  }
  // Whose it is: retention keeps what does not say so.
  const owner = { [LABEL.owner]: request.owner }
  const documents = [provenance(made, request.signingKey)]
  if (attested.packages !== undefined) documents.push(await billOfMaterials(made, attested.packages))
  // Nobody else attaches to what is being made here but a run of the same commit, which attaches the same.
  const owned = documents.map((one) => ({ ...one, annotations: { ...one.annotations, ...owner } }))
  await attachAll(registry, repository, subject, owned, 0)
}

function provenance(made: Made, key: string | undefined): Attachment {
  const statement = provenanceOf(made)
  const type = key === undefined ? ARTIFACT_TYPE.statement : ARTIFACT_TYPE.envelope
  const bytes = key === undefined ? statement : sign(statement, key)
  return { artifactType: type, mediaType: type, bytes, annotations: { [PREDICATE_ANNOTATION]: PREDICATE.provenance } }
}

async function billOfMaterials(made: Made, packages: readonly string[]): Promise<Attachment> {
  const components = await componentsOf(packages, (path) => readFile(path, 'utf8').catch(() => undefined))
  return { artifactType: ARTIFACT_TYPE.sbom, mediaType: ARTIFACT_TYPE.sbom, bytes: sbomOf(made, components) }
}
