import { createHash } from 'node:crypto'
import { isAbsolute } from 'node:path'
import type { BuildSource } from '@mayfly/project'
import { hashContext } from './context.ts'
import { ESBUILD } from './esbuild-pin.ts'
import { parseIgnore, readIgnore } from './ignore.ts'

/** Part of every key: raised when the same inputs start to make another image. */
const BUILDER = 'mayfly-2'

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

/** The key of a function's image: nothing in it needs the function to be bundled first, unless no lock file pins what it depends on. */
export function functionKey(inputs: {
  service: string
  version: string | undefined
  /** Relative to the checkout. */
  folder: string
  /** Git's hash of the folder. */
  tree: string
  /** Hashes of the files above it that have a say, by path. */
  above: Readonly<Record<string, string>>
  /** Major version of Node.js. */
  node: number
  /** Digest of the base image. */
  base: string
  /** The runtime's code. */
  runtime: string
  /** The bundle's code where the folder alone does not determine it. */
  bundle: Uint8Array | undefined
}): string {
  const { runtime, bundle, version, ...rest } = inputs
  const hash = (text: string | Uint8Array) => createHash('sha256').update(text).digest('hex')
  return hashOf({
    ...rest,
    version: version ?? '',
    runtime: hash(runtime),
    bundle: bundle === undefined ? '' : hash(bundle),
    esbuild: ESBUILD.version,
  })
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
