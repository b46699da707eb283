import { LABEL, type Log, type ServiceResult, UserError } from '@mayfly/core'
import {
  ComposeError,
  composeUp,
  type Engine,
  ensureImage,
  explainEngineError,
  inspectImage,
  type Observed,
  observe,
} from '@mayfly/engine'
import { openGateway, syncGateway } from '@mayfly/gateway'
import { type ComposeModel, type Isolated, isolate, type Placed, type Project } from '@mayfly/project'
import { apply, writeRecord } from './apply.ts'
import { type Desired, planEnvironment, type Step } from './plan.ts'
import { untilAnswering } from './probe.ts'
import { recordsOf } from './record.ts'
import { removeEnvironment } from './remove.ts'
import { placeOf, type Target } from './target.ts'
import { logsOf, UnhealthyError, untilHealthy } from './verify.ts'

export interface Deployment {
  target: Target
  revision: string
  project: Project
  placed: readonly Placed[]
  /** Milliseconds; undefined: it never expires. */
  ttl: number | undefined
  /** URL of the run, for the record. */
  run: string
  /** Milliseconds that services may take to get healthy. */
  timeout: number
  /** Whether this revision is still the one to deploy; asked again while services start and before anything is undone. */
  current: () => Promise<boolean>
  log: Log
}

/** How often a deployment starts over because another run got in its way. */
const ATTEMPTS = 3

export interface Deployed {
  steps: Step[]
  services: ServiceResult[]
  notices: string[]
  expiresAt: Date | undefined
}

/** A deployment that failed. Nothing half is left: `left` says what runs now. */
export class DeploymentError extends UserError {
  readonly left: 'nothing' | 'the previous revision'
  readonly services: ServiceResult[]

  constructor(cause: UserError, left: DeploymentError['left'], services: ServiceResult[]) {
    const after = left === 'nothing' ? 'Everything of it was removed.' : 'The previous revision was put back and is running.'
    super(`${cause.message} ${after}`, { cause, ...(cause.cure === undefined ? {} : { cure: cause.cure }) })
    this.left = left
    this.services = services
  }
}

/** What a deployment would do; nothing is changed. */
export async function planDeployment(engine: Engine, deployment: Deployment): Promise<{ steps: Step[]; notices: string[] }> {
  const { desired, observed } = await look(engine, deployment)
  return { steps: planEnvironment(desired, observed, recordsOf(observed)[0]?.record.revision), notices: desired.isolated.notices }
}

/** A newer commit, or a close, has taken over while this was deployed: what runs now is not ours to judge or to undo. */
export class OvertakenError extends UserError {
  constructor() {
    super('The pull request moved on while this commit was being deployed.')
  }
}

/**
 * Brings an environment to what the project says, verifies it and records it: plan, apply, verify.
 * Safe to kill at any point and to repeat: each run starts from what is there.
 * @throws OvertakenError where `current` says that another run is to decide; nothing is undone then.
 * @throws DeploymentError where a service does not get healthy; then the previous revision runs again, or nothing does.
 */
export async function deploy(engine: Engine, deployment: Deployment): Promise<Deployed> {
  for (let attempt = 1; ; attempt++) {
    const [{ desired, observed }] = await Promise.all([look(engine, deployment), haveImages(engine, deployment)])
    const previous = recordsOf(observed)[0]?.record
    const steps = planEnvironment(desired, observed, previous?.revision)
    try {
      return await carryOut(engine, deployment, desired, observed, steps)
    } catch (error) {
      if (error instanceof OvertakenError || !(await deployment.current())) throw new OvertakenError()
      // Two runs at the same environment get in each other's way; the one that is current looks again and goes on.
      if (isDisturbance(error) && attempt < ATTEMPTS) continue
      throw await giveUp(engine, deployment, desired.isolated, previous?.model, error)
    }
  }
}

async function carryOut(
  engine: Engine,
  deployment: Deployment,
  desired: Desired,
  observed: Observed,
  steps: Step[],
): Promise<Deployed> {
  const { target, log, timeout, ttl } = deployment
  const { isolated } = desired
  // The gateway is started beside the services: neither needs the other before the routes are loaded.
  const [model] = await Promise.all([apply(engine, desired, observed, steps, log), openGateway(engine, log, target.listen)])
  const stillCurrent = async () => {
    if (!(await deployment.current())) throw new OvertakenError()
  }
  // The addresses are known as soon as containers run: until they are healthy a visitor sees the page that waits for them.
  // What goes wrong with this first sync is met again in the second.
  const [containers] = await Promise.all([
    untilHealthy(engine, target, isolated, { timeout, stillCurrent, log }),
    syncGateway(engine, log).catch(() => {}),
  ])
  await syncGateway(engine, log)
  // A program that ends soon after its start was running when it was looked at: while it does not answer it is looked at again.
  const stillWell = async () => {
    await stillCurrent()
    await untilHealthy(engine, target, isolated, { timeout, stillCurrent, log })
  }
  await untilAnswering(engine, target, isolated, containers, { timeout, stillWell, log })
  // Once more and last: what has no URL may have ended while the others were asked.
  await untilHealthy(engine, target, isolated, { timeout, stillCurrent, log })
  const deployedAt = new Date()
  // Where nothing was changed and nothing can expire, the record that is there says it all.
  if (steps.length > 0 || ttl !== undefined) {
    await writeRecord(engine, target, { revision: deployment.revision, deployedAt, ttl, run: deployment.run, model }, observed)
  }
  const actions = new Map(steps.flatMap((step) => (step.do === 'start' ? [[step.service, step.action] as const] : [])))
  return {
    steps,
    services: deployment.placed.map((placed) =>
      toResult(placed, isolated, actions.get(placed.service) ?? 'unchanged', 'healthy', ''),
    ),
    notices: [...deployment.project.notices, ...isolated.notices],
    expiresAt: ttl === undefined ? undefined : new Date(deployedAt.getTime() + ttl),
  }
}

