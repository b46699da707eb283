import { countBaseLayers, parseConfig, rewriteConfig } from './rewrite-config.ts'
import { rewriteLayer } from './rewrite-layer.ts'

/** An image whose layers lie in files. */
export interface LooseImage {
  /** As it is, byte for byte. */
  config: Buffer
  /** The lowest first, one for each of the configuration's. */
  layers: LooseLayer[]
}

export interface LooseLayer {
  /** Digest of the layer before compression. */
  diffId: string
  /** The uncompressed layer; undefined where it is the base's and was not fetched. */
  file: string | undefined
  /** What the store that it comes from calls it; undefined where that is not known, as of a layer that was rewritten. */
  stored: { mediaType: string; digest: string; size: number } | undefined
}

export interface RewrittenImage extends LooseImage {
  /** Where the first layer lies that is another than before; undefined where all are the same. */
  firstChanged: number | undefined
}

/**
 * Makes the image the same for every build of the same input: what the build's own layers and its configuration say of
 * time is not after `epoch`. The base's layers stay, and so does every layer in which no time is newer.
 * New layers are written beside the old ones.
 * @param epoch seconds since 1970, the SOURCE_DATE_EPOCH of the build.
 */
export async function rewriteImage(image: LooseImage, epoch: number): Promise<RewrittenImage> {
  const base = countBaseLayers(parseConfig(image.config), epoch)
  const layers: LooseLayer[] = []
  let firstChanged: number | undefined
  for (const [index, layer] of image.layers.entries()) {
    const output = `${layer.file}.${index}.rewritten`
    const rewritten = layer.file === undefined || index < base ? undefined : await rewriteLayer(layer.file, output, epoch)
    if (rewritten !== undefined) firstChanged ??= index
    layers.push(rewritten === undefined ? layer : { diffId: rewritten.diffId, file: output, stored: undefined })
  }
  const diffIds = layers.map(({ diffId }) => diffId)
  const config =
    firstChanged === undefined && isSettled(image.config, epoch) ? image.config : rewriteConfig(image.config, diffIds, epoch)
  return { config, layers, firstChanged }
}

/** A configuration that says nothing but what it would say anyway keeps its bytes, and the image its id. */
function isSettled(config: Buffer, epoch: number): boolean {
  const before = parseConfig(config)
  const after: unknown = JSON.parse(rewriteConfig(config, before.rootfs.diff_ids, epoch).toString('utf8'))
  return canonical(before) === canonical(after)
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
