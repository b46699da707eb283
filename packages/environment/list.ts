import { LABEL } from '@mayfly/core'
import type { Observed } from '@mayfly/engine'
import { type DeploymentRecord, recordsOf } from './record.ts'

/** One environment as the labels on an engine tell it. */
export interface Environment {
  id: string
  owner: string
  kind: string
  pullRequest: number | undefined
  /** Undefined where no deployment ended well yet. */
  record: Omit<DeploymentRecord, 'model' | 'networks'> | undefined
  expiresAt: Date | undefined
  services: {
    name: string
    state: string
    health: string
    hosts: string[]
    artifact: string
    revision: string
    containers: string[]
  }[]
  /** When its newest container, network or volume was made. */
  touchedAt: Date
  observed: Observed
}

/** Groups what carries our labels by environment. What names no environment (the gateway) is left out. */
export function environmentsOf(observed: Observed): Environment[] {
  const groups = new Map<string, Observed>()
  const group = (id: string | undefined): Observed | undefined => {
    if (id === undefined || id === '') return undefined
    const found = groups.get(id) ?? { containers: [], networks: [], volumes: [] }
    groups.set(id, found)
    return found
  }
  for (const container of observed.containers) group(container.labels[LABEL.environment])?.containers.push(container)
  for (const network of observed.networks) group(network.labels[LABEL.environment])?.networks.push(network)
  for (const volume of observed.volumes) group(volume.labels[LABEL.environment])?.volumes.push(volume)
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, own]) => toEnvironment(id, own))
}

function toEnvironment(id: string, observed: Observed): Environment {
  const all = [...observed.containers, ...observed.networks, ...observed.volumes]
  const labels = all[0]?.labels ?? {}
  const record = recordsOf(observed)[0]?.record
  const number = Number(labels[LABEL.pullRequest])
  return {
    id,
    owner: labels[LABEL.owner] ?? '',
    kind: labels[LABEL.kind] ?? '',
    pullRequest: Number.isInteger(number) && number > 0 ? number : undefined,
    record: record && withoutModel(record),
    expiresAt: record?.ttl === undefined ? undefined : new Date(record.deployedAt.getTime() + record.ttl),
    services: servicesOf(observed),
    touchedAt: new Date(Math.max(...all.map((resource) => resource.createdAt.getTime()))),
    observed,
  }
}

function withoutModel({ model: _, networks: __, ...record }: DeploymentRecord): Environment['record'] {
  return record
}

function servicesOf(observed: Observed): Environment['services'] {
  const services = new Map<string, Environment['services'][number]>()
  for (const container of observed.containers) {
    const name = container.labels[LABEL.service] ?? ''
    if (name === '' || container.labels[LABEL.role] !== 'service') continue
    const found = services.get(name)
    if (found !== undefined) {
      found.containers.push(container.id)
      continue
    }
    services.set(name, {
      name,
      state: container.state,
      health: container.health,
      hosts: (container.labels[LABEL.hosts] ?? '').split(' ').filter((host) => host !== ''),
      artifact: container.labels[LABEL.artifact] ?? '',
      revision: container.labels[LABEL.revision] ?? '',
      containers: [container.id],
    })
  }
  return [...services.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}
