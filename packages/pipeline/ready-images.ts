import type { Log } from '@mayfly/core'
import { type Engine, ensureImage } from '@mayfly/engine'
import type { Placed, Project } from '@mayfly/project'

/**
 * Adds the ready images of a project that are not among the artifacts: a released version holds what was built, and the
 * database beside it is a line of the Compose file. From here on it is known by its digest, too.
 */
export async function withReadyImages(
  engine: Engine,
  project: Project,
  placed: readonly Placed[],
  log: Log,
): Promise<readonly Placed[]> {
  const missing = project.services.flatMap(({ name, source }) =>
    source.kind === 'image' && !placed.some(({ service }) => service === name) ? [{ name, reference: source.reference }] : [],
  )
  const ready = await Promise.all(
    missing.map(async ({ name, reference }): Promise<Placed> => {
      const { id, digests, ports } = await ensureImage(engine, reference, log)
      const repository = reference.replace(/@.*$/, '').replace(/:[^:/]*$/, '')
      const familiar = repository.replace(/^docker\.io\//, '').replace(/^library\//, '')
      const known = digests.find((digest) => [repository, familiar].includes(digest.replace(/@.*$/, '')))
      return { service: name, name: reference, reference: known ?? id, revision: '', key: id, ports }
    }),
  )
  return [...placed, ...ready]
}