/** What the engine and Compose say when another run works on the same containers. */
function isDisturbance(error: unknown): boolean {
  return (
    error instanceof ComposeError &&
    /conflict|already in use|no such container|no such network|network .* not found|in progress|marked for removal|endpoint/i.test(
      error.message,
    )
  )
}

/** Undoes what was half done, and says what is left. A fault of our own is undone too, and then shown as what it is. */
async function giveUp(
  engine: Engine,
  deployment: Deployment,
  isolated: Isolated,
  previous: ComposeModel | undefined,
  error: unknown,
): Promise<unknown> {
  const cause = error instanceof UserError ? error : (explainEngineError(String(error)) ?? error)
  const logs = error instanceof UnhealthyError ? error.logs : await logsOfUnwell(engine, deployment.target)
  const services = deployment.placed.map((placed) => {
    const log = logs[placed.service]
    return toResult(placed, isolated, 'none', log === undefined ? 'waiting' : 'failed', log ?? '')
  })
  const left = await goBack(engine, deployment, previous)
  return cause instanceof UserError ? new DeploymentError(cause, left, services) : cause
}

/** The engine may be another one than the one that built: what is in a registry is pulled by its digest, anything else must be there. */
async function haveImages(engine: Engine, { placed, log }: Deployment): Promise<void> {
  await Promise.all(
    placed.map(async ({ service, reference }) => {
      if (reference.includes('@')) await ensureImage(engine, reference, log)
      else if ((await inspectImage(engine, reference)) === undefined) {
        throw new UserError(`The image of ${service} (${reference.slice(0, 19)}) is not on ${engine.address}.`, {
          cure: 'Build on the same host, or give both steps a registry: the image can then be pulled.',
        })
      }
    }),
  )
}

async function look(engine: Engine, deployment: Deployment): Promise<{ desired: Desired; observed: Observed }> {
  const { target, project, placed, revision } = deployment
  const [everyone, isolated] = await Promise.all([
    observe(engine, { environment: target.id }),
    isolate(project, placeOf(target), placed),
  ])
  const stranger = [...everyone.containers, ...everyone.networks, ...everyone.volumes].find(
    (resource) => resource.labels[LABEL.owner] !== target.owner,
  )
  if (stranger !== undefined) {
    throw new UserError(`${target.id} on this host belongs to ${stranger.labels[LABEL.owner]}, not to ${target.owner}.`, {
      cure: 'Use another host for one of the two repositories, or remove the other environment first.',
    })
  }
  return { desired: { target, revision, isolated }, observed: everyone }
}

async function logsOfUnwell(engine: Engine, target: Target): Promise<Record<string, string>> {
  const { containers } = await observe(engine, { owner: target.owner, environment: target.id })
  const unwell = containers.filter(
    (container) => container.health === 'unhealthy' || container.state === 'restarting' || (container.exitCode ?? 0) !== 0,
  )
  return logsOf(engine, containers, [...new Set(unwell.map((container) => container.labels[LABEL.service] ?? ''))])
}

/** Never a half: the model that ran before is put back as it was; where there was none, everything goes. */
async function goBack(
  engine: Engine,
  deployment: Deployment,
  previous: ComposeModel | undefined,
): Promise<DeploymentError['left']> {
  const { target, log } = deployment
  if (previous !== undefined) {
    try {
      log.info('Putting the previous revision back.')
      await composeUp(engine, { project: target.id, model: previous, log })
      await syncGateway(engine, log)
      return 'the previous revision'
    } catch (error) {
      log.warn(`The previous revision could not be put back: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  await removeEnvironment(engine, target.owner, target.id, log)
  return 'nothing'
}

function toResult(
  placed: Placed,
  isolated: Isolated,
  action: ServiceResult['action'],
  state: ServiceResult['state'],
  log: string,
): ServiceResult {
  return {
    name: placed.service,
    urls: isolated.services.find((service) => service.name === placed.service)?.urls ?? [],
    artifact: placed.name,
    digest: /sha256:[0-9a-f]{64}/.exec(placed.reference)?.[0] ?? '',
    revision: placed.revision,
    state,
    action,
    log,
  }
}
