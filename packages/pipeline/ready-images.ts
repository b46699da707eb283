import { type Log, UserError } from '@mayfly/core'
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
  refuseMounted(project, placed)
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

/** Files of the checkout that are mounted into a ready image are part of its artifact, which no version names. */
function refuseMounted({ services, model }: Project, placed: readonly Placed[]): void {
  const mounted = services.filter(
    ({ name, source }) =>
      source.kind === 'image' &&
      !placed.some(({ service }) => service === name) &&
      (model.services[name]?.volumes ?? []).some(({ type }) => type === 'bind'),
  )
  if (mounted.length === 0) return
  throw new UserError(
    `${mounted.map(({ name }) => name).join(', ')} holds files of the checkout, and no version brings them along.`,
    {
      cure: 'Promote the output artifacts of actions/release, or from an environment.',
    },
  )
}
