import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Build,
  type Built,
  build,
  buildRewritten,
  buildUnnamed,
  type Engine,
  imageStore,
  inspectBase,
  inspectImage,
  loadStream,
  nameImage,
  pushFromEngine,
  removeUnnamed,
  saveImage,
} from '@mayfly/engine'
import { type LooseImage, looseArchive, readSaved, rewriteImage } from '@mayfly/oci'

/**
 * Builds as `build` does. What is published gives the same digest for the same input as long as the Dockerfile's own steps
 * do: nothing in the image says a later time than the commit's. On containerd's store the builder does that itself and it
 * costs nothing, so it is always done; on the classic one the layers that it made are fetched, re-written and given back,
 * which takes as long as saving the whole image does.
 * The name goes to the finished image alone: whoever finds it has all of it, also after this was killed.
 * @throws UserError with the step that failed and its last lines.
 */
export async function buildImage(engine: Engine, wanted: Build, published: boolean): Promise<Built> {
  const built = (await imageStore(engine)) === 'containerd' ? await buildRewritten(engine, wanted) : undefined
  if (built === undefined && !published) return build(engine, wanted)
  const image = built ?? (await inFolder((folder) => rewriteAfterwards(engine, wanted, folder)))
  return wanted.push ? pushFromEngine(engine, wanted.tag) : image
}

/**
 * Fetches an image's configuration and layers from its engine; layers go to files in `directory`, uncompressed and verified.
 * @param image id or reference.
 * @param baseDiffIds its lowest layers, which are only named; undefined: all are wanted.
 */
export async function exportOwnLayers(
  engine: Engine,
  image: string,
  baseDiffIds: readonly string[] | undefined,
  directory: string,
): Promise<LooseImage> {
  const all = (await inspectBase(engine, image))?.diffIds ?? []
  const own = all.slice(baseDiffIds?.length ?? 0)
  // A layer of the base that is one of its own too, such as an empty one, is needed.
  const notWanted = new Set((baseDiffIds ?? []).filter((diffId) => !own.includes(diffId)))
  return readSaved(await saveImage(engine, image), notWanted, directory)
}

/** The layers of the longest base that the engine knows by its name; of one that it does not, none. */
async function findBase(engine: Engine, image: string, bases: readonly string[]): Promise<string[]> {
  const layers = (await inspectBase(engine, image))?.diffIds ?? []
  const found = await Promise.all(bases.map(async (base) => (await inspectBase(engine, base))?.diffIds ?? []))
  const under = found.filter((base) => base.length <= layers.length && base.every((diffId, index) => diffId === layers[index]))
  return under.sort((a, b) => b.length - a.length)[0] ?? []
}

async function rewriteAfterwards(engine: Engine, wanted: Build, folder: string): Promise<Built> {
  const { id, bases } = await buildUnnamed(engine, wanted)
  const before = await exportOwnLayers(engine, id, await findBase(engine, id, bases), folder)
  const image = await rewriteImage(before, epochOf(wanted))
  if (image.config === before.config) {
    await nameImage(engine, id, wanted.tag)
    return { digest: id, reference: id }
  }
  const archive = await looseArchive(image, wanted.tag, image.firstChanged ?? image.layers.length)
  await loadStream(engine, archive.stream)
  const expected = (await imageStore(engine)) === 'containerd' ? archive.manifestDigest : archive.configDigest
  const loaded = await inspectImage(engine, expected)
  if (loaded === undefined) throw new Error(`The engine took ${wanted.tag} and does not have ${expected}.`)
  await removeUnnamed(engine, id)
  return { digest: expected, reference: expected }
}

/** What the builder took as its time: a build argument of the Dockerfile's own may say another. */
function epochOf({ args, epoch }: Build): number {
  const said = args.SOURCE_DATE_EPOCH ?? ''
  return /^\d{1,12}$/.test(said) ? Number(said) : epoch
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-layers-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
