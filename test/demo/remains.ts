import { connect } from 'node:net'
import { silent } from '@mayfly/core'
import { type Engine, findHostContainer, observe, observeImages } from '@mayfly/engine'
import { environmentsOf, removeEnvironment } from '@mayfly/environment'
import { HOST_GATEWAY, loadedRoutes, removeGateway } from '@mayfly/gateway'

/** A demo's previews belong to a GitHub on loopback, which ends with the demo that started it. */
const OWNER = /^127\.0\.0\.1:(\d+)\/demo\/shop\d*$/

/** Whose and which: the two labels that everything of one preview carries. */
export interface Preview {
  owner: string
  id: string
}

export interface Left {
  containers: number
  networks: number
  volumes: number
  routes: number
  images: number
}

/** What there is of a preview, counted on the engine and in the gateway at this moment. */
export async function countLeft(engine: Engine, { owner, id }: Preview): Promise<Left> {
  const [observed, routes, images] = await Promise.all([
    observe(engine, { owner, environment: id }),
    loadedRoutes(engine, id),
    observeImages(engine, owner),
  ])
  return {
    containers: observed.containers.length,
    networks: observed.networks.length,
    volumes: observed.volumes.length,
    routes: routes.length,
    images: images.length,
  }
}

export function total(left: Left): number {
  return Object.values(left).reduce((sum, count) => sum + count, 0)
}

/** Takes away what demos left that were killed or told to keep it; the preview of one that is under way stays. Returns the ids. */
export async function removeRemains(engine: Engine, mine: Preview): Promise<string[]> {
  const gone: string[] = []
  for (const { owner, id } of environmentsOf(await observe(engine))) {
    const port = Number(OWNER.exec(owner)?.[1] ?? 0)
    if (port === 0 || (owner !== mine.owner && (await answers(port)))) continue
    await removeSurely(engine, { owner, id })
    gone.push(id)
  }
  // A run that was killed while it built left images and nothing else.
  await removeEnvironment(engine, mine.owner, mine.id, silent)
  return gone
}

/** What a killed demo had started may still be at work for a moment: the preview counts as gone when it was gone twice, a second apart. */
export async function removeSurely(engine: Engine, preview: Preview): Promise<void> {
  for (let look = 0, empty = 0; empty < 2 && look < 10; look++) {
    if (look > 0) await new Promise((resolve) => setTimeout(resolve, 1000))
    empty = total(await countLeft(engine, preview)) === 0 ? empty + 1 : 0
    await removeEnvironment(engine, preview.owner, preview.id, silent)
  }
}

export async function hasGateway(engine: Engine): Promise<boolean> {
  return (await findHostContainer(engine, HOST_GATEWAY.container)) !== undefined
}

/** The front door is the host's: it goes only where nobody else's preview came to stand behind it. */
export async function removeOwnGateway(engine: Engine): Promise<boolean> {
  if (environmentsOf(await observe(engine)).length > 0) return false
  await removeGateway(engine)
  return true
}

/** Whether something listens on a port of this machine. */
export function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => resolve(true))
    socket.on('error', () => resolve(false))
    socket.on('close', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}
