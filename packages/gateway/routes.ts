import { hostName, LABEL } from '@mayfly/core'
import type { Container } from '@mayfly/engine'

/** What leads to one service: host names, or host names and a path, and the addresses behind them. */
export interface Route {
  hosts: string[]
  /** A prefix such as `/api`: it and what is below it. Undefined: everything. */
  path: string | undefined
  /** `10.213.0.20:8080`, one for each replica. */
  upstreams: string[]
  environment: string
  service: string
  tls: 'off' | 'auto' | 'internal'
  /** The port on the host: for plain HTTP where `tls` is `off`, else for TLS. */
  listen: number
}

/** A label that does not count, and why. */
export interface Ignored {
  container: string
  reason: string
}

type Service = Omit<Route, 'hosts' | 'path' | 'upstreams'> & { upstream: string }
type Claim = Omit<Route, 'hosts'> & { host: string }

/**
 * The routes that labels ask for. Pure, and the whole truth: the gateway's configuration can be made from this alone.
 * Only names that belong to the container's own environment count, whatever its labels claim; of two services that
 * claim one name, or that want one port with and without TLS, the container that was created first has it.
 */
export function routesOf(containers: readonly Container[]): { routes: Route[]; ignored: Ignored[] } {
  const ignored: Ignored[] = []
  const claims = new Map<string, Claim>()
  const secure = new Map<number, boolean>()
  for (const container of oldestFirst(containers)) {
    const ignore = (reason: string) => ignored.push({ container: container.name, reason })
    const names = [...words(container.labels[LABEL.hosts]), ...words(container.labels[LABEL.routes])]
    if (container.labels[LABEL.role] !== 'service' || container.state !== 'running' || names.length === 0) continue
    const service = readService(container)
    if (typeof service === 'string') {
      ignore(service)
      continue
    }
    if ((secure.get(service.listen) ?? service.tls !== 'off') !== (service.tls !== 'off')) {
      ignore(`port ${service.listen} already serves ${service.tls === 'off' ? 'TLS' : 'plain HTTP'}`)
      continue
    }
    secure.set(service.listen, service.tls !== 'off')
    for (const name of names) {
      const reason = claim(claims, service, name)
      if (reason !== undefined) ignore(reason)
    }
  }
  return { routes: together([...claims.values()]), ignored }
}

/** By age in whole seconds, which is all that the engine's list says, then by name: the same order whoever asks. */
function oldestFirst(containers: readonly Container[]): Container[] {
  return [...containers].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.name < b.name ? -1 : 1))
}

/** What the labels say of the whole container, or what is wrong with them. */
function readService({ labels, addresses }: Container): Service | string {
  const [environment = '', service = ''] = [labels[LABEL.environment], labels[LABEL.service]]
  if (!isHostName(environment) || service === '') return 'it names no environment or no service'
  const port = portNumber(labels[LABEL.port])
  const listen = portNumber(labels[LABEL.listen])
  if (port === undefined) return `${LABEL.port} is not a port`
  if (listen === undefined) return `${LABEL.listen} is not a port`
  const tls = labels[LABEL.tls]
  if (tls !== 'off' && tls !== 'auto' && tls !== 'internal') return `${LABEL.tls} is none of off, auto and internal`
  // The network of the lowest name: the one on which a service has its fixed address.
  const address = Object.entries(addresses).sort(([a], [b]) => (a < b ? -1 : 1))[0]?.[1]
  if (address === undefined) return 'it is on no network of its own'
  return { environment, service, tls, listen, upstream: `${address}:${port}` }
}

/** Enters one `host` or `host/path`; returns why not, where it does not count. */
function claim(claims: Map<string, Claim>, service: Service, name: string): string | undefined {
  const slash = name.indexOf('/')
  const host = slash < 0 ? name : name.slice(0, slash)
  const path = slash < 0 ? undefined : name.slice(slash).replace(/\/+$/, '')
  if (!isOwnName(host, service.environment, service.service)) return `"${name}" is not a name of ${service.environment}`
  if (path !== undefined && !isPath(path)) return `"${name}" has no path that can be routed`
  const { upstream, ...rest } = service
  const key = `${service.listen} ${host}${path ?? ''}`
  const first = claims.get(key)
  if (first === undefined) claims.set(key, { ...rest, host, path, upstreams: [upstream] })
  else if (first.environment !== service.environment || first.service !== service.service)
    return `"${name}" already leads to ${first.service} of ${first.environment}`
  else if (!first.upstreams.includes(upstream)) first.upstreams = [...first.upstreams, upstream].sort()
  return undefined
}

/** Names that lead to the same place become one route. */
function together(claims: readonly Claim[]): Route[] {
  const routes = new Map<string, Route>()
  for (const { host, ...rest } of [...claims].sort((a, b) => (a.host < b.host ? -1 : 1))) {
    const key = JSON.stringify([rest.environment, rest.service, rest.listen, rest.path ?? '', rest.tls, rest.upstreams])
    const route = routes.get(key)
    if (route === undefined) routes.set(key, { ...rest, hosts: [host] })
    else route.hosts.push(host)
  }
  return [...routes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, route]) => route)
}

/** `<id>.<domain>` and `<service>--<id>.<domain>`, as core's hostName makes them for this very environment. */
function isOwnName(host: string, environment: string, service: string): boolean {
  const domain = host.slice(host.indexOf('.') + 1)
  if (!isHostName(host) || domain === host) return false
  return host === hostName(environment, domain) || host === hostName(environment, domain, service)
}

/** Letters, digits and inner dashes (RFC 1123, 2.1): nothing that Caddy could read as a wildcard or a placeholder. */
function isHostName(host: string): boolean {
  return host.length <= 253 && host.split('.').every((label) => /^(?!-)[a-z0-9-]{1,63}(?<!-)$/.test(label))
}

/** Segments of unreserved characters (RFC 3986, 2.3): neither a wildcard nor a placeholder, nor a way up. */
function isPath(path: string): boolean {
  const segments = path.split('/').slice(1)
  return segments.length > 0 && segments.every((segment) => /^[A-Za-z0-9._~-]+$/.test(segment) && !/^\.\.?$/.test(segment))
}

function portNumber(text: string | undefined): number | undefined {
  const port = /^\d{1,5}$/.test(text ?? '') ? Number(text) : 0
  return port >= 1 && port <= 65535 ? port : undefined
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(' ').filter((word) => word !== '')
}
