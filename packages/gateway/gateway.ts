import { createHash } from 'node:crypto'
import { LABEL, type Log, UserError } from '@mayfly/core'
import {
  type Engine,
  ensureHostContainer,
  ensureImage,
  execute,
  observe,
  readContainerFile,
  removeContainer,
  removeVolume,
} from '@mayfly/engine'
import { ADMIN, CERTIFICATES, caddyConfig } from './config.ts'
import { routesOf } from './routes.ts'

/** One gateway on a host. Tests run a second one beside the host's own. */
export interface GatewayName {
  container: string
  /** Only containers of this owner are routed; undefined: of all. */
  owner?: string
}

export const HOST_GATEWAY: GatewayName = { container: 'mayfly-gateway' }

const IMAGE = 'caddy:2'

/** Where Caddy writes what it has loaded, and starts from again (`--resume`). */
const SAVED = '/config/caddy/autosave.json'

const FIRST = '/run/mayfly-first.json'

/** A newer Mayfly with another way to run the gateway replaces the container; the value only has to differ. */
const GENERATION = '1'

/** How often a picture that changed while it was loaded is loaded again. */
const ROUNDS = 10

/** Makes sure that the host's front door runs and listens on `listen`, routes or not. */
export async function openGateway(engine: Engine, log: Log, listen: number, name = HOST_GATEWAY): Promise<void> {
  await ensureImage(engine, IMAGE, log)
  await ensureHostContainer(engine, {
    name: name.container,
    image: IMAGE,
    // A Caddy that starts without any configuration opens its admin endpoint on TCP: it is given one for the first start.
    command: ['sh', '-c', `printf %s "$MAYFLY_FIRST" > ${FIRST} && exec caddy run --resume --config ${FIRST}`],
    labels: { [LABEL.role]: 'gateway', [LABEL.config]: GENERATION },
    environment: { MAYFLY_FIRST: JSON.stringify(caddyConfig([], [])), XDG_CONFIG_HOME: '/config', XDG_DATA_HOME: '/data' },
    volumes: [`${name.container}-config:/config`, `${name.container}-data:/data`, `${name.container}-certs:${CERTIFICATES}`],
    capabilities: ['NET_BIND_SERVICE'],
  })
  await load(engine, log, name, listen)
}

/** Brings the gateway to what labels say now. Without a gateway on this host there is nothing to do. */
export async function syncGateway(engine: Engine, log: Log, name = HOST_GATEWAY): Promise<void> {
  await load(engine, log, name, undefined)
}

/**
 * Loads until what is loaded is what labels say after loading: two runs may each load a picture, and the older
 * picture may come last. Whoever sees that it is not the newest loads again.
 */
async function load(engine: Engine, log: Log, name: GatewayName, listen: number | undefined): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const [observed, loaded] = await Promise.all([
      observe(engine, name.owner === undefined ? {} : { owner: name.owner }),
      loadedConfig(engine, name),
    ])
    if (loaded === undefined && listen === undefined) return
    const ports = [...new Set([...portsOf(loaded), ...(listen === undefined ? [] : [listen])])]
    const wanted = caddyConfig(routesOf(observed.containers), ports)
    if (loaded !== undefined && same(loaded, wanted)) return
    log.debug(`The gateway loads ${routesOf(observed.containers).length} routes.`)
    await loadInto(engine, name, wanted)
  }
  throw new Error('The gateway does not settle: routes change faster than they can be loaded.')
}

async function loadInto(engine: Engine, name: GatewayName, config: Record<string, unknown>): Promise<void> {
  const deadline = Date.now() + 20_000
  for (;;) {
    const result = await execute(
      engine,
      name.container,
      ['caddy', 'reload', '--config', '-', '--address', ADMIN, '--force'],
      JSON.stringify(config),
    )
    if (result.code === 0) return
    const said = result.stderr.trim().split('\n').at(-1) ?? ''
    // It has been started a moment ago: its socket is not there yet.
    const starting = /mayfly-admin\.sock|is not running|connection refused/.test(said)
    if (!starting || Date.now() > deadline) {
      const taken = /listen(ing)? (on|tcp) .*:(\d+).*address already in use/.exec(said)?.[3]
      if (taken === undefined) throw new Error(`Caddy refused the gateway's configuration: ${said}`)
      throw new UserError(`The gateway cannot listen on port ${taken} of the host: something else does.`, {
        cure: `Free the port, or name another one: domain: localhost:8080.`,
      })
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** The configuration that Caddy runs, as it saved it; undefined where there is no gateway, `{}` where nothing was loaded yet. */
async function loadedConfig(engine: Engine, name: GatewayName): Promise<unknown> {
  const text = await readContainerFile(engine, name.container, SAVED)
  if (text === 'no such container') return undefined
  return text === 'no such file' ? {} : JSON.parse(text.content)
}

/** The routes that the running gateway has for an environment; asked after a removal, which must leave none. */
export async function loadedRoutes(engine: Engine, environment: string, name = HOST_GATEWAY): Promise<string[]> {
  const config = JSON.stringify((await loadedConfig(engine, name)) ?? {})
  return [...config.matchAll(/"@id":"(route\/[^"]+)"/g)].flatMap(([, id = '']) => (id.split('/')[1] === environment ? [id] : []))
}

/** Takes the front door itself away: for a host that is given back, and for tests. */
export async function removeGateway(engine: Engine, name = HOST_GATEWAY): Promise<void> {
  await removeContainer(engine, name.container)
  for (const part of ['config', 'data', 'certs']) await removeVolume(engine, `${name.container}-${part}`)
}

function portsOf(config: unknown): number[] {
  const text = JSON.stringify(config ?? {})
  return [...text.matchAll(/"http-(\d+)":/g)].map((match) => Number(match[1]))
}

function same(loaded: unknown, wanted: unknown): boolean {
  return digest(loaded) === digest(wanted)
}

/** Caddy saves what it was sent, but may write keys in another order. */
function digest(value: unknown): string {
  const text = JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  )
  return createHash('sha256').update(text).digest('hex')
}
