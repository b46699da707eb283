import { isDeepStrictEqual } from 'node:util'
import { LABEL, type Log, UserError } from '@mayfly/core'
import { type Container, type Engine, findHostContainer, lastLogs, observeContainers } from '@mayfly/engine'
import { loadConfig, loadedConfig, portsOf, routeIdsOf } from './caddy.ts'
import { caddyConfig, type Port } from './config.ts'
import { type Gateway, HOST_GATEWAY, renewGateway, startGateway } from './gateway.ts'
import { type Route, routesOf } from './routes.ts'

/** Milliseconds that a gateway may take to settle, with many runs changing the host at once. */
const PATIENCE = 60_000

/** Milliseconds between two looks at a gateway that has just been started. */
const ASK_EVERY = 30

export interface Synced {
  routes: Route[]
  /** Whether anything had to be loaded. */
  changed: boolean
}

/**
 * Makes sure that the host's front door runs and listens on `listen`, routes or not: an unknown name then gets its page.
 * 443 is opened for TLS; any other port is plain until a route says otherwise.
 * @throws UserError where the image cannot be had or something else has the port.
 */
export async function openGateway(engine: Engine, log: Log, listen: number, gateway = HOST_GATEWAY): Promise<void> {
  await startGateway(engine, log, gateway)
  await settle(engine, log, gateway, [{ number: listen, secure: listen === 443 }])
}

/** Brings the gateway to what labels say now. Without a gateway on this host there is nothing to do. */
export async function syncGateway(engine: Engine, log: Log, gateway = HOST_GATEWAY): Promise<Synced> {
  return settle(engine, log, gateway, [])
}

/** The routes that the running gateway has for an environment; asked after a removal, which must leave none. */
export async function loadedRoutes(engine: Engine, environment: string, gateway = HOST_GATEWAY): Promise<string[]> {
  const ids = routeIdsOf((await loadedConfig(engine, gateway.container)).config)
  return ids.filter((id) => id.split('/')[1] === environment)
}

/**
 * Loads until what is loaded is what labels say after loading. Runs that do so at once take turns, and each loads only
 * over the picture that it has seen: an older one never comes last.
 */
async function settle(engine: Engine, log: Log, gateway: Gateway, open: readonly Port[]): Promise<Synced> {
  const deadline = Date.now() + PATIENCE
  let changed = false
  let renewed = false
  let torn = 0
  for (;;) {
    if (Date.now() > deadline) throw new Error(`${gateway.container} does not settle: it never has what it was sent.`)
    const found = await findHostContainer(engine, gateway.container)
    if (found === undefined && open.length === 0) return { routes: [], changed }
    if (found === undefined || found.state === 'stopped') {
      await startGateway(engine, log, gateway)
      continue
    }
    if (found.state === 'failing') {
      if (renewed) throw await neverStarts(engine, gateway)
      log.warn('The gateway does not start from the configuration that it saved; it is made anew from labels.')
      await renewGateway(engine, log, gateway)
      renewed = true
      continue
    }
    // In this order: the containers are then at least as new as what the loaded configuration was made from.
    const { config: loaded, stamp } = await loadedConfig(engine, gateway.container)
    const containers = await observeContainers(engine)
    const { routes, ignored } = routesOf(containers.filter((container) => isFor(gateway, container)))
    const wanted = caddyConfig(routes, {
      // What the ports were stays open: a link to the last preview that was closed still gets its page.
      ports: [...portsOf(loaded), ...open],
      redirectFrom: gateway.redirectFrom,
      keepsStreams: keepsStreams(found.labels),
    })
    if (isDeepStrictEqual(loaded, wanted)) return { routes, changed }
    // Half a file is one that is being written; a file that stays so was cut off by a full disk.
    const half = loaded === 'unreadable' && torn++ < 20
    const answer = half ? 'not yet' : await loadConfig(engine, gateway.container, wanted, stamp)
    if (answer !== 'loaded') {
      if (answer === 'not yet') await new Promise((resolve) => setTimeout(resolve, ASK_EVERY))
      continue
    }
    changed = true
    log.debug(`The gateway has ${routes.length} routes.`)
    for (const { container, reason } of ignored) log.warn(`The gateway passes over a label of ${container}: ${reason}.`)
  }
}

function isFor(gateway: Gateway, container: Container): boolean {
  return (container.labels[LABEL.gateway] || HOST_GATEWAY.container) === gateway.container
}

/** Caddy's own image says its version; where nothing says it, only what every Caddy knows is used. */
function keepsStreams(labels: Readonly<Record<string, string>>): boolean {
  const [, major = '0', minor = '0'] = /^v?(\d+)\.(\d+)/.exec(labels['org.opencontainers.image.version'] ?? '') ?? []
  return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 7)
}

async function neverStarts(engine: Engine, gateway: Gateway): Promise<UserError> {
  const log = (await lastLogs(engine, gateway.container, 1)).trim()
  return new UserError(`The gateway does not start: ${log}`, {
    cure: `Look at its log on that host: docker logs ${gateway.container}`,
  })
}
