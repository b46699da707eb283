import { LABEL, nameBelongsTo } from '@mayfly/core'
import type { Container, Observed } from '@mayfly/engine'
import type { Isolated } from '@mayfly/project'
import type { DeploymentRecord } from './record.ts'
import type { Target } from './target.ts'

/** One thing to do. A plan is a list of them, in order; an empty one means that everything is as wanted. */
export type Step =
  | { do: 'create-network'; name: string; members: number; internal: boolean }
  | { do: 'start'; service: string; action: 'created' | 'updated'; why: string }
  | { do: 'remove-container'; id: string; name: string; why: string }
  | { do: 'remove-network'; id: string; name: string; why: string }
  | { do: 'remove-volume'; name: string; why: string }
  | { do: 'record'; revision: string }

export interface Desired {
  target: Target
  revision: string
  isolated: Isolated
}

/**
 * What it takes to get from what is observed to what is desired. Pure; planned again on its own outcome it is empty,
 * but for the record of a revision that was not deployed before.
 */
export function planEnvironment(
  desired: Desired,
  observed: Observed,
  recorded: Pick<DeploymentRecord, 'revision' | 'model'> | undefined,
): Step[] {
  const steps: Step[] = []
  const { networks, services } = desired.isolated
  // Labels alone are no proof: what carries them under a name of its own is left alone, here as on removal.
  const ours = (resource: { name: string }) => nameBelongsTo(resource.name, desired.target.id)
  for (const network of networks) {
    if (!observed.networks.some((present) => present.name === network.name)) {
      steps.push({ do: 'create-network', name: network.name, members: network.members, internal: network.internal })
    }
  }
  const running = observed.containers.filter((container) => container.labels[LABEL.role] === 'service' && ours(container))
  for (const service of services) {
    const own = running.filter((container) => container.labels[LABEL.service] === service.name)
    const why = whyStart(own, service.config, isOneOff(desired.isolated, service.name))
    if (why !== undefined)
      steps.push({ do: 'start', service: service.name, action: own.length === 0 ? 'created' : 'updated', why })
  }
  for (const container of running) {
    const name = container.labels[LABEL.service] ?? ''
    if (!services.some((service) => service.name === name)) {
      steps.push({
        do: 'remove-container',
        id: container.id,
        name: container.name,
        why: `the project has no service ${name} any more`,
      })
    }
  }
  for (const network of observed.networks) {
    if (ours(network) && !networks.some((wanted) => wanted.name === network.name)) {
      steps.push({ do: 'remove-network', id: network.id, name: network.name, why: 'the project has no such network any more' })
    }
  }
  if (desired.target.kind === 'preview') {
    for (const name of unwantedVolumes(desired, observed)) {
      steps.push({ do: 'remove-volume', name, why: 'the project has no such volume any more' })
    }
  }
  const said = recorded?.revision === desired.revision && says(recorded, desired.isolated)
  if (steps.length > 0 || !said) steps.push({ do: 'record', revision: desired.revision })
  return steps
}

/** Whether a record's model is this one, service by service. A run that was killed before it wrote its own leaves another's. */
function says({ model }: Pick<DeploymentRecord, 'model'>, { services }: Isolated): boolean {
  const running = Object.entries(model?.services ?? {}).filter(([, service]) => service.labels?.[LABEL.role] !== 'test')
  const recorded = running.map(([name, service]) => `${name} ${service.labels?.[LABEL.config]}`)
  const wanted = services.map(({ name, config }) => `${name} ${config}`)
  return recorded.sort().join('\n') === wanted.sort().join('\n')
}

/** Data of a named environment is never removed because the project lost its volume: one sentence for each that stays. */
export function keptVolumes(desired: Pick<Desired, 'target' | 'isolated'>, observed: Observed): string[] {
  if (desired.target.kind === 'preview') return []
  return unwantedVolumes(desired, observed).map(
    (name) => `The volume ${name} is kept although the project has none of that name any more; docker volume rm takes it away.`,
  )
}

function unwantedVolumes({ target, isolated }: Pick<Desired, 'target' | 'isolated'>, observed: Observed): string[] {
  const wanted = Object.values(isolated.model.volumes ?? {}).map((volume) => volume?.name)
  // Labels alone are no proof here either.
  return observed.volumes
    .filter((volume) => volume.labels[LABEL.role] === 'data' && nameBelongsTo(volume.name, target.id))
    .flatMap(({ name }) => (wanted.includes(name) ? [] : [name]))
}

/** Why a service needs to be started; undefined where it is as wanted. */
function whyStart(own: readonly Container[], config: string, oneOff: boolean): string | undefined {
  if (own.length === 0) return 'it does not run yet'
  if (own.some((container) => container.labels[LABEL.config] !== config)) return 'its definition or image changed'
  const bad = own.find((container) => !isUp(container, oneOff))
  return bad === undefined ? undefined : `it is ${bad.health === 'unhealthy' ? 'unhealthy' : bad.state}`
}

function isUp(container: Container, oneOff: boolean): boolean {
  if (container.state === 'running') return container.health !== 'unhealthy'
  return oneOff && container.state === 'exited' && container.exitCode === 0
}

/** Whether a service is meant to end: something waits for its success, or it is not reached from outside and never restarts. */
export function isOneOff(isolated: Isolated, name: string): boolean {
  const services = Object.values(isolated.model.services)
  if (services.some((service) => service.depends_on?.[name]?.condition === 'service_completed_successfully')) return true
  const service = isolated.model.services[name]
  const restarts = service?.restart !== undefined && service.restart !== 'no'
  const urls = isolated.services.find((candidate) => candidate.name === name)?.urls ?? []
  return !restarts && urls.length === 0
}

/** One line a step, for `--dry-run`. */
export function describeStep(step: Step): string {
  switch (step.do) {
    case 'create-network':
      return `create network ${step.name}`
    case 'start':
      return `${step.action === 'created' ? 'create' : 'update'} service ${step.service}: ${step.why}`
    case 'remove-container':
    case 'remove-network':
    case 'remove-volume':
      return `${step.do.replace('-', ' ')} ${step.name}: ${step.why}`
    case 'record':
      return `record revision ${step.revision.slice(0, 7)}`
  }
}
