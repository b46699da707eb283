import { join } from 'node:path'
import type { Result } from '@mayfly/core'
import { describeStep } from '@mayfly/environment'
import { type Checkout, checkoutRevision } from './checkout.ts'
import type { Run } from './context.ts'
import type { NamedRequest, NamedRun } from './named.ts'
import { type PromoteMeans, type Promotion, planPromotion, preparePromotion, promote } from './promote.ts'

/** A promotion as a job does it: with the commit from GitHub, and told there. */
export async function promoteRun(one: NamedRun, request: NamedRequest, means: PromoteMeans): Promise<Result> {
  const { run, target, phases, announcer, draft, named } = one
  const { engine, settings, context, log } = run
  const promotion: Promotion = {
    target,
    repository: { server: new URL(context.serverUrl).host, name: context.repository },
    sources: request.sources,
    revision: request.revision,
    checkout: (revision, pullRequest) => cleanCheckout(run, revision, pullRequest),
    read: { composeFile: settings.composeFile, profiles: settings.profiles, env: settings.env, path: context.environment.PATH },
    requireTested: request.requireTested,
    means,
    timeout: settings.timeout,
    run: context.runUrl,
    by: context.environment.GITHUB_ACTOR ?? '',
    log,
  }
  const promotable = await phases.run('Read the project', () => preparePromotion(engine, promotion))
  // What goes wrong from here on is told of this commit.
  draft.revision = promotable.revision
  draft.pullRequest = promotable.pullRequest
  named.from = promotable.from
  if (settings.dryRun) {
    const { steps, notices } = await planPromotion(engine, promotion, promotable)
    for (const step of steps) log.info(describeStep(step))
    return { ...draft, outcome: 'planned', notices: [...notices, ...steps.map(describeStep)] }
  }
  const origin = promotable.from === '' ? '' : ` from ${promotable.from}`
  await announcer.started(promotable.revision, `Promotion${origin} to ${named.name}`)
  const { services, notices } = await phases.run('Deploy', () => promote(engine, promotion, promotable))
  return { ...draft, outcome: 'ready', services, notices }
}

/** What was tested is a commit, not what a step of this job may have changed in the workspace since. */
async function cleanCheckout(
  { context, settings, log }: Run,
  revision: string,
  pullRequest: number | undefined,
): Promise<Checkout> {
  const asked = { ...context, token: settings.token, revision, pullRequest, log }
  const found = await checkoutRevision(asked)
  if (found.dirty === '') return found
  log.info('The workspace holds changes that are not committed; the commit is fetched beside it.')
  return checkoutRevision({ ...asked, workspace: join(context.temp, 'mayfly-none') })
}
