import { createHash } from 'node:crypto'
import { UserError } from '@mayfly/core'
import { type Engine, execute, readContainerFile } from '@mayfly/engine'
import { ADMIN_SOCKET, type Port } from './config.ts'

/** Where Caddy writes each configuration as it loads it, and reads the last one from when it starts (`--resume`). */
const SAVED = '/config/caddy/autosave.json'

/** What Caddy runs: the configuration, `undefined` before the first, `unreadable` while it is being written; and its stamp. */
export interface Loaded {
  config: unknown
  /** As sha256sum prints it of the saved file; empty where there is none. */
  stamp: string
}

/** The configuration that Caddy runs, as it saved it. Read as a file: ten times cheaper than starting a program inside. */
export async function loadedConfig(engine: Engine, container: string): Promise<Loaded> {
  const saved = await readContainerFile(engine, container, SAVED)
  if (typeof saved === 'string') return { config: undefined, stamp: '' }
  const stamp = `${createHash('sha256').update(saved.content).digest('hex')}  -`
  try {
    return { config: JSON.parse(saved.content), stamp }
  } catch {
    return { config: 'unreadable', stamp }
  }
}

/** What the compare below ends with where the stamp is another by now (EX_TEMPFAIL of sysexits.h). */
const OUTDATED = 75

/**
 * Compare and set, under a lock: a run that was slow must not put its older picture over a newer one, not even for the
 * moment until it looks again. In that moment a name could lead to an address that is another preview's by now.
 */
const COMPARE_AND_LOAD = `exec 9>/run/mayfly-load.lock && flock 9 || exit 1
[ "$(sha256sum 2>/dev/null < ${SAVED})" = "$1" ] || exit ${OUTDATED}
exec caddy reload --config - --address unix/${ADMIN_SOCKET}`

/**
 * Hands Caddy a configuration, if what it runs is still what `stamp` says; it takes it as a whole or stays with what it has.
 * Returns `outdated` where somebody else has loaded one in the meantime.
 * Returns `not yet` where Caddy does not answer on its socket (yet).
 * @throws UserError where a port of the host is taken.
 */
export async function loadConfig(
  engine: Engine,
  container: string,
  config: unknown,
  stamp: string,
): Promise<'loaded' | 'not yet' | 'outdated'> {
  const argv = ['sh', '-c', COMPARE_AND_LOAD, 'sh', stamp]
  const result = await execute(engine, container, argv, JSON.stringify(config))
  if (result.code === 0) return 'loaded'
  if (result.code === OUTDATED) return 'outdated'
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
