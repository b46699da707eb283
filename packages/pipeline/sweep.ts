import { nothingRemoved, type Removed, type Result } from '@mayfly/core'
import { observe } from '@mayfly/engine'
import { type Decision, type Environment, environmentsOf, ownerOf, planSweep, removeEnvironment } from '@mayfly/environment'
import { readPullRequests } from '@mayfly/github'
import { announceRemoval } from './announce.ts'
import { targetOf } from './build.ts'
import type { Run } from './context.ts'

export interface SweepResult {
  decisions: (Decision & { removed: Removed })[]
  dryRun: boolean
}

/**
 * Removes every preview of this repository that nothing wants any more: closed, merged, expired, half made.
 * All questions are asked before anything is removed; one that GitHub does not answer plainly ends the sweep with
 * nothing removed.
 */
export async function sweepRepository(run: Run): Promise<SweepResult> {
  const { context, settings, engine, github, log } = run
  const owner = ownerOf(new URL(context.serverUrl).host, context.repository)
  const environments = environmentsOf(await observe(engine, { owner }))
  const numbers = environments.flatMap((environment) =>
    environment.kind === 'preview' && environment.pullRequest ? [environment.pullRequest] : [],
  )
  const facts = await readPullRequests(github, [...new Set(numbers)])
  const decisions = planSweep(environments, facts, settings.label, new Date())
  const done: SweepResult['decisions'] = []
  for (const decision of decisions) {
    log.info(`${decision.environment}: ${decision.action}, ${decision.why}.`)
    const remove = decision.action === 'remove' && !settings.dryRun
    done.push({
      ...decision,
      removed: remove ? await removeEnvironment(engine, owner, decision.environment, log) : nothingRemoved,
    })
  }
  for (const decision of done) {
    const environment = environments.find((candidate) => candidate.id === decision.environment)
    if (decision.action === 'remove' && !settings.dryRun && environment !== undefined) await tellOwner(run, environment, decision)
  }
  return { decisions: done, dryRun: settings.dryRun }
}

async function tellOwner(run: Run, environment: Environment, decision: SweepResult['decisions'][number]): Promise<void> {
  const number = environment.pullRequest
  if (number === undefined) return
  const result: Result = {
    outcome: 'removed',
    environment: environment.id,
    pullRequest: number,
    revision: environment.record?.revision ?? '',
    reason: `The sweep took it away: ${decision.why}.`,
    cure: '',
    services: [],
    phases: [],
    expiresAt: undefined,
    notices: [],
    removed: decision.removed,
    runUrl: run.context.runUrl,
  }
  await announceRemoval(run, number, targetOf(run, number), result)
}
