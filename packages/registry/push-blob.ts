import { createHash } from 'node:crypto'
import { type Readable, Transform } from 'node:stream'
import { UserError } from '@mayfly/core'
import { hasBlob } from './blob.ts'
import type { Answer, Registry } from './connection.ts'
import { pushScope } from './manifest.ts'
import { ask, failure, isByChance, pause } from './request.ts'

export interface BlobSource {
  digest: string
  /** Bytes. */
  size: number
  /** Called again for each attempt. */
  open: () => Readable | Promise<Readable>
  /** Repositories of the same registry that may have it: it is mounted from there instead of sent. */
  from?: readonly string[]
}

const ATTEMPTS = 5

/**
 * Makes sure that a repository has a blob: looks first, then asks for it to be mounted, then sends it as a stream. A
 * connection that breaks in the middle is taken up where the registry says it has got to; where it cannot say, from the
 * start. What is sent is hashed as it flows: wrong content is never completed.
 */
export function pushBlob(registry: Registry, repository: string, blob: BlobSource): Promise<'present' | 'mounted' | 'uploaded'> {
  return registry.inside.slot(async () => {
    if (await hasBlob(registry, repository, blob.digest)) return 'present'
    for (const from of blob.from ?? []) {
      if (from === repository) continue
      const begun = await begin(registry, repository, { digest: blob.digest, from })
      if (begun === 'mounted') return 'mounted'
      return upload(registry, repository, blob, begun)
    }
    return upload(registry, repository, blob, undefined)
  })
}

/** @param begun an upload that a mount has become; undefined: begin one. */
async function upload(registry: Registry, repository: string, blob: BlobSource, begun: URL | undefined): Promise<'uploaded'> {
  let place = begun
  for (let attempt = 1; ; attempt++) {
    try {
      place ??= await beginUpload(registry, repository)
      const offset = attempt === 1 ? 0 : await reached(registry, repository, place)
      const answer = offset === undefined ? undefined : await send(registry, repository, blob, place, offset)
      if (answer?.status === 201) {
        answer.body.resume()
        return 'uploaded'
      }
      // The upload is unknown, or the registry failed: begin anew.
      const again =
        answer === undefined || answer.status >= 500 || answer.status === 404 || answer.status === 416 || answer.status === 429
      if (!again || attempt === ATTEMPTS)
        throw answer === undefined
          ? gaveUp(registry, repository)
          : await failure(registry, answer, `store a blob of ${repository}`)
      answer?.body.resume()
      place = undefined
    } catch (error) {
      if (!isByChance(error) || attempt === ATTEMPTS) throw error
      registry.inside.log.debug(`${registry.host}: ${String(error)}; going on with ${blob.digest}.`)
    }
    await pause(registry, attempt)
  }
}

function gaveUp(registry: Registry, repository: string): UserError {
  return new UserError(`The registry ${registry.host} lost the upload to ${repository} again and again.`, {
    cure: 'Run this again later.',
  })
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
    scope: mount === undefined ? pushScope(repository) : `${pushScope(repository)} repository:${mount.from}:pull`,
    what: `write to ${repository}`,
    headers: { 'content-length': '0' },
  })
  if (answer.status === 201 && mount !== undefined) {
    answer.body.resume()
    return 'mounted'
  }
  if (answer.status !== 202) throw await failure(registry, answer, `begin an upload to ${repository}`)
  answer.body.resume()
  return locationOf(registry, answer)
}

/** Where to send: relative or whole, with a query of its own (distribution-spec, "Pushing a blob"). */
function locationOf(registry: Registry, answer: Answer): URL {
  const location = answer.headers.location ?? ''
  if (!URL.canParse(location, answer.url.href)) throw new UserError(`The registry ${registry.host} named no place to upload to.`)
  return new URL(location, answer.url)
}

/** How many bytes of an upload the registry has; undefined where it does not know the upload any more. */
async function reached(registry: Registry, repository: string, place: URL): Promise<number | undefined> {
  const answer = await ask(registry, {
    method: 'GET',
    path: place.href,
    scope: pushScope(repository),
    what: `write to ${repository}`,
  })
  answer.body.resume()
  if (answer.status !== 204) return undefined
  const end = /^(?:bytes=)?0-(\d+)$/.exec(answer.headers.range ?? '')?.[1]
  // 0-0 says nothing received as well as one byte received; sending one byte twice would be wrong, so it counts as none only there.
  return end === undefined || end === '0' ? undefined : Number(end) + 1
}

/** The whole blob in one PUT; the rest of one in a PATCH and an empty PUT. */
async function send(registry: Registry, repository: string, blob: BlobSource, place: URL, offset: number): Promise<Answer> {
  const scope = pushScope(repository)
  const what = `write to ${repository}`
  const complete = (url: URL) => {
    const path = new URL(url)
    path.searchParams.set('digest', blob.digest)
    return path.href
  }
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(blob.size - offset) }
  const body = async () => skipping(await blob.open(), blob, offset)
  if (offset === 0) return ask(registry, { method: 'PUT', path: complete(place), scope, what, headers, body, repeatable: false })
  const range = { 'content-range': `${offset}-${blob.size - 1}` }
  const patched = await ask(registry, {
    method: 'PATCH',
    path: place.href,
    scope,
    what,
    headers: { ...headers, ...range },
    body,
    repeatable: false,
  })
  if (patched.status !== 202) return patched
  patched.body.resume()
  const last = locationOf(registry, patched)
  return ask(registry, {
    method: 'PUT',
    path: complete(last),
    scope,
    what,
    headers: { 'content-length': '0' },
    repeatable: false,
  })
}

/** The source from `offset` on. All of it is hashed; where it is not what it should be, the stream breaks before its last byte. */
function skipping(source: Readable, { digest, size }: BlobSource, offset: number): Readable {
  const hash = createHash('sha256')
  let seen = 0
  const wrong = (why: string) =>
    new UserError(`What was to be pushed as ${digest} ${why}.`, { cure: 'It changed while it was read; run this again.' })
  const check = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk)
      const start = Math.max(0, offset - seen)
      seen += chunk.length
      if (seen > size) return done(wrong(`is longer than ${size} bytes`))
      if (seen === size && `sha256:${hash.copy().digest('hex')}` !== digest) return done(wrong('is something else'))
      return done(null, start >= chunk.length ? undefined : chunk.subarray(start))
    },
    flush: (done) => done(seen === size ? null : wrong(`is shorter than ${size} bytes`)),
  })
  source.on('error', (error) => check.destroy(error))
  check.on('close', () => source.destroy())
  return source.pipe(check)
}
