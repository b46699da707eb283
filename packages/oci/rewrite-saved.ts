import { createReadStream } from 'node:fs'
import { open, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { type PassingFile, readTar } from './read-tar.ts'
import { parseConfig } from './rewrite-config.ts'
import type { LooseImage, LooseLayer } from './rewrite-image.ts'
import { writeVerified } from './verified-file.ts'

/** Of what an archive says of itself, in bytes. */
const LARGEST_TEXT = 4 * 1024 * 1024

/**
 * Reads one image as an engine saves it, from either image store: layers go to files, uncompressed, and every one is what
 * its digest says. The base's pass by and are not kept. Memory does not depend on what the image holds.
 * @param archive as `docker save` gives it, Engine 25 or newer.
 * @param notWanted digests of layers before compression that are only named, such as a base's.
 * @param directory an empty folder, which the caller removes.
 * @throws where it is not one image, or not what it says.
 */
export async function readSaved(archive: Readable, notWanted: ReadonlySet<string>, directory: string): Promise<LooseImage> {
  const texts = new Map<string, string>()
  const blobs = new Set<string>()
  for await (const file of readTar(archive)) {
    const digest = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(file.name)?.[1]
    if (digest !== undefined && !notWanted.has(`sha256:${digest}`)) {
      blobs.add(digest)
      await writeVerified(file.content, join(directory, digest), `sha256:${digest}`)
    } else if (file.name === 'manifest.json' || file.name === 'index.json') texts.set(file.name, await readText(file))
  }
  return assembleLoose(texts, blobs, notWanted, directory)
}

async function assembleLoose(
  texts: ReadonlyMap<string, string>,
  blobs: ReadonlySet<string>,
  notWanted: ReadonlySet<string>,
  directory: string,
): Promise<LooseImage> {
  const [saved, ...more] = readNames(texts.get('manifest.json') ?? '[]')
  if (saved === undefined || more.length > 0) throw new Error('This is not an archive of one image for one platform.')
  const config = await readSmall(join(directory, saved.config))
  const diffIds = parseConfig(config).rootfs.diff_ids
  if (diffIds.length !== saved.layers.length) throw new Error('This image has layers that its configuration does not name.')
  const stored = await readDescriptors(texts.get('index.json'), directory)
  const unpacked = new Map<string, string>()
  const layers: LooseLayer[] = []
  for (const [index, diffId] of diffIds.entries()) {
    const name = saved.layers[index] ?? ''
    // Two layers may be the same, and two ways of packing one: what is not wanted is known by what is in it.
    const isWanted = blobs.has(name) && !notWanted.has(diffId)
    if (!isWanted && !notWanted.has(diffId)) throw new Error(`The archive lacks the layer ${diffId}.`)
    const file = isWanted ? (unpacked.get(diffId) ?? (await uncompressed(join(directory, name), diffId))) : undefined
    if (file !== undefined) unpacked.set(diffId, file)
    layers.push({ diffId, file, stored: stored.find(({ digest }) => digest === `sha256:${name}`) })
  }
  return { config, layers }
}

/** What docker-save's own manifest names, as names of files in `blobs/sha256`. */
function readNames(text: string): { config: string; layers: string[] }[] {
  const list: unknown = JSON.parse(text)
  const hex = (path: unknown) => {
    const found = typeof path === 'string' ? /^blobs\/sha256\/([0-9a-f]{64})$/.exec(path)?.[1] : undefined
    if (found === undefined) throw new Error('The engine saves images in a format that is older than OCI (Engine 25).')
    return found
  }
  return (Array.isArray(list) ? list : []).map((one: unknown) => {
    const layers = fieldOf(one, 'Layers')
    return { config: hex(fieldOf(one, 'Config')), layers: Array.isArray(layers) ? layers.map(hex) : [] }
  })
}

/** How the store's manifest names the layers; empty where the archive holds no such manifest. */
async function readDescriptors(index: string | undefined, directory: string): Promise<NonNullable<LooseLayer['stored']>[]> {
  const manifests = fieldOf(JSON.parse(index ?? '{}'), 'manifests')
  const digest = fieldOf(Array.isArray(manifests) ? manifests[0] : undefined, 'digest')
  if (typeof digest !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(digest)) return []
  const manifest: unknown = JSON.parse((await readSmall(join(directory, digest.slice('sha256:'.length)))).toString('utf8'))
  const layers = fieldOf(manifest, 'layers')
  return (Array.isArray(layers) ? layers : []).flatMap((layer: unknown) => {
    const [mediaType, name, size] = [fieldOf(layer, 'mediaType'), fieldOf(layer, 'digest'), fieldOf(layer, 'size')]
    return typeof mediaType === 'string' && typeof name === 'string' && typeof size === 'number'
      ? [{ mediaType, digest: name, size }]
      : []
  })
}

/** containerd's store keeps layers as they came. What unpacks to something else than the configuration says is refused. */
async function uncompressed(file: string, diffId: string): Promise<string> {
  const handle = await open(file)
  const start = Buffer.alloc(4)
  await handle.read(start, 0, 4, 0).finally(() => handle.close())
  const decoder =
    start.readUInt16BE() === 0x1f8b ? createGunzip() : start.readUInt32BE() === 0x28b52ffd ? createZstdDecompress() : undefined
  if (decoder === undefined) {
    if (!file.endsWith(diffId.slice('sha256:'.length))) throw new Error(`A layer is not what its digest says: ${diffId}`)
    return file
  }
  const plain = `${file}.tar`
  await pipeline(createReadStream(file), decoder, (unpacked) => writeVerified(unpacked, plain, diffId))
  await rm(file, { force: true })
  return plain
}

async function readText({ name, size, content }: PassingFile): Promise<string> {
  if (size > LARGEST_TEXT) throw new Error(`${name} is too large to be what it should be.`)
  const pieces: Buffer[] = []
  for await (const piece of content) pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces).toString('utf8')
}

async function readSmall(file: string): Promise<Buffer> {
  if ((await stat(file)).size > LARGEST_TEXT) throw new Error('The configuration of an image is too large.')
  return readFile(file)
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
