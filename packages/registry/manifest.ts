import { UserError } from '@mayfly/core'
import { type Descriptor, digestOf, type ImageIndex, type ImageManifest, isDigest, MANIFEST_TYPES } from '@mayfly/oci'
import { type Answer, type Registry, readBody } from './connection.ts'
import { ask, failure } from './request.ts'

/** A manifest as the registry holds it, its bytes proven to be what the digest says. */
export interface Stored {
  descriptor: Descriptor
  bytes: Buffer
  manifest: ImageManifest | ImageIndex
}

/** Registries need not take more (distribution-spec, "Pushing manifests"). */
const LARGEST = 4 * 1024 * 1024
const ACCEPT = { accept: MANIFEST_TYPES.join(', ') }

/** What a tag or digest leads to; undefined where there is nothing. */
export async function headManifest(registry: Registry, repository: string, reference: string): Promise<Descriptor | undefined> {
  const answer = await askManifest(registry, 'HEAD', repository, reference)
  answer.body.resume()
  if (answer.status === 404) return undefined
  if (answer.status !== 200) throw await failure(registry, answer, `look for ${repository}:${reference}`)
  const digest = String(answer.headers['docker-content-digest'] ?? '')
  // Old registries leave it out: then the bytes have to say.
  if (!isDigest(digest)) return (await readManifest(registry, repository, reference))?.descriptor
  return { mediaType: mediaTypeOf(answer), digest, size: Number(answer.headers['content-length'] ?? 0) }
}

/** @throws UserError where the registry lies about the digest, or answers with something that is no manifest. */
export async function readManifest(registry: Registry, repository: string, reference: string): Promise<Stored | undefined> {
  const answer = await askManifest(registry, 'GET', repository, reference)
  if (answer.status === 404) {
    answer.body.resume()
    return undefined
  }
  if (answer.status !== 200) throw await failure(registry, answer, `read ${repository}:${reference}`)
  const place = `${registry.host}/${repository}`
  const bytes = await readBody(answer, LARGEST).catch((cause: unknown) => {
    throw new UserError(`The manifest ${place}:${reference} cannot be read: ${cause instanceof Error ? cause.message : ''}.`, {
      cause,
    })
  })
  const digest = digestOf(bytes)
  const said = isDigest(reference) ? reference : answer.headers['docker-content-digest']
  if (typeof said === 'string' && isDigest(said) && said !== digest) {
    throw new UserError(`${place} lies about a digest: it answered ${digest} where ${said} was meant.`, {
      cure: 'Do not use what it holds; something between here and the registry, or the registry itself, changes it.',
    })
  }
  return {
    descriptor: { mediaType: mediaTypeOf(answer), digest, size: bytes.length },
    bytes,
    manifest: parse(bytes, place, reference),
  }
}

/**
 * Stores a manifest by its digest, or under a tag. The bytes are stored as they are: another order of fields would be
 * another digest.
 */
export async function writeManifest(
  registry: Registry,
  repository: string,
  manifest: { mediaType: string; bytes: Uint8Array },
  tag?: string,
): Promise<Descriptor> {
  return (await putManifest(registry, repository, manifest, tag)).descriptor
}

/** @internal Also says whether the registry keeps referrers by itself (distribution-spec, "Pushing Manifests with Subject"). */
export async function putManifest(
  registry: Registry,
  repository: string,
  { mediaType, bytes }: { mediaType: string; bytes: Uint8Array },
  tag?: string,
): Promise<{ descriptor: Descriptor; keepsReferrers: boolean }> {
  const digest = digestOf(bytes)
  const answer = await ask(registry, {
    method: 'PUT',
    path: `/v2/${repository}/manifests/${tag ?? digest}`,
    scope: pushScope(repository),
    what: `write to ${repository}`,
    headers: { 'content-type': mediaType, 'content-length': String(bytes.length) },
    body: () => bytes,
  })
  if (answer.status !== 201) throw await failure(registry, answer, `store the manifest ${repository}:${tag ?? digest}`)
  answer.body.resume()
  const said = answer.headers['docker-content-digest']
  if (typeof said === 'string' && said !== digest) {
    throw new UserError(`${registry.host}/${repository} lies about a digest: it stored ${said} where ${digest} was sent.`)
  }
  return { descriptor: { mediaType, digest, size: bytes.length }, keepsReferrers: answer.headers['oci-subject'] !== undefined }
}

/** Deletes by digest, with every tag that leads to it. Returns whether it was there. */
export async function deleteManifest(registry: Registry, repository: string, digest: string): Promise<boolean> {
  if (!isDigest(digest)) throw new Error(`${digest} is no digest`)
  const answer = await ask(registry, {
    method: 'DELETE',
    path: `/v2/${repository}/manifests/${digest}`,
    scope: `repository:${repository}:pull,delete`,
    what: `delete from ${repository}`,
  })
  if (answer.status === 405) {
    answer.body.resume()
    throw new UserError(`Deleting is switched off in the registry ${registry.host}.`, {
      cure: 'Switch it on there (for distribution: storage.delete.enabled), or leave this registry out of retention.',
    })
  }
  if (answer.status !== 202 && answer.status !== 200 && answer.status !== 404)
    throw await failure(registry, answer, `delete ${repository}@${digest}`)
  answer.body.resume()
  return answer.status !== 404
}

function askManifest(registry: Registry, method: 'GET' | 'HEAD', repository: string, reference: string): Promise<Answer> {
  return ask(registry, {
    method,
    path: `/v2/${repository}/manifests/${reference}`,
    scope: pullScope(repository),
    what: `read ${repository}`,
    headers: ACCEPT,
  })
}

function mediaTypeOf(answer: Answer): string {
  return String(answer.headers['content-type'] ?? '').replace(/;.*$/, '')
}

function parse(bytes: Buffer, place: string, reference: string): ImageManifest | ImageIndex {
  const wrong = (why: string) => new UserError(`${place}:${reference.slice(0, 140)} is no image manifest: ${why}.`)
  let json: unknown
  try {
    json = JSON.parse(bytes.toString('utf8'))
  } catch {
    throw wrong('it is not JSON')
  }
  if (typeof json !== 'object' || json === null) throw wrong('it is not an object')
  if ('manifests' in json && isDescriptors(json.manifests)) return json as ImageIndex
  if ('config' in json && isDescriptors([json.config]) && 'layers' in json && isDescriptors(json.layers))
    return json as ImageManifest
  const schema: unknown = Reflect.get(json, 'schemaVersion')
  throw wrong(
    schema === 1
      ? 'it is of schema version 1, which nobody should use any more'
      : 'it has neither manifests nor config and layers',
  )
}

function isDescriptors(value: unknown): value is Descriptor[] {
  if (!Array.isArray(value) || value.length > 10_000) return false
  return value.every((one: unknown) => {
    if (typeof one !== 'object' || one === null) return false
    const [digest, size, mediaType]: unknown[] = [
      Reflect.get(one, 'digest'),
      Reflect.get(one, 'size'),
      Reflect.get(one, 'mediaType'),
    ]
    return (
      typeof digest === 'string' &&
      isDigest(digest) &&
      typeof size === 'number' &&
      Number.isSafeInteger(size) &&
      size >= 0 &&
      typeof mediaType === 'string'
    )
  })
}

export function pullScope(repository: string): string {
  return `repository:${repository}:pull`
}

export function pushScope(repository: string): string {
  return `repository:${repository}:pull,push`
}
