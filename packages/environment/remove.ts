import { LABEL, type Log, nameBelongsTo, nothingRemoved, type Removed } from '@mayfly/core'
import { type Engine, type Observed, observe, observeImages, remove, removeImage } from '@mayfly/engine'
import { loadedRoutes, removeReport, syncGateway } from '@mayfly/gateway'
import { imageIds, recordedImages } from './images.ts'

/** A removal that is raced by a deployment under way is repeated this often before it gives up. */
const ATTEMPTS = 4

/**
 * Removes one environment and proves it: lists again and counts zero containers, networks, volumes and routes.
 * Touches only what carries the owner's label and the environment's, under a name of that environment.
 * Safe to repeat; removing what is not there succeeds with zeros.
 * @param kept references of images that stay although they were made for it.
 * @throws where something of it is still there after all.
 */
export async function removeEnvironment(
  engine: Engine,
  owner: string,
  id: string,
  log: Log,
  kept: ReadonlySet<string> = new Set(),
): Promise<Removed> {
  const removed = { ...nothingRemoved }
  const routes = await loadedRoutes(engine, id)
  const used = new Set<string>()
  for (let attempt = 1; ; attempt++) {
    const found = ownedOnly(await observe(engine, { owner, environment: id }), id, log)
    if (count(found) === 0) break
    if (attempt > ATTEMPTS) throw new Error(`Of ${id} there is still: ${names(found).join(', ')}.`)
    await remove(engine, { containers: found.containers, networks: [], volumes: [] })
    // Routes go with their containers: the gateway need not wait while the engine takes the networks down. What goes wrong
    // with it here is met again below, when nothing else is left.
    await Promise.all([remove(engine, { ...found, containers: [] }), syncGateway(engine, log).catch(() => {})])
    for (const container of found.containers) used.add(container.imageId)
    for (const reference of recorded(found)) used.add(reference)
    removed.containers += found.containers.length
    removed.networks += found.networks.length
    removed.volumes += found.volumes.length
  }
  const [, images] = await Promise.all([
    withoutRoutes(engine, id, log).then(() => removeReport(engine, id)),
    removeImagesOf(engine, owner, id, { used, kept }, log),
  ])
  removed.images = images
  removed.routes = routes.length
  return removed
}

/** Another run may load an older picture right after ours; whoever sees it loads again. */
async function withoutRoutes(engine: Engine, id: string, log: Log): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await syncGateway(engine, log)
    const left = await loadedRoutes(engine, id)
    if (left.length === 0) return
    if (attempt > ATTEMPTS) throw new Error(`The gateway still leads to ${left.join(', ')}.`)
  }
}

function ownedOnly(observed: Observed, id: string, log: Log): Observed {
  const ours = (resource: { name: string }) => {
    if (nameBelongsTo(resource.name, id)) return true
    log.warn(`${resource.name} carries the labels of ${id} but not its name; it is left alone.`)
    return false
  }
  return {
    containers: observed.containers.filter(ours),
    networks: observed.networks.filter(ours),
    volumes: observed.volumes.filter(ours),
  }
}

function count(observed: Observed): number {
  return observed.containers.length + observed.networks.length + observed.volumes.length
}

function names(observed: Observed): string[] {
  return [...observed.containers, ...observed.networks, ...observed.volumes].map((resource) => resource.name)
}

/** What its records name; one that cannot be read is no reason to keep an environment that has to go. */
function recorded(observed: Observed): ReadonlySet<string> {
  try {
    return recordedImages(observed)
  } catch {
    return new Set()
  }
}

/**
 * An image that another environment runs is refused by the engine and stays, and so does what another one's records name:
 * it may have to go back to it. Such an image goes with the last one that needs it.
 */
async function removeImagesOf(
  engine: Engine,
  owner: string,
  id: string,
  references: { used: ReadonlySet<string>; kept: ReadonlySet<string> },
  log: Log,
): Promise<number> {
  const [owned, others, used, kept] = await Promise.all([
    observeImages(engine, owner),
    observe(engine, { owner }),
    imageIds(engine, references.used),
    imageIds(engine, references.kept),
  ])
  const needed = await neededImages(engine, others, log)
  if (needed === undefined) return 0
  const live = new Set(
    [...others.containers, ...others.networks, ...others.volumes].map(({ labels }) => labels[LABEL.environment]),
  )
  const images = owned.filter(({ id: image, labels }) => {
    const madeFor = labels[LABEL.environment]
    return !needed.has(image) && !kept.has(image) && (madeFor === id || (used.has(image) && !live.has(madeFor)))
  })
  let gone = 0
  for (const image of images) {
    const references = image.tags.length > 0 ? image.tags : [image.id]
    let all = true
    for (const reference of references) all = (await removeImage(engine, reference)) && all
    if (all) gone++
  }
  return gone
}

/** Undefined where a record cannot be read: what it needs is not known, so no image goes. */
async function neededImages(engine: Engine, others: Observed, log: Log): Promise<Set<string> | undefined> {
  let references: ReadonlySet<string>
  try {
    references = recordedImages(others)
  } catch (error) {
    log.warn(`No image is removed: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
  return imageIds(engine, references)
}
