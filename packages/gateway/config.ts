import { GATEWAY_HEADER, SILENT_PAGE, UNKNOWN_PAGE } from './pages.ts'
import type { Route } from './routes.ts'

/** Where Caddy's admin endpoint listens: a socket inside its own container, out of reach of every network. */
export const ADMIN = 'unix//run/mayfly-admin.sock'

/** Where an operator puts a wildcard certificate (`*.pem`, certificate and key in one file). */
export const CERTIFICATES = '/certs'

/**
 * Caddy's configuration for these routes. Pure and deterministic. Only fields that Caddy knows since 2.5 are used
 * (caddyserver.com/docs/json), so that a host may run an older one.
 * @param listen ports for plain HTTP that are open even where nothing is routed yet, so that an unknown name gets its page.
 */
export function caddyConfig(routes: readonly Route[], listen: readonly number[]): Record<string, unknown> {
  const plain = new Set([...listen, ...routes.flatMap((route) => (route.tls === 'off' ? [route.listen] : []))])
  const secure = new Set(routes.flatMap((route) => (route.tls === 'off' ? [] : [route.listen])))
  const servers: Record<string, unknown> = {}
  for (const port of [...plain].sort(byNumber)) {
    if (secure.has(port)) continue
    servers[`http-${port}`] = server(
      port,
      routes.filter((route) => route.tls === 'off' && route.listen === port),
      false,
    )
  }
  for (const port of [...secure].sort(byNumber)) {
    servers[`https-${port}`] = server(
      port,
      routes.filter((route) => route.tls !== 'off' && route.listen === port),
      true,
    )
  }
  return {
    admin: { listen: ADMIN },
    apps: { http: { servers }, ...tls(routes) },
  }
}

function server(port: number, routes: readonly Route[], secure: boolean): Record<string, unknown> {
  return {
    listen: [`:${port}`],
    routes: [...longestPathFirst(routes).map(handle), { handle: [answer(404, UNKNOWN_PAGE)] }],
    errors: { routes: [{ handle: [answer('{http.error.status_code}', SILENT_PAGE)] }] },
    ...(secure ? {} : { automatic_https: { disable: true } }),
  }
}

/** `route/<environment>/<service>/<path>`. */
export function routeId(route: Pick<Route, 'environment' | 'service' | 'path' | 'listen'>): string {
  return `route/${route.environment}/${route.service}/${route.listen}${route.path ?? ''}`
}

function longestPathFirst(routes: readonly Route[]): Route[] {
  return [...routes].sort((a, b) => (b.path?.length ?? 0) - (a.path?.length ?? 0))
}

function handle(route: Route): Record<string, unknown> {
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
        // Streams reach the browser as they come.
        flush_interval: -1,
      },
    ],
    terminal: true,
  }
}

function answer(status: number | string, body: string): Record<string, unknown> {
  return {
    handler: 'static_response',
    status_code: status,
    headers: {
      'Content-Type': ['text/html; charset=utf-8'],
      'Cache-Control': ['no-store'],
      [GATEWAY_HEADER]: ['1'],
      ...(status === 404 ? {} : { 'Retry-After': ['3'] }),
    },
    body,
  }
}

/** An operator's own certificate serves where it fits; for every other name Caddy gets one, or makes one with its own authority. */
function tls(routes: readonly Route[]): Record<string, unknown> {
  const internal = [...new Set(routes.flatMap((route) => (route.tls === 'internal' ? route.hosts : [])))].sort()
  if (!routes.some((route) => route.tls !== 'off')) return {}
  return {
    tls: {
      certificates: { load_folders: [CERTIFICATES] },
      ...(internal.length > 0 ? { automation: { policies: [{ subjects: internal, issuers: [{ module: 'internal' }] }] } } : {}),
    },
  }
}

function byNumber(a: number, b: number): number {
  return a - b
}
