import { UserError } from '@mayfly/core'
import { type Engine, execute, readContainerFile } from '@mayfly/engine'
import { ADMIN_SOCKET, type Port } from './config.ts'

/** Where Caddy writes each configuration as it loads it, and reads the last one from when it starts (`--resume`). */
const SAVED = '/config/caddy/autosave.json'

/**
 * The configuration that Caddy runs, as it saved it. Read as a file: ten times cheaper than starting a program inside.
 * `unreadable`: it is being written at this moment.
 */
export async function loadedConfig(engine: Engine, container: string): Promise<unknown> {
  const saved = await readContainerFile(engine, container, SAVED)
  if (typeof saved === 'string') return undefined
  try {
    return JSON.parse(saved.content)
  } catch {
    return 'unreadable'
  }
}

/**
 * Hands Caddy a configuration; it takes it as a whole or stays with what it has.
 * Returns `not yet` where Caddy does not answer on its socket (yet).
 * @throws UserError where a port of the host is taken.
 */
export async function loadConfig(engine: Engine, container: string, config: unknown): Promise<'loaded' | 'not yet'> {
  const argv = ['caddy', 'reload', '--config', '-', '--address', `unix/${ADMIN_SOCKET}`]
  const result = await execute(engine, container, argv, JSON.stringify(config))
  if (result.code === 0) return 'loaded'
  const said = result.stderr.trim().split('\n').at(-1) ?? ''
  if (/dial unix|is not running|is restarting|no such container/i.test(said)) return 'not yet'
  const taken = /listen \w+ \S*:(\d+): bind: address already in use/.exec(said)?.[1]
  if (taken === undefined) throw new Error(`Caddy refused the gateway's configuration: ${said}`)
  throw new UserError(`The gateway cannot listen on port ${taken} of the host: something else does.`, {
    cure: 'Free the port on that host, or name another one, as in domain: localhost:8080.',
  })
}

/** The ports that a loaded configuration keeps open, by the names of its servers. */
export function portsOf(config: unknown): Port[] {
  return Object.keys(serversOf(config)).flatMap((name) => {
    const match = /^(https?)-(\d+)$/.exec(name)
    return match ? [{ number: Number(match[2]), secure: match[1] === 'https' }] : []
  })
}

/** The names of all routes in a loaded configuration (see `routeId`). */
export function routeIdsOf(config: unknown): string[] {
  return Object.values(serversOf(config)).flatMap((server) => {
    const routes = field(server, 'routes')
    return Array.isArray(routes)
      ? routes.flatMap((route) => field(route, '@id') ?? []).filter((id) => typeof id === 'string')
      : []
  })
}

function serversOf(config: unknown): object {
  const servers = field(field(field(config, 'apps'), 'http'), 'servers')
  return typeof servers === 'object' && servers !== null ? servers : {}
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined
}
