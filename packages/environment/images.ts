import { type Log, UserError } from '@mayfly/core'
import { type Engine, ensureImage, inspectImage, type Observed } from '@mayfly/engine'
import type { Placed } from '@mayfly/project'
import { recordsOf } from './record.ts'

/**
 * Makes sure that the engine has every image, before anything is changed. The engine may be another one than the one
 * that built: what is in a registry is pulled by its digest, anything else must be there.
 * @throws UserError naming the service and its image; `cure` says what to do about one that is gone.
 */
export async function haveImages(
  engine: Engine,
  placed: readonly Placed[],
  log: Log,
  cure = 'Build on the same host, or give both steps a registry: the image can then be pulled.',
): Promise<void> {
  await Promise.all(
    placed.map(async ({ service, name, reference }) => {
      if (reference.includes('@')) await ensureImage(engine, reference, log)
      else if ((await inspectImage(engine, reference)) === undefined) {
        const image = `${name === '' ? '' : `${name}, `}${reference.slice(0, 19)}`
        throw new UserError(`The image of ${service} (${image}) is not on ${engine.address}.`, { cure })
      }
    }),
  )
}

/** The references of every image that a record names: what runs, and what a roll back would put back. */
export function recordedImages(observed: Pick<Observed, 'volumes'>): Set<string> {
  return new Set(recordsOf(observed).flatMap(({ record }) => record.placed.map(({ reference }) => reference)))
}

/** Images by their id on this engine, whatever they were referred to by. What is not there is left out. */
export async function imageIds(engine: Engine, references: Iterable<string>): Promise<Set<string>> {
  const ids = await Promise.all(
    [...references].map(async (reference) => (reference.includes('@') ? (await inspectImage(engine, reference))?.id : reference)),
  )
  return new Set(ids.flatMap((id) => id ?? []))
}
