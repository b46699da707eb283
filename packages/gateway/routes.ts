import { hostName, LABEL } from '@mayfly/core'
import type { Container } from '@mayfly/engine'

/** What leads to one service: host names, or one host name and a path, and the addresses behind them. */
export interface Route {
  hosts: string[]
  /** A prefix such as `/api`; undefined: everything. */
  path: string | undefined
  /** `10.213.0.20:8080`, one for each replica. */
  upstreams: string[]
  environment: string
  service: string
  tls: 'off' | 'auto' | 'internal'
  /** The port on the host. */
  listen: number
}

/**
 * The routes that labels ask for. Pure, and the whole truth: the gateway's configuration can be made from this alone.
 * Only names that belong to the container's own environment count, whatever its labels claim.
 */
export function routesOf(containers: readonly Container[]): Route[] {
  const routes = new Map<string, Route>()
  const claimed = new Map<string, string>()
  const oldestFirst = [...containers].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : 1))
  for (const container of oldestFirst) {
    for (const route of routesOfOne(container)) {
      const key = `${route.listen} ${route.hosts.join(' ')} ${route.path ?? ''}`
      const owner = `${route.environment} ${route.service}`
      // The first to claim a name keeps it; replicas of the same service share it.
      if ((claimed.get(key) ?? owner) !== owner) continue
      claimed.set(key, owner)
      const known = routes.get(key)
      if (known === undefined) routes.set(key, route)
      else known.upstreams.push(...route.upstreams)
    }
  }
  for (const route of routes.values()) route.upstreams.sort()
  return [...routes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, route]) => route)
}

function routesOfOne(container: Container): Route[] {
  const { labels } = container
  const [environment = '', service = ''] = [labels[LABEL.environment], labels[LABEL.service]]
  if (labels[LABEL.role] !== 'service' || container.state !== 'running' || environment === '' || service === '') return []
  const address = Object.entries(container.addresses).sort(([a], [b]) => (a < b ? -1 : 1))[0]?.[1]
  const port = portNumber(labels[LABEL.port])
  const listen = portNumber(labels[LABEL.listen])
  const tls = labels[LABEL.tls]
  if (address === undefined || port === undefined || listen === undefined) return []
  if (tls !== 'off' && tls !== 'auto' && tls !== 'internal') return []
  const base = { upstreams: [`${address}:${port}`], environment, service, tls, listen } as const
  const own = (host: string) => isOwnName(host, environment, service)
  const hosts = words(labels[LABEL.hosts]).filter(own)
  const routes: Route[] = hosts.length === 0 ? [] : [{ ...base, hosts, path: undefined, upstreams: [...base.upstreams] }]
  for (const item of words(labels[LABEL.routes])) {
    const slash = item.indexOf('/')
    const [host, path] = [item.slice(0, slash), item.slice(slash).replace(/\/+$/, '')]
    if (slash <= 0 || !own(host) || !/^(\/[A-Za-z0-9._~-]+)+$/.test(path)) continue
    routes.push({ ...base, hosts: [host], path, upstreams: [...base.upstreams] })
  }
  return routes
}

/** `<id>.<domain>` and `<service>--<id>.<domain>`, as core's hostName makes them for this very environment. */
function isOwnName(host: string, environment: string, service: string): boolean {
  const dot = host.indexOf('.')
  const domain = host.slice(dot + 1)
  if (dot <= 0 || !/^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(host)) return false
  return host === hostName(environment, domain) || host === hostName(environment, domain, service)
}

function portNumber(text: string | undefined): number | undefined {
  const port = Number(text)
  return text !== undefined && text !== '' && Number.isInteger(port) && port >= 1 && port <= 65535 ? port : undefined
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(' ').filter((word) => word !== '')
}
