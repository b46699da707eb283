import { type Engine, statusOf } from './connect.ts'
import { readStoredImage } from './store-images.ts'

/** Names an image that the engine has; whatever had the name loses it. @param tag whole: `repository:tag`. */
export async function nameImage(engine: Engine, id: string, tag: string): Promise<void> {
  const colon = tag.lastIndexOf(':')
  await engine.api.getImage(id).tag({ repo: tag.slice(0, colon), tag: tag.slice(colon + 1) })
}

/** Removes an image that has no name and that nothing uses; one that has, or is used, stays. */
export async function removeUnnamed(engine: Engine, id: string): Promise<void> {
  const image = await readStoredImage(engine, id)
  if (image === undefined || image.tags.length > 0) return
  try {
    await engine.api.getImage(id).remove({ force: false })
  } catch (error) {
    const status = statusOf(error)
    if (status !== 404 && status !== 409) throw error
  }
}
