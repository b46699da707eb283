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
const LARGEST = 8 * 1024 * 1024
/** More documents than this are counted, not read. */
const MOST = 50

/** Everything that is attached to a digest. One that cannot be read says so, and hinders no other. */
export async function readAttached(registries: (host: string) => Registry, place: string, digest: string): Promise<Attached[]> {
  const { registry: host, repository } = parseReference(place, 'The artifact')
  const registry = registries(host)
  const listed = await listReferrers(registry, repository, digest)
  return Promise.all(listed.slice(0, MOST).map((one) => readOne(registry, repository, one.digest)))
}

async function readOne(registry: Registry, repository: string, digest: string): Promise<Attached> {
  try {
    const stored = await readManifest(registry, repository, digest)
    if (stored === undefined) return { digest, kind: 'other', says: 'It is listed, and gone.', signedBy: undefined }
    return { digest, ...(await describe(registry, repository, stored.manifest)) }
  } catch (error) {
    return { digest, kind: 'other', says: `It cannot be read: ${describeError(error)}`, signedBy: undefined }
  }
}

type Described = Omit<Attached, 'digest'>

async function describe(registry: Registry, repository: string, manifest: object): Promise<Described> {
  const [layer] = isImage(manifest) ? manifest.layers : []
  const type = isImage(manifest) ? (manifest.artifactType ?? manifest.config.mediaType) : 'an index'
  if (layer === undefined || !/json$/.test(layer.mediaType)) return { kind: 'other', says: type, signedBy: undefined }
  const bytes = await readBlob(registry, repository, layer, LARGEST)
  return describeDocument(bytes, type)
}

function isImage(manifest: object): manifest is ImageManifest {
  return 'layers' in manifest
}

/** Reads CycloneDX and in-toto statements, plain or in a DSSE envelope; of anything else, its type is all there is to say. */
export function describeDocument(bytes: Uint8Array, type: string): Described {
  const outer: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'))
  const payload = field(outer, 'payload')
  const signedBy = typeof payload === 'string' ? keyOf(outer) : undefined
  const inner: unknown = typeof payload === 'string' ? JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) : outer
  if (field(inner, 'bomFormat') === 'CycloneDX') {
    const components = field(inner, 'components')
    return { kind: 'sbom', says: count(Array.isArray(components) ? components.length : 0, 'component'), signedBy }
  }
  const [predicate, predicateType] = [field(inner, 'predicate'), textOf(field(inner, 'predicateType'))]
  if (predicateType.startsWith('https://slsa.dev/provenance/')) return { kind: 'provenance', says: builtBy(predicate), signedBy }
  if (predicateType.startsWith('https://in-toto.io/attestation/test-result/'))
    return { kind: 'test-result', says: tested(predicate), signedBy }
  return { kind: 'other', says: predicateType || type, signedBy }
}

function keyOf(envelope: unknown): string {
  const signatures = field(envelope, 'signatures')
  const [first]: unknown[] = Array.isArray(signatures) ? signatures : []
  return textOf(field(first, 'keyid')) || 'a key without an id'
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

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 500) : ''
}
