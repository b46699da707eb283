import { Readable } from 'node:stream'
import type { Labels } from '@mayfly/core'
import { blobOf, type Descriptor, type ImageIndex, type ImageManifest, MEDIA } from '@mayfly/oci'
import { type Registry, readBody } from './connection.ts'
import { pullScope, putManifest, readManifest, writeManifest } from './manifest.ts'
import { pushBlob } from './push-blob.ts'
import { ask, failure } from './request.ts'

const LARGEST = 4 * 1024 * 1024
const ATTEMPTS = 12
/** How long a writer who has read an older list may take to write it, in milliseconds. */
const SETTLE = 100

/** The tag that stands for the referrers' list in registries that keep none (distribution-spec, "Referrers Tag Schema"). */
export function fallbackTag(digest: string): string {
  return digest.replace(':', '-')
}

/** What is attached to a manifest: by the referrers API, or where there is none by the fallback tag. */
export async function listReferrers(
  registry: Registry,
  repository: string,
  digest: string,
  artifactType?: string,
): Promise<Descriptor[]> {
  const found = (await fromApi(registry, repository, digest)) ?? (await fromTag(registry, repository, digest))
  return artifactType === undefined ? found : found.filter((one) => one.artifactType === artifactType)
}

export interface Attachment {
  artifactType: string
  mediaType: string
  bytes: Uint8Array
  annotations?: Labels
}

/**
 * Attaches a document to a manifest, which need not be there yet. The same document is attached once, however often and by
 * however many this is asked.
 */
export async function attach(
  registry: Registry,
  repository: string,
  subject: Descriptor,
  wanted: Attachment,
): Promise<Descriptor> {
  const [attached] = await attachAll(registry, repository, subject, [wanted], SETTLE)
  if (attached === undefined) throw new Error('nothing was attached')
  return attached
}

/**
 * Attaches several documents with one change of the fallback list.
 * @param settle milliseconds before the list is read back; 0 where nobody else attaches to this subject at this moment.
 */
export async function attachAll(
  registry: Registry,
  repository: string,
  subject: Descriptor,
  wanted: readonly Attachment[],
  settle: number,
): Promise<Descriptor[]> {
  const stored = await Promise.all(wanted.map((one) => store(registry, repository, subject, one)))
  const unlisted = stored.flatMap(({ described, keepsReferrers }) => (keepsReferrers ? [] : [described]))
  if (unlisted.length > 0) await addToTag(registry, repository, subject.digest, unlisted, settle)
  return stored.map(({ described }) => described)
}

async function store(registry: Registry, repository: string, subject: Descriptor, wanted: Attachment) {
  const empty = blobOf(Buffer.from('{}'))
  const document = blobOf(wanted.bytes)
  await Promise.all(
    [empty, document].map((blob) => pushBlob(registry, repository, { ...blob, open: () => Readable.from([blob.bytes]) })),
  )
  const about = wanted.annotations === undefined ? {} : { annotations: wanted.annotations }
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: MEDIA.manifest,
    artifactType: wanted.artifactType,
    config: { mediaType: MEDIA.empty, digest: empty.digest, size: empty.size },
    layers: [{ mediaType: wanted.mediaType, digest: document.digest, size: document.size }],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
    ...about,
  }
  const bytes = Buffer.from(JSON.stringify(manifest))
  const { descriptor, keepsReferrers } = await putManifest(registry, repository, { mediaType: MEDIA.manifest, bytes })
  const described: Descriptor = { ...descriptor, artifactType: wanted.artifactType, ...about }
  return { described, keepsReferrers }
}

async function fromApi(registry: Registry, repository: string, digest: string): Promise<Descriptor[] | undefined> {
  const path = `/v2/${repository}/referrers/${digest}`
  const answer = await ask(registry, {
    method: 'GET',
    path,
    scope: pullScope(repository),
    what: `read ${repository}`,
    headers: { accept: MEDIA.index },
  })
  if (answer.status === 404) {
    answer.body.resume()
    return undefined
  }
  if (answer.status !== 200) throw await failure(registry, answer, `list the referrers of ${repository}@${digest}`)
  const list: unknown = JSON.parse((await readBody(answer, LARGEST)).toString('utf8'))
  const manifests: unknown = typeof list === 'object' && list !== null ? Reflect.get(list, 'manifests') : undefined
  if (!Array.isArray(manifests)) throw new Error(`${registry.host}/${repository} answered with no list of referrers`)
  // A registry that knows the question but keeps no list answers with an empty one: then the tag may know more.
  return manifests.length === 0 ? undefined : (manifests as Descriptor[])
}

async function fromTag(registry: Registry, repository: string, digest: string): Promise<Descriptor[]> {
  const found = await readManifest(registry, repository, fallbackTag(digest))
  return found !== undefined && 'manifests' in found.manifest ? found.manifest.manifests : []
}

/**
 * Adds to the list under the fallback tag. Registries of this kind cannot compare and set, so whoever writes looks again
 * after a moment, and adds once more what somebody who had read before has overwritten.
 */
export async function addToTag(
  registry: Registry,
  repository: string,
  digest: string,
  added: readonly Descriptor[],
  settle = SETTLE,
): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const known = await fromTag(registry, repository, digest)
    const missing = added.filter((one) => !known.some((other) => other.digest === one.digest))
    if (missing.length === 0) return
    const manifests = [...known, ...missing].sort((a, b) => (a.digest < b.digest ? -1 : 1))
    const index: ImageIndex = { schemaVersion: 2, mediaType: MEDIA.index, manifests }
    await writeManifest(
      registry,
      repository,
      { mediaType: MEDIA.index, bytes: Buffer.from(JSON.stringify(index)) },
      fallbackTag(digest),
    )
    if (settle === 0) return
    // Not all at once: two that wait equally long overwrite each other for ever.
    await new Promise((resolve) => setTimeout(resolve, settle * (1 + Math.random())))
  }
  throw new Error(`The list of referrers of ${repository}@${digest} was overwritten again and again.`)
}
