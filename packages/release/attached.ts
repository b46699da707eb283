import { PREDICATE, readEnvelope, readStatement } from '@mayfly/attestation'
import { describeError } from '@mayfly/core'
import { type ImageManifest, parseReference } from '@mayfly/oci'
import { listReferrers, type Registry, readBlob, readManifest } from '@mayfly/registry'
import { field } from './content.ts'

/** A document that is attached to an artifact, in words. Its texts are its author's. */
export interface Attached {
  digest: string
  kind: 'sbom' | 'provenance' | 'test-result' | 'other'
  /** What it says, in one sentence. */
  says: string
  /** The id of the key that its signature names, which this does not verify; undefined: it is not signed. */
  signedBy: string | undefined
}

/** A larger document is not opened for people, in bytes. */
const LARGEST = 16 * 1024 * 1024
/** More documents than this are counted, not read. */
const MOST = 50

/** Everything that is attached to a digest. One that cannot be read says so, and hinders no other. */
export async function readAttached(registries: (host: string) => Registry, place: string, digest: string): Promise<Attached[]> {
  const { registry: host, repository } = parseReference(place, 'The artifact')
  const registry = registries(host)
  const listed = await listReferrers(registry, repository, digest)
  return Promise.all(listed.slice(0, MOST).map((one) => readOne(registry, repository, digest, one.digest)))
}

async function readOne(registry: Registry, repository: string, subject: string, digest: string): Promise<Attached> {
  try {
    const stored = await readManifest(registry, repository, digest)
    if (stored === undefined) return { digest, kind: 'other', says: 'It is listed, and gone.', signedBy: undefined }
    return { digest, ...(await describe(registry, repository, subject, stored.manifest)) }
  } catch (error) {
    return { digest, kind: 'other', says: `It cannot be read: ${describeError(error)}`, signedBy: undefined }
  }
}

type Described = Omit<Attached, 'digest'>

async function describe(registry: Registry, repository: string, subject: string, manifest: object): Promise<Described> {
  const [layer] = isImage(manifest) ? manifest.layers : []
  const type = isImage(manifest) ? (manifest.artifactType ?? manifest.config.mediaType) : 'an index'
  if (layer === undefined || !/json$/.test(layer.mediaType)) return { kind: 'other', says: type, signedBy: undefined }
  const bytes = await readBlob(registry, repository, layer, LARGEST)
  return describeDocument(bytes, type, subject)
}

function isImage(manifest: object): manifest is ImageManifest {
  return 'layers' in manifest
}

/**
 * Reads CycloneDX and in-toto statements, plain or in a signed envelope; of anything else, its type is all there is to say.
 * @param subject the digest that it is attached to: a statement about something else says nothing of that.
 * @throws where it is none of them although it is JSON.
 */
export function describeDocument(bytes: Uint8Array, type: string, subject: string): Described {
  const outer: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'))
  if (typeof field(outer, 'payload') === 'string') {
    const { payload, keyids } = readEnvelope(bytes)
    return { ...describeStatement(payload, subject), signedBy: (keyids[0] || 'a key without an id').slice(0, 200) }
  }
  if (field(outer, 'bomFormat') === 'CycloneDX') {
    const components = field(outer, 'components')
    const number = Array.isArray(components) ? components.length : 0
    return { kind: 'sbom', says: `${number} component${number === 1 ? '' : 's'}`, signedBy: undefined }
  }
  if (field(outer, 'predicateType') === undefined) return { kind: 'other', says: type, signedBy: undefined }
  return { ...describeStatement(bytes, subject), signedBy: undefined }
}

function describeStatement(bytes: Uint8Array, digest: string): Pick<Attached, 'kind' | 'says'> {
  const { predicateType, predicate, subject } = readStatement(bytes)
  if (!subject.some((one) => one.digest === digest)) return { kind: 'other', says: `${predicateType}, about something else` }
  if (predicateType === PREDICATE.provenance) return { kind: 'provenance', says: builtBy(predicate) }
  if (predicateType === PREDICATE.testResult) return { kind: 'test-result', says: tested(predicate) }
  return { kind: 'other', says: predicateType }
}

/** SLSA v1, runDetails. */
function builtBy(predicate: unknown): string {
  const details = field(predicate, 'runDetails')
  const builder = textOf(field(field(details, 'builder'), 'id')) || 'nobody who says so'
  const run = textOf(field(field(details, 'metadata'), 'invocationId'))
  return `built by ${builder}${run === '' ? '' : `, run ${run}`}`
}

function tested(predicate: unknown): string {
  const url = textOf(field(predicate, 'url'))
  return `${textOf(field(predicate, 'result')) || 'without a result'}${url === '' ? '' : `, ${url}`}`
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 500) : ''
}
