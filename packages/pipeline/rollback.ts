import type { Result } from '@mayfly/core'
import { describeStep, planRollback, rollback } from '@mayfly/environment'
import type { NamedRun } from './named.ts'

/** A roll back as a job does it: told on GitHub like any deployment. */
export async function rollbackRun(
  { run, target, phases, announcer, draft, named }: NamedRun,
  to: string | undefined,
): Promise<Result> {
  const { engine, settings, context, log } = run
  const { to: chosen, steps } = await planRollback(engine, { target, to })
  draft.revision = chosen.revision
  draft.pullRequest = chosen.pullRequest
  if (settings.dryRun) {
    for (const step of steps) log.info(describeStep(step))
    return { ...draft, outcome: 'planned', notices: steps.map(describeStep) }
  }
  log.info(`Going back to ${chosen.revision.slice(0, 7)}, which ran from ${chosen.deployedAt.toISOString()} on.`)
  await announcer.started(chosen.revision, `Roll back of ${named.name}`)
  const by = context.environment.GITHUB_ACTOR ?? ''
  const { services, notices } = await phases.run('Deploy', () =>
    rollback(engine, { target, to, run: context.runUrl, by, timeout: settings.timeout, log }),
  )
  return { ...draft, outcome: 'ready', services, notices }
}
