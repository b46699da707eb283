import { LABEL, UserError } from '@mayfly/core'
import type { Isolated } from '@mayfly/project'
import type { TimedRoute } from './latency.ts'

/**
 * Reads routes to time, one a line: `GET /api/prices`, `/` (GET), or `api: /prices` for a service by its own host name.
 * Nothing given: `/` of the default service.
 * @throws UserError naming the line.
 */
export function parseRoutes(lines: readonly string[], isolated: Isolated, field: string): TimedRoute[] {
  const reached = isolated.services.filter(({ urls }) => urls.length > 0).map(({ name }) => name)
  const main = reached.find((name) => hostsOf(isolated, name).some((host) => !host.includes('--'))) ?? reached[0]
  // Which paths of the others answer is not known; a page that is not there tells nothing.
  if (lines.length === 0) return main === undefined ? [] : [timed(isolated, main, 'GET', '/')]
  return lines.map((line) => {
    const match = /^(?:([A-Za-z0-9._-]+):\s*)?(?:(GET|HEAD)\s+)?(\/[\x21-\x7e]*)$/.exec(line)
    const [, named, method = 'GET', path = ''] = match ?? []
    if (match === null) {
      throw new UserError(`${field} holds "${line}", which is no route.`, {
        cure: 'Write GET /path, /path, or service: /path; only GET and HEAD can be repeated safely.',
      })
    }
    const service = named ?? byPath(isolated, path) ?? main
    if (service === undefined || !reached.includes(service)) {
      throw new UserError(`${field} names ${named ?? line}, and no such service has a URL.`, {
        cure: reached.length === 0 ? 'No service of this project is reached from outside.' : `Name one of ${reached.join(', ')}.`,
      })
    }
    // By its own name a service is asked as it is; a path under the default host belongs to whom it leads to.
    return timed(isolated, service, method === 'HEAD' ? 'HEAD' : 'GET', path, named === undefined)
  })
}

/** Whose route under the default host a path is; undefined: the default service's. */
function byPath(isolated: Isolated, path: string): string | undefined {
  const claims = isolated.services.flatMap(({ name }) =>
    words(isolated.model.services[name]?.labels?.[LABEL.routes]).map((route) => ({
      name,
      prefix: route.slice(route.indexOf('/')),
    })),
  )
  const fits = claims.filter(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`) || path.startsWith(`${prefix}?`))
  return fits.sort((a, b) => b.prefix.length - a.prefix.length)[0]?.name
}

function timed(isolated: Isolated, service: string, method: 'GET' | 'HEAD', path: string, byDefault = false): TimedRoute {
  const hosts = hostsOf(isolated, service)
  const routed = words(isolated.model.services[service]?.labels?.[LABEL.routes])[0]
  const host = (byDefault && routed !== undefined ? routed.slice(0, routed.indexOf('/')) : hosts[0]) ?? ''
  return { method, path, service, host }
}

function hostsOf(isolated: Isolated, service: string): string[] {
  return words(isolated.model.services[service]?.labels?.[LABEL.hosts])
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(' ').filter((word) => word !== '')
}
