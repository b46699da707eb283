import { createHash } from 'node:crypto'
import { pipeline, type Readable, Transform } from 'node:stream'
import { UserError } from '@mayfly/core'
import { digestOf } from '@mayfly/oci'
import { RefusedError } from './authorize.ts'
import { hasBlob } from './blob.ts'
import type { Answer, Registry } from './connection.ts'
import { ATTEMPTS, isByChance, isForNow, pause, waitOf } from './repeat.ts'
import { ask, failure, placeIn, unreachable } from './request.ts'
import { pullScope, pushScope } from './scope.ts'

export interface BlobSource {
  digest: string
  /** Bytes. */
  size: number
  /** Called again for each attempt. Content that is held anyway need not be made a stream. */
  open: () => Readable | Uint8Array | Promise<Readable>
  /** Repositories of the same registry that may have it: it is mounted from there instead of sent. */
  from?: readonly string[]
  /** False where it is small and most likely new: it is then sent without being looked for. */
  look?: boolean
  /** True where the digest was made of these very bytes, which nobody changes: they are then not hashed once more. */
  proven?: boolean
}

/**
 * Makes sure that a repository has a blob: asks for it to be mounted, then looks for it, then sends it as a stream. A
 * connection that breaks in the middle begins anew: registries drop an upload whose end they have not seen. What is sent is
 * hashed as it flows: wrong content is never completed. The same blob asked for twice at once is sent once: what many
 * manifests share, such as an empty configuration, would else be written anew while the registry looks at it.
 */
export function pushBlob(registry: Registry, repository: string, blob: BlobSource): Promise<'present' | 'mounted' | 'uploaded'> {
  const { pushing } = registry.inside
  const name = `${repository}@${blob.digest}`
  const underWay = pushing.get(name)
  if (underWay !== undefined) return underWay
  const push = pushOnce(registry, repository, blob).finally(() => pushing.delete(name))
  pushing.set(name, push)
  return push
}

function pushOnce(registry: Registry, repository: string, blob: BlobSource): ReturnType<typeof pushBlob> {
  return registry.inside.slot(async () => {
    let begun: URL | undefined
    // To ask for a mount is to ask whether it is there, in one.
    for (const from of new Set(blob.from)) {
      if (from === repository) continue
      const answer = await mount(registry, repository, blob.digest, from)
      if (answer === 'mounted') return 'mounted'
      // One that is begun and not used is the registry's to forget: to delete it would need another right.
      begun = answer ?? begun
    }
    if (blob.look !== false && (await hasBlob(registry, repository, blob.digest))) return 'present'
    return upload(registry, repository, blob, begun)
  })
}

/** An upload, where the registry does not mount; undefined where this caller may not read the other repository. */
async function mount(registry: Registry, repository: string, digest: string, from: string): Promise<URL | 'mounted' | undefined> {
  try {
    return await begin(registry, repository, { digest, from })
  } catch (error) {
    if (error instanceof RefusedError) return undefined
    throw error
  }
}

/** @param begun an upload that a mount has become; undefined: begin one. */
async function upload(registry: Registry, repository: string, blob: BlobSource, begun: URL | undefined): Promise<'uploaded'> {
  let place = begun
  for (let attempt = 1; ; attempt++) {
    let wait: number | undefined
    try {
      place ??= (await registry.inside.begun.get(repository)?.shift()) ?? (await beginUpload(registry, repository))
      const answer = await send(registry, repository, blob, place)
      // An upload that the registry does not know any more is worth another, like what fails by chance.
      const again = isForNow(answer.status) || answer.status === 404
      if (answer.status !== 201 && (!again || attempt === ATTEMPTS))
        throw await failure(registry, answer, `store a blob of ${repository}`)
      answer.body.resume()
      if (answer.status === 201) return 'uploaded'
      wait = waitOf(answer)
    } catch (error) {
      if (!isByChance(error)) throw error
      if (attempt === ATTEMPTS) throw unreachable(registry.host, error)
      registry.inside.log.debug(`${registry.host}: ${String(error)}; sending ${blob.digest} again.`)
    }
    place = undefined
    await pause(registry.inside, attempt, wait)
  }
}

