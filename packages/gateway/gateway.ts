import { LABEL, type Log, UserError } from '@mayfly/core'
import {
  type Engine,
  ensureHostContainer,
  ensureImage,
  findHostContainer,
  readContainerFile,
  removeContainer,
  removeVolume,
} from '@mayfly/engine'
import { CERTIFICATES, caddyConfig } from './config.ts'

/** The front door of a host. Tests open another beside it, with a name and ports of its own. */
export interface Gateway {
  container: string
  image: string
  /** The plain port that sends visitors of TLS names on to TLS. */
  redirectFrom: number
}

export const HOST_GATEWAY: Gateway = { container: 'mayfly-gateway', image: 'caddy:2', redirectFrom: 80 }

/** A newer Mayfly with another way to run the gateway replaces the container; the value only has to differ. */
const GENERATION = '2'

const FIRST = '/run/mayfly-first.json'

/**
 * Starts the container: on the host's own network, from where it reaches every preview's network without joining one.
 * @throws UserError where its image is not there and cannot be had.
 */
export async function startGateway(engine: Engine, log: Log, gateway: Gateway): Promise<void> {
  await haveImage(engine, log, gateway.image)
  // A Caddy that starts without any configuration opens its admin endpoint on TCP: it is given one for that case.
  const first = caddyConfig([], { ports: [], redirectFrom: gateway.redirectFrom, keepsStreams: false })
  await ensureHostContainer(engine, {
    name: gateway.container,
    image: gateway.image,
    command: ['sh', '-c', `printf %s "$MAYFLY_FIRST" > ${FIRST} && exec caddy run --resume --config ${FIRST}`],
    labels: { [LABEL.role]: 'gateway', [LABEL.config]: `${GENERATION} ${gateway.image}` },
    environment: { MAYFLY_FIRST: JSON.stringify(first), XDG_CONFIG_HOME: '/config', XDG_DATA_HOME: '/data' },
    volumes: [
      `${gateway.container}-config:/config`,
      `${gateway.container}-data:/data`,
      `${gateway.container}-certs:${CERTIFICATES}`,
    ],
    capabilities: ['NET_BIND_SERVICE'],
  })
}

async function haveImage(engine: Engine, log: Log, image: string): Promise<void> {
  try {
    await ensureImage(engine, image, log)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    throw new UserError(`The gateway cannot be started: ${error.message}`, {
      cure: `Let that host reach its image registry, or bring the image there: docker save ${image} | ssh user@host docker load.`,
      cause: error,
    })
  }
}

/** Forgets what the container saved and starts it from nothing: everything it knew can be made from labels again. */
export async function renewGateway(engine: Engine, log: Log, gateway: Gateway): Promise<void> {
  await removeContainer(engine, gateway.container)
  await removeVolume(engine, `${gateway.container}-config`)
  await startGateway(engine, log, gateway)
}

/**
 * Takes the front door itself away, for a host that is given back and for tests; `mayfly down` leaves it open.
 * An operator's own certificates are not ours to remove: their volume stays where it holds any.
 */
export async function removeGateway(engine: Engine, gateway = HOST_GATEWAY): Promise<void> {
  if ((await findHostContainer(engine, gateway.container)) === undefined) return
  const certificates = await readContainerFile(engine, gateway.container, CERTIFICATES)
  await removeContainer(engine, gateway.container)
  const parts = typeof certificates === 'object' && certificates.content !== '' ? ['config', 'data'] : ['config', 'data', 'certs']
  for (const part of parts) await removeVolume(engine, `${gateway.container}-${part}`)
}
