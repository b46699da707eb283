import { type Log, nothingRemoved, type PullRequest, type Result, UserError } from '@mayfly/core'
import { MissingImageError } from '@mayfly/engine'
import { DeploymentError, deploy, describeStep, planDeployment, type Target } from '@mayfly/environment'
import { readPullRequest } from '@mayfly/github'
import type { Placed } from '@mayfly/project'
import { type Announcer, announce } from './announce.ts'
import { buildArtifacts, placedAsPlanned, prepare, readArtifacts, targetOf } from './build.ts'
import type { Run } from './context.ts'
import { measurePhases, type Phases } from './phases.ts'
import { removePreview } from './remove.ts'

/**
 * Brings one pull request's preview to what the pull request is now: deployed at its head, or gone.
 * What the event said does not matter; the state is read before and after, so that a close, a merge or a push
 * during the run never leaves a preview behind or an old revision in front.
 * @param artifacts what an earlier step built; undefined: build here.
 */
export async function previewPullRequest(run: Run, number: number, artifacts?: string): Promise<Result> {
  const { settings, log } = run
  const pullRequest = await readPullRequest(run.github, number)
  const target = targetOf(run, number)
  const unwanted = whyUnwanted(pullRequest, settings.label)
  if (unwanted !== undefined) return removePreview(run, pullRequest, target, unwanted)
  const phases = measurePhases(log)
  const announcer = announce(run, pullRequest, target)
  const draft = emptyResult(run, pullRequest, target, phases)
  if (settings.dryRun) return planOnly(run, pullRequest, target, draft, artifacts)
  await announcer.started({ ...draft, outcome: 'building' })
  try {
    const result = await buildAndDeploy(run, pullRequest, target, draft, phases, artifacts)
    return await finish(run, pullRequest, target, result, announcer, log)
  } catch (error) {
    return await fail(run, pullRequest, target, draft, announcer, error)
  }
}

/** Removes a pull request's preview if the pull request does not want one any more; leaves it alone otherwise. */
export async function cleanPullRequest(run: Run, number: number): Promise<Result> {
  const pullRequest = await readPullRequest(run.github, number)
  const target = targetOf(run, number)
  const unwanted = whyUnwanted(pullRequest, run.settings.label)
  if (unwanted !== undefined) return removePreview(run, pullRequest, target, unwanted)
  const draft = emptyResult(run, pullRequest, target, measurePhases(run.log))
  return { ...draft, outcome: 'skipped', reason: 'The pull request is open and wants its preview; nothing was removed.' }
}

function whyUnwanted(pullRequest: PullRequest, label: string | undefined): string | undefined {
  if (pullRequest.state === 'closed') return pullRequest.merged ? 'The pull request is merged.' : 'The pull request is closed.'
  if (label !== undefined && !pullRequest.labels.includes(label)) return `The pull request does not carry the label ${label}.`
  return undefined
}

async function buildAndDeploy(
  run: Run,
  pullRequest: PullRequest,
  target: Target,
  draft: Result,
  phases: Phases,
  artifacts: string | undefined,
): Promise<Result> {
  const { settings, engine, log, context } = run
  const prepared = await phases.run('Read the project', () => prepare(run, pullRequest.number, pullRequest.head))
  const placed: readonly Placed[] =
    artifacts === undefined
      ? await phases.run('Build', () => buildArtifacts(prepared))
      : readArtifacts(artifacts, prepared.project, 'The input artifacts')
  // A build takes minutes; what was right before it may not be any more.
  const now = await readPullRequest(run.github, pullRequest.number)
  if (now.state === 'closed' || now.head !== pullRequest.head) return { ...draft, ...overtaken(pullRequest, now) }
  const deployWith = (images: readonly Placed[]) =>
    phases.run('Deploy', () =>
      deploy(engine, {
        target,
        revision: pullRequest.head,
        project: prepared.project,
        placed: images,
        ttl: settings.ttl,
        run: context.runUrl,
        timeout: settings.timeout,
        current: () => isCurrent(run, pullRequest),
        log,
      }),
    )
  const deployed = await deployWith(placed).catch(async (error: unknown) => {
    // A reused image went with the pull request that had built it. Once is enough: what is built now is our own.
    if (artifacts !== undefined || !(error instanceof DeploymentError && error.cause instanceof MissingImageError)) throw error
    return deployWith(
      await phases.run('Build', async () => buildArtifacts(await prepare(run, pullRequest.number, pullRequest.head))),
    )
  })
  return {
    ...draft,
    outcome: 'ready',
    services: deployed.services,
    phases: phases.list,
    expiresAt: deployed.expiresAt?.toISOString(),
    notices: [...draft.notices, ...deployed.notices],
  }
}

