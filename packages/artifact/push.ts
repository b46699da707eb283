import { type Base, formatReference, type Image, type Layer, parseReference } from '@mayfly/oci'
import { attachAhead, beginUploads, mountBlob, pushBlob, type Registry, streamBlob, writeManifest } from '@mayfly/registry'
import { type Attested, attest } from './attest.ts'
import { tagIn } from './name.ts'
import type { ArtifactRequest } from './request.ts'

/**
 * Brings an image to its registry: blobs first, then the manifest under its tags. What is there already is
 * not sent again, and the base's layers come from where the base is. Safe to be killed and repeated: a tag never names
 * what is not whole.
 * @param mounted digests of layers that are there by `pushAhead`.
 * @returns the reference to deploy.
 */
export async function pushImage(
  request: ArtifactRequest,
  image: Image,
  attested: Attested,
  tags: readonly string[],
  mounted: ReadonlySet<string>,
): Promise<string> {
  const { name } = attested
  const target = parseReference(name.repository, 'The input registry')
  const registry = request.registries(target.registry)
  const { repository } = target
  const manifest = { mediaType: image.mediaType, bytes: image.manifest.bytes }
  const subject = { mediaType: image.mediaType, digest: image.manifest.digest, size: image.manifest.size }
  // What is attached may be there before what it is attached to, and no deployment waits for it.
  const attached = attest(request, registry, repository, subject, attested)
  attached.catch(() => {})
  await Promise.all([
    pushBlob(registry, repository, { ...image.config, look: false, proven: true, open: () => image.config.bytes }),
    ...image.layers.map((layer) => pushLayer(registry, repository, layer)),
    ...image.base.layers
      .filter(({ digest }) => !mounted.has(digest))
      .map((layer) => pushBaseLayer(request, registry, repository, image, layer)),
  ])
  // Each stores the manifest by its digest too.
  await Promise.all([attached, ...[tagIn(name), ...tags].map((tag) => writeManifest(registry, repository, manifest, tag))])
  return formatReference({ ...target, tag: undefined, digest: image.manifest.digest })
}

function pushLayer(registry: Registry, repository: string, { descriptor, bytes }: Layer) {
  // Small ones are new, or they would have been found by their key; those of packages change seldom.
  const look = descriptor.size > 8 * 1024 * 1024
  const { digest, size } = descriptor
  return pushBlob(registry, repository, { digest, size, look, proven: true, open: () => bytes })
}

function pushBaseLayer(
  request: ArtifactRequest,
  registry: Registry,
  repository: string,
  image: Image,
  layer: Image['base']['layers'][number],
) {
  const base = parseReference(image.base.name, 'The base')
  const source = request.registries(base.registry)
  return pushBlob(registry, repository, {
    digest: layer.digest,
    size: layer.size,
    open: () => streamBlob(source, base.repository, layer),
    ...(base.registry === registry.host ? { from: [base.repository] } : {}),
  })
}

/** Configuration, layer, provenance and bill of materials: what each image of a function brings along. */
const OWN = 4

/**
 * What of a push needs nothing of the image but its base, and sends next to nothing: layers are mounted from where the base
 * is, uploads are begun. Nothing gets a name by it; where it comes to no image, the registry forgets it.
 * @param place the repository, with its registry.
 * @returns digests of the layers that are there now.
 */
export async function pushAhead(request: ArtifactRequest, place: string, base: Base): Promise<ReadonlySet<string>> {
  const target = parseReference(place, 'The input registry')
  const registry = request.registries(target.registry)
  const from = parseReference(base.name, 'The base')
  const { repository } = target
  const layers = from.registry === registry.host && from.repository !== repository ? base.layers : []
  const mounts = layers.map(async ({ digest }) => ({
    digest,
    there: await mountBlob(registry, repository, digest, from.repository),
  }))
  attachAhead(registry, repository)
  beginUploads(registry, repository, OWN)
  return new Set((await Promise.all(mounts)).flatMap(({ digest, there }) => (there ? [digest] : [])))
}
