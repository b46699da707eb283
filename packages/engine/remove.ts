import { type Engine, statusOf } from './connect.ts'
import type { Observed } from './observe.ts'

/** How many removals the engine is asked for at once: it works on them one by one anyway, and other runs want turns. */
const AT_ONCE = 8

/**
 * Removes exactly what it is given: containers (killed, with their anonymous volumes), then networks and volumes.
 * Safe to repeat and to run twice at once: what is already gone counts as removed.
 */
export async function remove(engine: Engine, gone: Observed): Promise<void> {
  await each(gone.containers, (container) => removeContainer(engine, container.id))
  await Promise.all([
    each(gone.networks, (network) => untilUnused(() => engine.api.getNetwork(network.id).remove())),
    each(gone.volumes, (volume) => untilUnused(() => engine.api.getVolume(volume.name).remove())),
  ])
}

export async function removeContainer(engine: Engine, id: string): Promise<void> {
  try {
    await engine.api.getContainer(id).remove({ force: true, v: true })
  } catch (error) {
    const status = statusOf(error)
    if (status === 404) return
    // 409: another run removes it at this moment. Gone is what we want, whoever did it.
    if (status !== 409) throw error
    await engine.api
      .getContainer(id)
      .wait({ condition: 'removed' })
      .catch(() => {})
  }
}

export async function removeVolume(engine: Engine, name: string): Promise<void> {
  await untilUnused(() => engine.api.getVolume(name).remove())
}

/** An image that something still uses stays: the engine refuses, and that is right. Returns whether it went. */
export async function removeImage(engine: Engine, id: string): Promise<boolean> {
  try {
    await engine.api.getImage(id).remove({ force: false })
    return true
  } catch (error) {
    const status = statusOf(error)
    if (status === 404) return true
    if (status === 409) return false
    throw error
  }
}

/** A network or volume is let go a moment after its last container; the engine says 403 or 409 until then. */
async function untilUnused(removal: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await removal()
      return
    } catch (error) {
      const status = statusOf(error)
      if (status === 404) return
      if ((status !== 403 && status !== 409) || attempt >= 20) throw error
      await new Promise((resolve) => setTimeout(resolve, 50 * (attempt + 1)))
    }
  }
}

async function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items]
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker))
}
