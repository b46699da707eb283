import { createHash } from 'node:crypto'
import { isAbsolute } from 'node:path'
import type { BuildSource } from '@mayfly/project'
import { hashContext } from './context.ts'
import { parseIgnore, readIgnore } from './ignore.ts'

/** Part of every key: raised when the same inputs start to make another image. */
const BUILDER = 'mayfly-1'

/** What a build's key is made of, besides the files. */
export interface BuildInputs {
  service: string
  version: string | undefined
  source: BuildSource
  dockerfile: string
  ignore: string
  /** Keys of the services that this build starts from. */
  needs: Readonly<Record<string, string>>
  /** Set where the image may change although nothing here does (`pull`, `no_cache`): then it is built once for each commit. */
  revision: string | undefined
}

/**
 * The key of an image built from a Dockerfile: the same for the same files, Dockerfile and options, wherever the
 * checkout is and whatever the commit. Build secrets count by their id, as they do in the builder's own cache.
 */
export async function buildKey(inputs: BuildInputs, path: string): Promise<string> {
  const { source } = inputs
  const contexts: Record<string, string> = {}
  for (const [name, value] of Object.entries(source.additionalContexts)) {
    contexts[name] = isAbsolute(value) ? await hashContext(value, parseIgnore(await readIgnore(value, undefined)), path) : value
  }
  return hashOf({
    service: inputs.service,
    version: inputs.version ?? '',
    context: await hashContext(source.context, parseIgnore(inputs.ignore), path),
    contexts,
    dockerfile: inputs.dockerfile,
    args: source.args,
    labels: source.labels,
    target: source.target ?? '',
    platform: source.platform ?? '',
    secrets: source.secrets.map((secret) => secret.id),
    shmSize: source.shmSize ?? '',
    network: source.network ?? '',
    needs: inputs.needs,
    revision: inputs.revision ?? '',
  })
}

/** The key of a function's image. */
export function functionKey(inputs: {
  service: string
  name: string
  version: string | undefined
  /** What goes into the image, by file name. */
  files: Readonly<Record<string, Uint8Array | string>>
  dockerfile: string
  /** The id of the base image. */
  base: string
}): string {
  const files = Object.fromEntries(
    Object.entries(inputs.files).map(([name, content]) => [name, createHash('sha256').update(content).digest('hex')]),
  )
  return hashOf({ ...inputs, version: inputs.version ?? '', files })
}

function hashOf(inputs: Record<string, unknown>): string {
  return createHash('sha256')
    .update(BUILDER)
    .update(JSON.stringify(sorted(inputs)))
    .digest('hex')
}

/** With the names in order at every depth: the order in a Compose file is not part of what is built. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  )
}