/** Whether a repository has a blob now that another of the same registry had, without anything being sent. */
export function mountBlob(registry: Registry, repository: string, digest: string, from: string): Promise<boolean> {
  const { begun, slot } = registry.inside
  return slot(async () => {
    const answer = await mount(registry, repository, digest, from)
    // The upload that it has become serves any other blob as well.
    if (answer !== undefined && answer !== 'mounted')
      begun.set(repository, [...(begun.get(repository) ?? []), Promise.resolve(answer)])
    return answer === 'mounted'
  })
}

/**
 * Begins uploads while what they are for is still being made; `pushBlob` then sends it with one request. What is not used, the
 * registry forgets. One that cannot be begun now is begun when it is needed, and says then why it cannot.
 */
export function beginUploads(registry: Registry, repository: string, count: number): void {
  const { begun, slot } = registry.inside
  const ahead = Array.from({ length: count }, () => slot(() => beginUpload(registry, repository)).catch(() => undefined))
  begun.set(repository, [...(begun.get(repository) ?? []), ...ahead])
}

async function beginUpload(registry: Registry, repository: string): Promise<URL> {
  const begun = await begin(registry, repository)
  if (begun === 'mounted') throw new Error('a plain upload cannot be mounted')
  return begun
}

async function begin(registry: Registry, repository: string, mount?: { digest: string; from: string }): Promise<URL | 'mounted'> {
  const query = mount === undefined ? '' : `?mount=${encodeURIComponent(mount.digest)}&from=${encodeURIComponent(mount.from)}`
  const answer = await ask(registry, {
    method: 'POST',
    path: `/v2/${repository}/blobs/uploads/${query}`,
    // A token for a mount has to name both repositories.
    scope: mount === undefined ? pushScope(repository) : `${pushScope(repository)} ${pullScope(mount.from)}`,
    what: `write to ${repository}`,
    headers: { 'content-length': '0' },
  })
  if (answer.status === 201 && mount !== undefined) {
    answer.body.resume()
    return 'mounted'
  }
  if (answer.status !== 202) throw await failure(registry, answer, `begin an upload to ${repository}`)
  answer.body.resume()
  return placeIn(registry, answer)
}

function send(registry: Registry, repository: string, blob: BlobSource, place: URL): Promise<Answer> {
  // The place's own query stays as it is, byte for byte: it may be signed.
  const path = `${place.href}${place.search === '' ? '?' : '&'}digest=${encodeURIComponent(blob.digest)}`
  return ask(registry, {
    method: 'PUT',
    path,
    scope: pushScope(repository),
    what: `write to ${repository}`,
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(blob.size) },
    body: async () => {
      const content = await blob.open()
      if (!(content instanceof Uint8Array)) return checked(content, blob)
      return blob.proven === true ? content : verified(content, blob)
    },
    repeatable: false,
  })
}

function verified(bytes: Uint8Array, { digest }: BlobSource): Uint8Array {
  if (digestOf(bytes) === digest) return bytes
  throw new UserError(`What was to be pushed as ${digest} is something else.`, {
    cure: 'It changed while it was read; run this again.',
  })
}

/** The source, hashed as it flows; where it is not what it should be, the stream breaks before its last piece. */
function checked(source: Readable, { digest, size }: BlobSource): Readable {
  const hash = createHash('sha256')
  let seen = 0
  const wrong = (why: string) =>
    new UserError(`What was to be pushed as ${digest} ${why}.`, { cure: 'It changed while it was read; run this again.' })
  const check = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk)
      seen += chunk.length
      if (seen > size) done(wrong(`is longer than ${size} bytes`))
      else if (seen === size && `sha256:${hash.copy().digest('hex')}` !== digest) done(wrong('is something else'))
      else done(null, chunk)
    },
    flush: (done) => done(seen === size ? null : wrong(`is shorter than ${size} bytes`)),
  })
  // What goes wrong is told by the stream that is sent.
  pipeline(source, check, () => {})
  return check
}
