import { createHash } from 'node:crypto'
import { pipeline, type Readable, Transform } from 'node:stream'
import { UserError } from '@mayfly/core'
import { type Descriptor, digestOf } from '@mayfly/oci'
import type { Registry } from './connection.ts'
import { lie } from './lie.ts'
import { type Asked, ask, askWhole, failure } from './request.ts'
import { pullScope } from './scope.ts'

/** What is held in memory at the most, unless the caller says otherwise. */
const LARGEST = 16 * 1024 * 1024

export async function hasBlob(registry: Registry, repository: string, digest: string): Promise<boolean> {
  const answer = await ask(registry, { ...asking(repository, digest), method: 'HEAD', follows: false })
  answer.body.resume()
  if (answer.status === 404) return false
  // Where blobs are elsewhere a registry may send its callers there for a HEAD too: then it has it.
  if (answer.status === 200 || (answer.status >= 300 && answer.status < 400)) return true
  throw await failure(registry, answer, `look for a blob of ${repository}`)
}

/** @throws UserError where it is larger than `limit` bytes or not what its digest says. */
export async function readBlob(registry: Registry, repository: string, descriptor: Descriptor, limit = LARGEST): Promise<Buffer> {
  const { digest, size } = descriptor
  const wrong = (why: string, cause?: unknown) =>
    new UserError(`The blob ${digest} of ${registry.host}/${repository} cannot be read: ${why}.`, { cause })
  if (size > limit) throw wrong(`it is larger than ${limit} bytes`)
  const { answer, bytes } = await askWhole(registry, asking(repository, digest), size).catch((cause: unknown) => {
    throw cause instanceof UserError ? cause : wrong(cause instanceof Error ? cause.message : String(cause), cause)
  })
  if (answer.status !== 200) throw await failure(registry, answer, `read the blob ${digest} of ${repository}`)
  const actual = digestOf(bytes)
  if (actual !== digest) throw lie(registry, repository, digest, actual)
  return bytes
}

/** A blob as it flows; the stream ends with an error where it was not what its digest says. */
export async function streamBlob(registry: Registry, repository: string, descriptor: Descriptor): Promise<Readable> {
  const answer = await ask(registry, asking(repository, descriptor.digest))
  if (answer.status !== 200) throw await failure(registry, answer, `read the blob ${descriptor.digest} of ${repository}`)
  const hash = createHash('sha256')
  const check = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk)
      done(null, chunk)
    },
    flush: (done) => {
      const actual = `sha256:${hash.digest('hex')}`
      done(actual === descriptor.digest ? null : lie(registry, repository, descriptor.digest, actual))
    },
  })
  // What goes wrong is told by the stream that the caller reads.
  pipeline(answer.body, check, () => {})
  return check
}

function asking(repository: string, digest: string): Asked {
  const path = `/v2/${repository}/blobs/${digest}`
  return { method: 'GET', path, scope: pullScope(repository), what: `read ${repository}`, follows: true }
}
