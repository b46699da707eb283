import { LABEL, type Log, type ServiceResult, UserError } from '@mayfly/core'
import {
  composeUp,
  createNetwork,
  createVolume,
  type Engine,
  ensureImage,
  inspectImage,
  type Network,
  type Observed,
  observe,
  remove,
  removeVolume,
} from '@mayfly/engine'
import { openGateway, syncGateway } from '@mayfly/gateway'
import { type ComposeModel, type Isolated, isolate, type Placed, type Project, withAddresses } from '@mayfly/project'
import { type Desired, planEnvironment, type Step } from './plan.ts'
import { untilAnswering } from './probe.ts'
import { recordLabels, recordName, recordsOf } from './record.ts'
import { removeEnvironment } from './remove.ts'
import { labelsOf, placeOf, type Target } from './target.ts'
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
  log: Log
}

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

/**
 * Brings an environment to what the project says, verifies it and records it: plan, apply, verify.
 * Safe to kill at any point and to repeat: each run starts from what is there.
 * @throws DeploymentError where a service does not get healthy; then the previous revision runs again, or nothing does.
 */
export async function deploy(engine: Engine, deployment: Deployment): Promise<Deployed> {
  const { target, log } = deployment
  const [{ desired, observed }] = await Promise.all([look(engine, deployment), haveImages(engine, deployment)])
  const previous = recordsOf(observed)[0]?.record
  const steps = planEnvironment(desired, observed, previous?.revision)
  const { isolated } = desired
  try {
    // The gateway is started beside the services: neither needs the other before the routes are loaded.
    const [model] = await Promise.all([apply(engine, desired, observed, steps, log), openGateway(engine, log, target.listen)])
    const containers = await untilHealthy(engine, target, isolated, deployment.timeout, log)
    await syncGateway(engine, log)
    await untilAnswering(engine, target, isolated, containers, deployment.timeout, log)
    const deployedAt = new Date()
    await record(engine, deployment, observed, model, deployedAt, steps)
    const actions = new Map(steps.flatMap((step) => (step.do === 'start' ? [[step.service, step.action] as const] : [])))
    return {
      steps,
      services: deployment.placed.map((placed) =>
        toResult(placed, isolated, actions.get(placed.service) ?? 'unchanged', 'healthy', ''),
      ),
      notices: [...deployment.project.notices, ...isolated.notices],
      expiresAt: deployment.ttl === undefined ? undefined : new Date(deployedAt.getTime() + deployment.ttl),
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    const logs = error instanceof UnhealthyError ? error.logs : await logsOfUnwell(engine, target)
    const services = deployment.placed.map((placed) => {
      const log = logs[placed.service]
      return toResult(placed, isolated, 'none', log === undefined ? 'waiting' : 'failed', log ?? '')
    })
    throw new DeploymentError(error, await goBack(engine, deployment, previous?.model), services)
  }
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

async function apply(
  engine: Engine,
  desired: Desired,
  observed: Observed,
  steps: readonly Step[],
  log: Log,
): Promise<ComposeModel> {
  const { target, isolated } = desired
  const subnets: Record<string, string> = {}
  for (const network of observed.networks) if (network.subnet !== undefined) subnets[network.name] = network.subnet
  for (const step of steps) {
    if (step.do !== 'create-network') continue
    const labels = { ...labelsOf(target), [LABEL.role]: 'network' }
    subnets[step.name] = await createNetwork(engine, { name: step.name, labels, members: step.members, internal: step.internal })
  }
  const model = withAddresses(isolated, subnets)
  const starting = steps.flatMap((step) => (step.do === 'start' ? [step] : []))
  const restarting = starting.filter((step) => !/changed/.test(step.why) && step.action === 'updated').map((step) => step.service)
  for (const name of restarting) {
    // Same definition, but it does not run well: Compose would leave such a container as it is.
    await remove(engine, {
      containers: observed.containers.filter((own) => own.labels[LABEL.service] === name),
      networks: [],
      volumes: [],
    })
  }
  if (starting.length > 0) {
    log.info(`Starting ${starting.map((step) => step.service).join(', ')}.`)
    await composeUp(engine, { project: target.id, model, services: independent(isolated, starting), log })
  }
  await removeLeftovers(engine, observed, steps)
  return model
}

/** The services to start by themselves; undefined where they wait for each other or all are new, so that Compose has to see to the order. */
function independent(isolated: Isolated, starting: readonly { service: string }[]): string[] | undefined {
  const names = starting.map((step) => step.service)
  if (names.length === isolated.services.length) return undefined
  const waits = names.some((name) =>
    Object.keys(isolated.model.services[name]?.depends_on ?? {}).some((other) => names.includes(other)),
  )
  return waits ? undefined : names
}

async function removeLeftovers(engine: Engine, observed: Observed, steps: readonly Step[]): Promise<void> {
  const named = (kind: Step['do']) => new Set(steps.flatMap((step) => (step.do === kind && 'name' in step ? [step.name] : [])))
  const containers = named('remove-container')
  const networks = named('remove-network')
  const volumes = named('remove-volume')
  await remove(engine, {
    containers: observed.containers.filter((container) => containers.has(container.name)),
    networks: observed.networks.filter((network: Network) => networks.has(network.name)),
    volumes: observed.volumes.filter((volume) => volumes.has(volume.name)),
  })
}

/** The new record first, then the old ones go: at every moment at least one is there. */
async function record(
  engine: Engine,
  deployment: Deployment,
  observed: Observed,
  model: ComposeModel,
  deployedAt: Date,
  steps: readonly Step[],
): Promise<void> {
  const { target, revision, ttl, run } = deployment
  // Nothing was changed and nothing can expire: the record there is says it all.
  if (steps.length === 0 && ttl === undefined) return
  await createVolume(engine, recordName(target, deployedAt), recordLabels(target, { revision, deployedAt, ttl, run, model }))
  await Promise.all(recordsOf(observed).map((old) => removeVolume(engine, old.volume.name)))
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
