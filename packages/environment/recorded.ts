import { LABEL } from '@mayfly/core'
import { type ComposeModel, type Isolated, type IsolatedService, type Placed, urlOf } from '@mayfly/project'
import type { DeploymentRecord } from './record.ts'

/**
 * What a record says of a deployment, read back so that it can be planned, applied and verified like a new one.
 * Undefined where the record holds no model.
 */
export function isolatedOf(record: Pick<DeploymentRecord, 'model' | 'networks'>): Isolated | undefined {
  const { model, networks } = record
  if (model === undefined) return undefined
  return { model, networks: networks ?? networksOf(model), services: servicesOf(model), notices: [] }
}

/** What of a recorded model is known of its services: the labels hold it all. */
function servicesOf(model: ComposeModel): IsolatedService[] {
  return Object.entries(model.services).flatMap(([name, service]) => {
    const labels = service.labels ?? {}
    if (labels[LABEL.role] === 'test') return []
    const place = { tls: tlsOf(labels[LABEL.tls]), listen: Number(labels[LABEL.listen]) }
    const names = [labels[LABEL.hosts], labels[LABEL.routes]].flatMap((text) => (text ?? '').split(' ')).filter(Boolean)
    const fixed = Object.entries(service.networks ?? {}).find(([, attachment]) => attachment?.ipv4_address !== undefined)
    const urls = names.map((each) => urlOf(place, each.replace(/\/.*/, ''), /\/.*/.exec(each)?.[0] ?? ''))
    return [{ name, config: labels[LABEL.config] ?? '', urls, fixedOn: fixed?.[0] }]
  })
}

function tlsOf(text: string | undefined): 'off' | 'auto' | 'internal' {
  return text === 'auto' || text === 'internal' ? text : 'off'
}

/** For records that do not say: every network of the model, with room for all of its containers. */
function networksOf(model: ComposeModel): Isolated['networks'] {
  const members = Object.values(model.services).reduce(
    (sum, service) => sum + (service.deploy?.replicas ?? service.scale ?? 1),
    0,
  )
  return Object.entries(model.networks ?? {}).flatMap(([key, network]) =>
    network?.name === undefined ? [] : [{ key, name: network.name, internal: false, members }],
  )
}

/** @returns the networks of a label; undefined where it does not hold them. */
export function readNetworks(value: unknown): Isolated['networks'] | undefined {
  return Array.isArray(value) && value.every(isNetwork) ? value : undefined
}

/** @returns what was placed; empty where a label does not hold it. */
export function readPlaced(value: unknown): Placed[] {
  return Array.isArray(value) && value.every(isPlaced) ? value : []
}

function isNetwork(value: unknown): value is Isolated['networks'][number] {
  return texts(value, ['key', 'name']) && typeof value.internal === 'boolean' && Number.isInteger(value.members)
}

function isPlaced(value: unknown): value is Placed {
  if (!texts(value, ['service', 'reference', 'name', 'revision', 'key'])) return false
  const { pullRequest, releasedAt, reused, why } = value
  if (releasedAt !== undefined && !/^[0-9a-f]{40,64}$/.test(String(releasedAt))) return false
  if (reused !== undefined && typeof reused !== 'boolean') return false
  if (why !== undefined && typeof why !== 'string') return false
  if (pullRequest !== undefined && !(Number.isSafeInteger(pullRequest) && Number(pullRequest) > 0)) return false
  return Array.isArray(value.ports) && value.ports.every((port) => Number.isInteger(port))
}

function texts(value: unknown, keys: readonly string[]): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && keys.every((key) => typeof Reflect.get(value, key) === 'string')
}