/** Asks once more: between the last look and now the pull request may have moved on or closed. */
async function finish(
  run: Run,
  before: PullRequest,
  target: Target,
  result: Result,
  announcer: Announcer,
  log: Log,
): Promise<Result> {
  const now = await readPullRequest(run.github, before.number)
  const unwanted = whyUnwanted(now, run.settings.label)
  if (unwanted !== undefined) return removePreview(run, now, target, unwanted)
  if (now.head !== before.head) {
    const late = { ...result, ...overtaken(before, now) }
    log.info(late.reason)
    await announcer.overtaken()
    return late
  }
  await announcer.finished(result)
  return result
}

/** A question that GitHub does not answer is no reason to undo a deployment that may be right. */
async function isCurrent(run: Run, before: PullRequest): Promise<boolean> {
  const now = await readPullRequest(run.github, before.number).catch(() => before)
  return now.head === before.head && whyUnwanted(now, run.settings.label) === undefined
}

function overtaken(before: PullRequest, now: PullRequest): Pick<Result, 'outcome' | 'reason'> {
  const reason = `${before.head.slice(0, 7)} was overtaken by ${now.head.slice(0, 7)}; the run of that commit deploys it.`
  return { outcome: 'overtaken', reason }
}

async function fail(
  run: Run,
  pullRequest: PullRequest,
  target: Target,
  draft: Result,
  announcer: Announcer,
  error: unknown,
): Promise<Result> {
  // A deployment that was disturbed by a newer one, or by a close, is not a failure of this commit.
  // If GitHub does not answer now, the failure itself is what is left to tell.
  const now = await readPullRequest(run.github, pullRequest.number).catch(() => pullRequest)
  const unwanted = whyUnwanted(now, run.settings.label)
  if (unwanted !== undefined) return removePreview(run, now, target, unwanted)
  if (now.head !== pullRequest.head) {
    await announcer.overtaken()
    return { ...draft, ...overtaken(pullRequest, now) }
  }
  const result: Result = {
    ...draft,
    outcome: 'failed',
    reason: error instanceof UserError ? error.message : 'Mayfly itself failed; the log of the run says more.',
    cure: error instanceof UserError ? (error.cure ?? '') : '',
    services: error instanceof DeploymentError ? error.services : [],
  }
  await announcer.finished(result)
  if (!(error instanceof UserError)) throw error
  return result
}

async function planOnly(
  run: Run,
  pullRequest: PullRequest,
  target: Target,
  draft: Result,
  artifacts: string | undefined,
): Promise<Result> {
  const { settings, engine, log, context } = run
  const prepared = await prepare(run, pullRequest.number, pullRequest.head)
  for (const planned of prepared.planned) log.info(`${planned.action} ${planned.service}: ${planned.why}`)
  const placed =
    artifacts === undefined
      ? prepared.planned.map(placedAsPlanned)
      : readArtifacts(artifacts, prepared.project, 'The input artifacts')
  const plan = await planDeployment(engine, {
    target,
    revision: pullRequest.head,
    project: prepared.project,
    placed,
    ttl: settings.ttl,
    run: context.runUrl,
    timeout: settings.timeout,
    current: async () => true,
    log,
  })
  for (const step of plan.steps) log.info(describeStep(step))
  return { ...draft, outcome: 'planned', notices: [...plan.notices, ...plan.steps.map(describeStep)] }
}

function emptyResult(run: Run, pullRequest: PullRequest, target: Target, phases: Phases): Result {
  const { context, settings } = run
  const fleeting = context.hosted && settings.engine.host === undefined
  if (fleeting) run.log.warn(FLEETING)
  return {
    outcome: 'building',
    environment: target.id,
    pullRequest: pullRequest.number,
    revision: pullRequest.head,
    reason: '',
    cure: '',
    services: [],
    phases: phases.list,
    expiresAt: undefined,
    notices: fleeting ? [FLEETING] : [],
    removed: nothingRemoved,
    runUrl: context.runUrl,
  }
}

const FLEETING =
  "No host is given: the preview runs on this runner's own engine, serves this job's tests only, and ends with the job."
