import { type Page, SILENT_PAGE, UNKNOWN_PAGE } from './pages.ts'
import { reportRoutes } from './report.ts'
import type { Route } from './routes.ts'

/** Where Caddy's admin endpoint listens: a socket inside its own container, out of reach of every network. */
export const ADMIN_SOCKET = '/run/mayfly-admin.sock'

/** Where an operator puts a wildcard certificate (`*.pem`, certificate and key in one file). */
export const CERTIFICATES = '/certs'

/** The header that only the gateway itself sets: with it a reader can tell its own answers from a service's. */
export const GATEWAY_HEADER = 'x-mayfly-gateway'

/** How long a stream lives on after the configuration that it began under; it ends earlier with its container. */
const STREAMS_LIVE = '24h'

export type Json = Record<string, unknown>

export interface Front {
  /** Ports that are open even where nothing is routed, so that an unknown name gets its page. */
  ports: readonly Port[]
  /** The port that sends visitors of TLS names on to TLS. 80 but for tests. */
  redirectFrom: number
  /** Whether this Caddy knows how to keep WebSockets over a reload (since 2.7). */
  keepsStreams: boolean
}

export interface Port {
  number: number
  secure: boolean
}

/**
 * Caddy's configuration for these routes (caddyserver.com/docs/json). Pure and deterministic. Only fields that Caddy
 * knows since 2.6 are used: it refuses a configuration with any that it does not know.
 */
export function caddyConfig(routes: readonly Route[], front: Front): Json {
  const servers: Json = {}
  for (const { number, secure } of portsFor(routes, front)) {
    const here = routes.filter((route) => route.listen === number && (route.tls !== 'off') === secure)
    const redirects = number === front.redirectFrom && !secure ? redirectsTo(routes) : []
    servers[serverName({ number, secure })] = {
      listen: [`:${number}`],
      // No HTTP/3: it needs a UDP port that nobody opened.
      protocols: ['h1', 'h2'],
      routes: [
        ...reportRoutes(here, answer(404, UNKNOWN_PAGE)),
        ...longestPathFirst(here).map((route) => proxy(route, front)),
        ...redirects,
        ...answer(404, UNKNOWN_PAGE),
      ],
      errors: { routes: answer('{http.error.status_code}', SILENT_PAGE) },
      ...(secure
        ? { tls_connection_policies: [{}], automatic_https: { disable_redirects: true } }
        : { automatic_https: { disable: true } }),
    }
  }
  return {
    admin: { listen: `unix/${ADMIN_SOCKET}` },
    apps: { http: { servers }, ...tls(routes, Object.keys(servers)) },
  }
}

/** `http-80` or `https-443`: what a port is for is read back from the name that its server was loaded under. */
export function serverName(port: Port): string {
  return `${port.secure ? 'https' : 'http'}-${port.number}`
}

/** Routes decide whether a port speaks TLS; what was only open before follows them. */
function portsFor(routes: readonly Route[], front: Front): Port[] {
  const ports = new Map(front.ports.map((port) => [port.number, port.secure]))
  if (routes.some((route) => route.tls !== 'off')) ports.set(front.redirectFrom, false)
  for (const route of routes) ports.set(route.listen, route.tls !== 'off')
  return [...ports].map(([number, secure]) => ({ number, secure })).sort((a, b) => a.number - b.number)
}

/** `route/<environment>/<service>/...`: no two routes have the same, which Caddy insists on. */
export function routeId(route: Pick<Route, 'environment' | 'service' | 'path' | 'hosts' | 'listen'>): string {
  return `route/${route.environment}/${route.service}/${route.hosts[0]}:${route.listen}${route.path ?? ''}`
}

function longestPathFirst(routes: readonly Route[]): Route[] {
  return [...routes].sort((a, b) => (b.path?.length ?? 0) - (a.path?.length ?? 0) || (routeId(a) < routeId(b) ? -1 : 1))
}

function proxy(route: Route, front: Front): Json {
  // `/api` and what is below it, but not `/apis`.
  const paths = route.path === undefined ? {} : { path: [route.path, `${route.path}/*`] }
  return {
    // Names the route in Caddy's own picture of itself, so that a removal can be checked against it.
    '@id': routeId(route),
    match: [{ host: route.hosts, ...paths }],
    handle: [
      {
        handler: 'reverse_proxy',
        upstreams: route.upstreams.map((dial) => ({ dial })),
        // Event streams and answers of unknown length are passed on as they come; this is for slow ones of a known length.
        // Not -1, for `at once`: Caddy then binds each request to the configuration it began under, so that a reload
        // cuts all that are open, and 2.6 built with Go 1.22 or later ends with `missing cancel error`.
        flush_interval: '50ms',
        // What the service says is what the visitor gets: Caddy would ask for gzip itself, and unpack it.
        transport: { protocol: 'http', dial_timeout: '2s', compression: false },
        // A replica that ended a moment ago is passed over; with only one there is nothing to wait for.
        ...(route.upstreams.length > 1
          ? { load_balancing: { selection_policy: { policy: 'round_robin' }, try_duration: '3s' } }
          : {}),
        ...(front.keepsStreams ? { stream_close_delay: STREAMS_LIVE } : {}),
      },
    ],
    terminal: true,
  }
}

/** Plain HTTP for a name that is served over TLS. Only known names are answered, so no stranger's Host header is repeated. */
function redirectsTo(routes: readonly Route[]): Json[] {
  const hosts = new Map<number, Set<string>>()
  for (const route of routes) {
    if (route.tls === 'off') continue
    hosts.set(route.listen, new Set([...(hosts.get(route.listen) ?? []), ...route.hosts]))
  }
  return [...hosts]
    .sort(([a], [b]) => a - b)
    .map(([port, names]) => ({
      match: [{ host: [...names].sort() }],
      handle: [
        {
          handler: 'static_response',
          status_code: 308,
          headers: { Location: [`https://{http.request.host}${port === 443 ? '' : `:${port}`}{http.request.uri}`] },
        },
      ],
      terminal: true,
    }))
}

/** A page for browsers, and the same in plain words for everything else. */
function answer(status: number | string, page: Page): Json[] {
  const respond = (type: string, body: string) => ({
    handler: 'static_response',
    status_code: status,
    headers: {
      'Content-Type': [`${type}; charset=utf-8`],
      'Cache-Control': ['no-store'],
      Vary: ['Accept'],
      [GATEWAY_HEADER]: ['1'],
      ...(page.retryAfter === undefined ? {} : { 'Retry-After': [String(page.retryAfter)] }),
    },
    body,
  })
  return [
    { match: [{ header: { Accept: ['*text/html*'] } }], handle: [respond('text/html', page.html)], terminal: true },
    { handle: [respond('text/plain', page.text)] },
  ]
}

/** An operator's own certificate serves where it fits; for every other name Caddy gets one, or makes one with its own authority. */
function tls(routes: readonly Route[], servers: readonly string[]): Json {
  const internal = [...new Set(routes.flatMap((route) => (route.tls === 'internal' ? route.hosts : [])))].sort()
  if (!servers.some((name) => name.startsWith('https-'))) return {}
  const certificates = { load_folders: [CERTIFICATES] }
  if (internal.length === 0) return { tls: { certificates } }
  return {
    tls: { certificates, automation: { policies: [{ subjects: internal, issuers: [{ module: 'internal' }] }] } },
    // Whom its container trusts is nobody's business; without this it looks for a way to install its authority there.
    pki: { certificate_authorities: { local: { install_trust: false } } },
  }
}
