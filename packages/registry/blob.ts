import { createHash } from 'node:crypto'
import { type Readable, Transform } from 'node:stream'
import { UserError } from '@mayfly/core'
import { type Descriptor, digestOf } from '@mayfly/oci'
import { type Registry, readBody } from './connection.ts'
import { pullScope } from './manifest.ts'
import { ask, failure, follow } from './request.ts'

/** What is held in memory at the most, unless the caller says otherwise. */
const LARGEST = 16 * 1024 * 1024

export async function hasBlob(registry: Registry, repository: string, digest: string): Promise<boolean> {
  const path = `/v2/${repository}/blobs/${digest}`
  const answer = await ask(registry, { method: 'HEAD', path, scope: pullScope(repository), what: `read ${repository}` })
  answer.body.resume()
  if (answer.status === 404) return false
  // Where blobs are elsewhere a registry may send its callers there for a HEAD too: then it has it.
  if (answer.status === 200 || (answer.status >= 300 && answer.status < 400)) return true
  throw await failure(registry, answer, `look for a blob of ${repository}`)
}

/** @throws UserError where it is larger than `limit` bytes or not what its digest says. */
export async function readBlob(registry: Registry, repository: string, descriptor: Descriptor, limit = LARGEST): Promise<Buffer> {
  const answer = await open(registry, repository, descriptor.digest)
  const bytes = await readBody(answer, Math.min(limit, Math.max(descriptor.size, 1))).catch((cause: unknown) => {
    throw new UserError(
      `The blob ${descriptor.digest} of ${registry.host}/${repository} cannot be read: ${cause instanceof Error ? cause.message : ''}.`,
      { cause },
    )
  })
  const actual = digestOf(bytes)
  if (actual !== descriptor.digest) throw lie(registry, repository, descriptor.digest, actual)
  return bytes
}

/** A blob as it flows; the stream ends with an error where it was not what its digest says. */
export async function streamBlob(registry: Registry, repository: string, descriptor: Descriptor): Promise<Readable> {
  const answer = await open(registry, repository, descriptor.digest)
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
  answer.body.on('error', (error) => check.destroy(error))
  check.on('close', () => answer.body.destroy())
  return answer.body.pipe(check)
}

async function open(registry: Registry, repository: string, digest: string) {
  const path = `/v2/${repository}/blobs/${digest}`
  const first = await ask(registry, { method: 'GET', path, scope: pullScope(repository), what: `read ${repository}` })
  const answer = await follow(registry, first, {})
  if (answer.status === 200) return answer
  throw await failure(registry, answer, `read the blob ${digest} of ${repository}`)
}

export function lie(registry: Registry, repository: string, expected: string, actual: string): UserError {
  return new UserError(`${registry.host}/${repository} lies about a digest: it answered ${actual} where ${expected} was meant.`, {
    cure: 'Do not use what it holds; something between here and the registry, or the registry itself, changes it.',
  })
}
