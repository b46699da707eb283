import type { Labels, Log } from '@mayfly/core'
import { builderError, builtDigest, runBuilder } from './builder.ts'
import type { Engine } from './connect.ts'

export interface Build {
  /** What it is called in errors. */
  name: string
  /** Absolute path of the folder that is sent. */
  context: string
  /** Absolute path. */
  dockerfile: string
  args: Readonly<Record<string, string>>
  labels: Labels
  /** Of the manifest, where the engine's store keeps one: only containerd's does. */
  annotations?: Labels
  target: string | undefined
  platform: string | undefined
  /** Build secrets: id and absolute path. */
  secrets: readonly { id: string; file: string }[]
  /** Further contexts by name: a path, or `docker-image://reference`. */
  contexts?: Readonly<Record<string, string>>
  shmSize?: string | undefined
  network?: 'none' | undefined
  noCache?: boolean
  pull?: boolean
  /** What to tell the user to run by hand, where `dockerfile` is a copy that is gone afterwards. */
  byHand?: string
  /** For reading only; nothing is deployed by it. */
  tag: string
  /** Push there instead of only keeping the image in the engine. */
  push: boolean
  /** Seconds since 1970 for SOURCE_DATE_EPOCH: the commit's time. */
  epoch: number
  log: Log
}

export interface Built {
  /** What to deploy: `sha256:...` in the engine's store, or `repository@sha256:...` after a push. */
  reference: string
  digest: string
}

/**
 * Builds one image with BuildKit on the engine itself, so that nothing has to travel afterwards.
 * @throws UserError with the step that failed and its last lines.
 */
export async function build(engine: Engine, wanted: Build): Promise<Built> {
  const done = await runBuilder(engine, wanted, ['--tag', wanted.tag, wanted.push ? '--push' : '--load'])
  if (!done.ok) throw builderError(wanted, done)
  const digest = builtDigest(wanted, done)
  return { digest, reference: wanted.push ? `${repositoryOf(wanted.tag)}@${digest}` : digest }
}

/** An image that nobody can mistake for the one that is wanted: it has no name yet. */
export interface UnnamedImage {
  id: string
  /** Every image that a stage of the Dockerfile started from, as the builder names it. */
  bases: string[]
}

/** The same, without its name: it goes to the engine's store whatever `push` says. @throws as `build` does. */
export async function buildUnnamed(engine: Engine, wanted: Build): Promise<UnnamedImage> {
  const done = await runBuilder(engine, wanted, ['--load'])
  if (!done.ok) throw builderError(wanted, done)
  return { id: builtDigest(wanted, done), bases: done.bases }
}

/** Without the tag. */
export function repositoryOf(tag: string): string {
  return tag.replace(/:[^:/]*$/, '')
}
