import { nothingRemoved, type PullRequest, type Removed, type Result } from '@mayfly/core'
import { observe } from '@mayfly/engine'
import { environmentsOf, removeEnvironment, type Target } from '@mayfly/environment'
import { announceRemoval } from './announce.ts'
import type { Run } from './context.ts'

/** Takes a pull request's preview away and says so. Removing what is not there is fine. */
export async function removePreview(run: Run, pullRequest: PullRequest, target: Target, why: string): Promise<Result> {
  const { settings, engine, log, context } = run
  const there = await isThere(run, target)
  log.info(`${why} ${there ? `${target.id} goes.` : `There is no ${target.id}.`}`)
  const removed: Removed =
    settings.dryRun || !there ? nothingRemoved : await removeEnvironment(engine, target.owner, target.id, log)
  const result: Result = {
    outcome: settings.dryRun ? 'planned' : there || pullRequest.state === 'closed' ? 'removed' : 'skipped',
    environment: target.id,
    pullRequest: pullRequest.number,
    revision: pullRequest.head,
    reason: why,
    cure: '',
    services: [],
    phases: [],
    expiresAt: undefined,
    notices: [],
    removed,
    runUrl: context.runUrl,
  }
  if (!settings.dryRun) await announceRemoval(run, pullRequest.number, target, result)
  return result
}

/** Whether anything of an environment is on the engine. */
async function isThere(run: Run, target: Target): Promise<boolean> {
  return environmentsOf(await observe(run.engine, { owner: target.owner, environment: target.id })).length > 0
}
