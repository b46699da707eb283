import { LABEL, type Log, nameBelongsTo } from '@mayfly/core'
import { composeUp, createNetwork, type Engine, type Network, type Observed, remove } from '@mayfly/engine'
import { type ComposeModel, type Isolated, withAddresses } from '@mayfly/project'
import type { Desired, Step } from './plan.ts'
import { labelsOf } from './target.ts'

/** Carries a plan out, but for the record. Returns the model that now runs. */
export async function apply(
  engine: Engine,
  desired: Pick<Desired, 'target' | 'isolated'>,
  observed: Observed,
  steps: readonly Step[],
  { log, signal, stopTimeout }: { log: Log; signal?: AbortSignal | undefined; stopTimeout?: number | undefined },
): Promise<ComposeModel> {
  const { target, isolated } = desired
  const subnets = subnetsOf(observed)
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
      containers: observed.containers.filter((own) => own.labels[LABEL.service] === name && nameBelongsTo(own.name, target.id)),
      networks: [],
      volumes: [],
    })
  }
  if (starting.length > 0) {
    log.info(`Starting ${starting.map((step) => step.service).join(', ')}.`)
    await composeUp(engine, { project: target.id, model, services: independent(isolated, starting), stopTimeout, log, signal })
  }
  signal?.throwIfAborted()
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

/** Subnets by the network's name. */
export function subnetsOf({ networks }: Pick<Observed, 'networks'>): Record<string, string> {
  return Object.fromEntries(networks.flatMap(({ name, subnet }) => (subnet === undefined ? [] : [[name, subnet]])))
}
