import { formatReference, type Image, type Layer, parseReference } from '@mayfly/oci'
import { pushBlob, type Registry, streamBlob, writeManifest } from '@mayfly/registry'
import { type Attested, attest } from './attest.ts'
import { tagIn } from './name.ts'
import type { ArtifactRequest } from './request.ts'

/**
 * Brings an image to its registry: blobs first, then the manifest under its tags. What is there already is
 * not sent again, and the base's layers come from where the base is. Safe to be killed and repeated: a tag never names
 * what is not whole.
 * @returns the reference to deploy.
 */
export async function pushImage(
  request: ArtifactRequest,
  image: Image,
  attested: Attested,
  tags: readonly string[],
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
    pushBlob(registry, repository, { ...image.config, look: false, open: () => image.config.bytes }),
    ...image.layers.map((layer) => pushLayer(registry, repository, layer)),
    ...image.base.layers.map((layer) => pushBaseLayer(request, registry, repository, image, layer)),
  ])
  // Each stores the manifest by its digest too.
  await Promise.all([attached, ...[tagIn(name), ...tags].map((tag) => writeManifest(registry, repository, manifest, tag))])
  return formatReference({ ...target, tag: undefined, digest: image.manifest.digest })
}

function pushLayer(registry: Registry, repository: string, { descriptor, bytes }: Layer) {
  // Small ones are new, or they would have been found by their key; those of packages change seldom.
  const look = descriptor.size > 8 * 1024 * 1024
  return pushBlob(registry, repository, { digest: descriptor.digest, size: descriptor.size, look, open: () => bytes })
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
