import { type Job, type Log, type Named, nothingRemoved, type Result, UserError } from '@mayfly/core'
import { observe } from '@mayfly/engine'
import { DeploymentError, historyOf, namedTarget, OvertakenError, type Target, targetCalled } from '@mayfly/environment'
import { announceNamed, type NamedAnnouncer } from './announce-named.ts'
import { type Run, withRun } from './context.ts'
import { measurePhases, type Phases } from './phases.ts'
import type { PromoteMeans } from './promote.ts'
import { meansOfRun } from './promote-means.ts'
import { promoteRun } from './promote-run.ts'
import { checkSources, type Sources } from './promote-sources.ts'
import { rollbackRun } from './rollback.ts'
import type { Settings } from './settings.ts'

/** What a job asks of a named environment. */
export interface NamedRequest {
  /** Such as `staging`. */
  environment: string
  sources: Sources
  /** The commit whose Compose file describes the environment; undefined: the artifacts' own. */
  revision: string | undefined
  requireTested: boolean
  /** PEM of public keys; where there are any, test results have to be signed by one of them. */
  trustedKeys: readonly string[]
  /** Go back instead of on. */
  rollback: boolean
  /** How far back: see `chooseRecord`. */
  to: string | undefined
  /** Whether GitHub marks it as production; undefined: where that is its name. */
  production: boolean | undefined
}

export interface NamedResult {
  result: Result
  /** What ran before; undefined where nothing did. */
  previous: { revision: string; artifacts: { service: string; name: string; digest: string }[] } | undefined
}

/** What both changes of a named environment work with. */
export interface NamedRun {
  run: Run
  target: Target
  phases: Phases
  announcer: NamedAnnouncer
  /** What is known so far; filled in on the way, so that a failure can say what it was about. */
  draft: Result
  named: Named
}

/**
 * Promotes to a named environment, or takes it back, whatever the event: a push, a release, a button.
 * @param means what only the caller can find out: released versions, and what was tested.
 */
export function changeEnvironment(
  context: Job,
  settings: Settings,
  log: Log,
  request: NamedRequest,
  means: (run: Run) => PromoteMeans = (run) => meansOfRun(run, request.trustedKeys),
): Promise<NamedResult> {
  checkRequest(request)
  return withRun(context, settings, log, async (run) => {
    const target = targetOf(run, request.environment)
    const observed = await observe(run.engine, { owner: target.owner, environment: target.id })
    const [now] = historyOf(observed)
    const before = (now?.artifacts ?? []).map(({ service, name, digest }) => ({ service, artifact: name, digest }))
    const named: Named = { name: request.environment, action: request.rollback ? 'rollback' : 'promote', from: '', before }
    const phases = measurePhases(log)
    const announcer = announceNamed(
      run,
      target,
      request.environment,
      request.production ?? request.environment.toLowerCase() === 'production',
    )
    const one: NamedRun = { run, target, phases, announcer, draft: emptyResult(run, target, phases, named), named }
    const work = () => (request.rollback ? rollbackRun(one, request.to) : promoteRun(one, request, means(run)))
    const result = await work().catch((error: unknown) => fail(one, error))
    if (!settings.dryRun) await announcer.finished(result)
    return { result, previous: now && { revision: now.revision, artifacts: now.artifacts } }
  })
}

/** @throws UserError for what no engine has to be asked about. */
function checkRequest({ environment, sources, revision, rollback, to }: NamedRequest): void {
  const reach = { domain: '', listen: 80, tls: 'off', limits: { memory: 1, cpus: 1, pids: 1 } } as const
  // The preview of a pull request is not promoted to: its own workflow says what it runs.
  if (targetCalled('', 'a/b', environment, reach, 'environment').kind === 'preview') {
    throw new UserError(`environment is "${environment}", which is a preview.`, {
      cure: 'Name one such as staging or production.',
    })
  }
  const given = sources.artifacts ?? sources.from ?? sources.versions?.[0]
  if (rollback && given !== undefined) {
    throw new UserError('rollback is on, and something to promote is given as well.', {
      cure: 'Leave out from, version and artifacts to go back; leave out rollback to promote.',
    })
  }
  if (!rollback) checkSources(sources)
  if (revision !== undefined && !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(revision)) {
    throw new UserError(`revision is "${revision}".`, { cure: 'Write the full hash of a commit.' })
  }
  if (!rollback && to !== undefined)
    throw new UserError('to is given without rollback.', { cure: 'Write rollback: true as well.' })
}

function targetOf({ context, settings }: Run, name: string): Target {
  return namedTarget(new URL(context.serverUrl).host, context.repository, name, settings.reach)
}

/** A failure is a result, too: it is told, and then shown as what it is. A fault of our own is thrown on. */
async function fail(one: NamedRun, error: unknown): Promise<Result> {
  if (error instanceof OvertakenError) return { ...one.draft, outcome: 'overtaken', reason: error.message }
  const user = error instanceof UserError
  const result: Result = {
    ...one.draft,
    outcome: 'failed',
    reason: user ? error.message : 'Mayfly itself failed; the log of the run says more.',
    cure: user ? (error.cure ?? '') : '',
    services: error instanceof DeploymentError ? error.services : [],
  }
  if (user) return result
  await one.announcer.finished(result)
  throw error
}

function emptyResult({ context }: Run, target: Target, phases: Phases, named: Named): Result {
  return {
    outcome: 'building',
    environment: target.id,
    pullRequest: undefined,
    revision: '',
    reason: '',
    cure: '',
    services: [],
    phases: phases.list,
    expiresAt: undefined,
    notices: [],
    removed: nothingRemoved,
    runUrl: context.runUrl,
    named,
  }
}
