import { nothingRemoved } from '@mayfly/core'
import { observe } from '@mayfly/engine'
import { environmentsOf, ownerOf, planSweep, removeEnvironment } from '@mayfly/environment'
import type { Options } from '../options.ts'
import { answer, terminalLog } from '../terminal.ts'
import { repositoryOf, withEngine } from '../where.ts'

/** Removes what has expired or was left half made. Without GitHub, an open and a closed pull request look the same: only time counts. */
export async function sweep(options: Options): Promise<number> {
  const log = terminalLog(options)
  const repository = await repositoryOf(options)
  const owner = ownerOf(repository.server, repository.name)
  return withEngine(options, async (engine) => {
    const decisions = planSweep(environmentsOf(await observe(engine, { owner })), undefined, undefined, new Date())
    const done = []
    for (const decision of decisions) {
      const remove = decision.action === 'remove' && !options.dryRun
      done.push({
        ...decision,
        removed: remove ? await removeEnvironment(engine, owner, decision.environment, log) : nothingRemoved,
      })
    }
    const lines = done.map((decision) => `${decision.action} ${decision.environment}: ${decision.why}`)
    answer(options, done, lines.length === 0 ? 'Nothing to sweep.' : lines.join('\n'))
    return 0
  })
}
