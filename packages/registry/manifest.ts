import { UserError } from '@mayfly/core'
import { type Descriptor, digestOf, type ImageIndex, type ImageManifest, isDigest, MANIFEST_TYPES } from '@mayfly/oci'
import type { Answer, Registry } from './connection.ts'
import { lie } from './lie.ts'
import { parseManifest } from './parse-manifest.ts'
import { pause } from './repeat.ts'
import { type Asked, ask, askWhole, failure } from './request.ts'
import { deleteScope, pullScope, pushScope } from './scope.ts'

/** A manifest as the registry holds it, its bytes proven to be what the digest says. */
export interface Stored {
  descriptor: Descriptor
  bytes: Buffer
  manifest: ImageManifest | ImageIndex
}

/** Bytes. Registries need not take more (distribution-spec, "Pushing manifests"). */
const LARGEST = 4 * 1024 * 1024

/**
 * What a tag or digest leads to; undefined where there is nothing.
 * @throws UserError where a digest leads to another one.
 */
export async function headManifest(registry: Registry, repository: string, reference: string): Promise<Descriptor | undefined> {
  const answer = await ask(registry, { ...asking(repository, reference), method: 'HEAD' })
  answer.body.resume()
  if (answer.status === 404) return undefined
  if (answer.status !== 200) throw await failure(registry, answer, `look for ${named(repository, reference)}`)
  const digest = saidDigest(answer)
  const mediaType = typeOf(answer)
  const size = Number(answer.headers['content-length'] ?? Number.NaN)
  // Old registries leave things out: then the bytes have to say.
  if (digest === undefined || !MANIFEST_TYPES.includes(mediaType) || !Number.isSafeInteger(size))
    return (await readManifest(registry, repository, reference))?.descriptor
  if (isDigest(reference) && digest !== reference) throw lie(registry, repository, reference, digest)
  return { mediaType, digest, size }
}

/** @throws UserError where the registry lies about the digest, or answers with something that is no manifest. */
export async function readManifest(registry: Registry, repository: string, reference: string): Promise<Stored | undefined> {
  const place = `${registry.host}/${named(repository, reference)}`
  const { answer, bytes } = await askWhole(registry, asking(repository, reference), LARGEST).catch((cause: unknown) => {
    if (cause instanceof UserError) throw cause
    throw new UserError(`The manifest ${place} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`, {
      cause,
    })
  })
  if (answer.status === 404) {
    answer.body.resume()
    return undefined
  }
  if (answer.status !== 200) throw await failure(registry, answer, `read ${named(repository, reference)}`)
  const digest = digestOf(bytes)
  const said = isDigest(reference) ? reference : saidDigest(answer)
  if (said !== undefined && said !== digest) throw lie(registry, repository, said, digest)
  const { mediaType, manifest } = parseManifest(bytes, typeOf(answer), place)
  return { descriptor: { mediaType, digest, size: bytes.length }, bytes, manifest }
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
  const answer = await askToStore(registry, {
    method: 'PUT',
    path: `/v2/${repository}/manifests/${tag ?? digest}`,
    scope: pushScope(repository),
    what: `write to ${repository}`,
    headers: { 'content-type': mediaType, 'content-length': String(bytes.length) },
    body: () => bytes,
  })
  if (answer.status !== 201) throw await failure(registry, answer, `store the manifest ${named(repository, tag ?? digest)}`)
  answer.body.resume()
  const said = saidDigest(answer)
  if (said !== undefined && said !== digest) throw lie(registry, repository, digest, said)
  return { descriptor: { mediaType, digest, size: bytes.length }, keepsReferrers: answer.headers['oci-subject'] !== undefined }
}

/**
 * docker-registry looks up the blobs that a manifest names, and finds a link that another publisher writes at this moment
 * empty: it then says 400, a wrong digest. The digest was made of these very bytes, so it is asked again.
 */
async function askToStore(registry: Registry, asked: Asked): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const answer = await ask(registry, asked)
    if (answer.status !== 400 || attempt === LOOKS) return answer
    answer.body.resume()
    await pause(registry.inside, attempt)
  }
}

/** A link is written within milliseconds; what is wrong for longer is wrong. */
const LOOKS = 3

/** Deletes by digest, with every tag that leads to it. Returns whether it was there. */
export async function deleteManifest(registry: Registry, repository: string, digest: string): Promise<boolean> {
  if (!isDigest(digest)) throw new Error(`${digest} is no digest`)
  const answer = await ask(registry, {
    method: 'DELETE',
    path: `/v2/${repository}/manifests/${digest}`,
    scope: deleteScope(repository),
    what: `delete from ${repository}`,
  })
  if (answer.status === 405) {
    answer.body.resume()
    throw new UserError(`Deleting is switched off in the registry ${registry.host}.`, {
      cure: 'Switch it on there (for distribution: storage.delete.enabled), or leave this registry out of retention.',
    })
  }
  if (answer.status !== 202 && answer.status !== 200 && answer.status !== 404)
    throw await failure(registry, answer, `delete ${named(repository, digest)}`)
  answer.body.resume()
  return answer.status !== 404
}

function asking(repository: string, reference: string): Asked {
  return {
    method: 'GET',
    path: `/v2/${repository}/manifests/${reference}`,
    scope: pullScope(repository),
    what: `read ${repository}`,
    headers: { accept: MANIFEST_TYPES.join(', ') },
    follows: true,
  }
}

function named(repository: string, reference: string): string {
  return `${repository}${isDigest(reference) ? '@' : ':'}${reference.slice(0, 140)}`
}

function typeOf({ headers }: Answer): string {
  return String(headers['content-type'] ?? '')
    .replace(/;.*$/, '')
    .trim()
}

function saidDigest({ headers }: Answer): string | undefined {
  const said = headers['docker-content-digest']
  return typeof said === 'string' && isDigest(said) ? said : undefined
}
