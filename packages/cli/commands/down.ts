import { observe } from '@mayfly/engine'
import { environmentsOf, removeEnvironment } from '@mayfly/environment'
import type { Options } from '../options.ts'
import { answer, terminalLog } from '../terminal.ts'
import { targetOf, withEngine } from '../where.ts'

/** Removes an environment of this repository: the one of the branch, --name, or the id given. */
export async function down(options: Options): Promise<number> {
  const log = terminalLog(options)
  const target = await targetOf(options)
  const id = options.positionals[0] ?? target.id
  return withEngine(options, async (engine) => {
    if (options.dryRun) {
      const [environment] = environmentsOf(await observe(engine, { owner: target.owner, environment: id }))
      const names = environment
        ? [...environment.observed.containers, ...environment.observed.networks, ...environment.observed.volumes].map(
            (resource) => resource.name,
          )
        : []
      answer(
        options,
        { environment: id, remove: names },
        names.length === 0 ? 'Nothing to remove.' : names.map((name) => `remove ${name}`).join('\n'),
      )
      return 0
    }
    const removed = await removeEnvironment(engine, target.owner, id, log)
    const { containers, networks, volumes, images, routes } = removed
    answer(
      options,
      { environment: id, removed },
      `${id}: removed ${containers} containers, ${networks} networks, ${volumes} volumes, ${images} images, ${routes} routes; nothing is left.`,
    )
    return 0
  })
}
