import { LABEL } from '@mayfly/core'
import { type Engine, imagesInUse, listStoredImages, readStoredImage, removeStoredImage, type StoredImage } from '@mayfly/engine'
import { type Item, readFacts } from './item.ts'
import type { Removal, Store } from './store.ts'

/** The images of one owner in an engine's own store, those that lost their tag to a newer one among them. */
export function engineStore(engine: Engine, owner: string): Store {
  const label = `${LABEL.owner}=${owner}`
  return {
    kind: 'engine',
    place: engine.address,
    read: async () => {
      const images = await listStoredImages(engine, label)
      const untimed = images.some(({ taggedAt }) => taggedAt === undefined)
      const notices = untimed
        ? [`${engine.address} does not tell when it pulled an image by digest: its age counts from the commit.`]
        : []
      return { items: images.map((image) => toItem(engine, owner, image)), notices }
    },
    remove: (item) => removeUnused(engine, item),
  }
}

/** The engine gives up names of an image in use until the last one; so it is asked who uses it first. */
async function removeUnused(engine: Engine, item: Item): Promise<Removal> {
  const image = await readStoredImage(engine, item.digest)
  if (image === undefined) return 'gone'
  const container = (await imagesInUse(engine)).get(image.id)
  if (container !== undefined) return { refused: `the container ${container} uses it` }
  return await removeStoredImage(engine, image)
}

function toItem(engine: Engine, owner: string, image: StoredImage): Item {
  return {
    ...readFacts(owner, image.labels, {}, `the image ${image.tags[0] ?? image.id} on ${engine.address}`),
    store: 'engine',
    place: engine.address,
    repository: '',
    digest: image.id,
    aliases: [...new Set(image.digests.map((reference) => reference.slice(reference.indexOf('@') + 1)))],
    mediaType: '',
    tags: image.tags,
    // The engine's own clock where it has one; a commit's time is whatever its author says.
    at: image.taggedAt ?? image.createdAt,
    children: [],
    subject: undefined,
    fallbackFor: [],
    versionId: 0,
  }
}
