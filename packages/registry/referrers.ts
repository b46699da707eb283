import { type Labels, UserError } from '@mayfly/core'
import { type Blob, blobOf, type Descriptor, type ImageManifest, MEDIA } from '@mayfly/oci'
import type { Registry } from './connection.ts'
import { putManifest } from './manifest.ts'
import { isDescriptors, isRecord, readJson } from './parse-manifest.ts'
import { pushBlob } from './push-blob.ts'
import { addToTag, readTag, SETTLE } from './referrers-tag.ts'
import { askWhole, failure } from './request.ts'
import { pullScope } from './scope.ts'
import { nextOf } from './tags.ts'

/** Bytes of one page. */
const LARGEST = 4 * 1024 * 1024
const MOST_PAGES = 100

/** What is attached to a manifest: by the referrers API, or where there is none by the fallback tag. */
export async function listReferrers(
  registry: Registry,
  repository: string,
  digest: string,
  artifactType?: string,
): Promise<Descriptor[]> {
  const found = (await fromApi(registry, repository, digest)) ?? (await readTag(registry, repository, digest))
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

/** The configuration of everything that is attached. Made when it is needed: to hash at the start delays every command. */
function emptyBlob(): Blob {
  return blobOf(Buffer.from('{}'))
}

/** Sends what all attachments have in common, while they are still being made. */
export function attachAhead(registry: Registry, repository: string): void {
  const { empties } = registry.inside
  // Any repository that something was attached in has it: to look is less than to send it anew.
  const empty = emptyBlob()
  const sent = pushBlob(registry, repository, { ...empty, open: () => empty.bytes })
  empties.set(repository, sent)
  sent.catch(() => empties.delete(repository))
}

function pushSmall(registry: Registry, repository: string, blob: Blob) {
  return pushBlob(registry, repository, { ...blob, look: false, proven: true, open: () => blob.bytes })
}

async function store(registry: Registry, repository: string, subject: Descriptor, wanted: Attachment) {
  const document = blobOf(wanted.bytes)
  const empty = emptyBlob()
  const sent = registry.inside.empties.get(repository) ?? pushSmall(registry, repository, empty)
  await Promise.all([sent, pushSmall(registry, repository, document)])
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

/** Undefined where the registry keeps no list. */
async function fromApi(registry: Registry, repository: string, digest: string): Promise<Descriptor[] | undefined> {
  const found: Descriptor[] = []
  let path: string | undefined = `/v2/${repository}/referrers/${digest}`
  for (let page = 1; path !== undefined; page++) {
    const doing = `list the referrers of ${repository}@${digest}`
    const headers = { accept: MEDIA.index }
    const asked = { method: 'GET', path, scope: pullScope(repository), what: `read ${repository}`, headers } as const
    const { answer, bytes } = await askWhole(registry, asked, LARGEST)
    if (answer.status === 404 && page === 1) {
      answer.body.resume()
      return undefined
    }
    if (answer.status !== 200) throw await failure(registry, answer, doing)
    const list = readJson(bytes)
    const listed = isRecord(list) ? (list.manifests ?? []) : undefined
    if (!isDescriptors(listed) || page > MOST_PAGES)
      throw new UserError(`The registry ${registry.host} answered with no list of manifests when it was asked to ${doing}.`)
    found.push(...listed)
    path = nextOf(answer)
  }
  // A registry that knows the question but keeps no list answers with an empty one: then the tag may know more.
  return found.length === 0 ? undefined : found
}
