import type { Labels } from '@mayfly/core'
import { LABEL } from '@mayfly/core'
import { formatReference, type ImageManifest, MEDIA, parseReference } from '@mayfly/oci'
import { readManifest, type Stored, writeManifest } from '@mayfly/registry'
import { type Attested, attest } from './attest.ts'
import { readLabels } from './image-config.ts'
import { saidOnly } from './labels.ts'
import { keyTag, tagIn } from './name.ts'
import type { ArtifactRequest } from './request.ts'

/**
 * Makes an image that the engine has pushed an artifact like any other: with annotations, under its version and its key, and
 * with what is attached to it. The image itself stays as it is; an engine of the classic store knows no annotations, so
 * its manifest is written anew with them.
 * @param reference by digest, as it was pushed.
 * @returns the reference to deploy.
 */
export async function registerImage(request: ArtifactRequest, reference: string, attested: Attested): Promise<string> {
  const place = parseReference(reference, 'The artifact')
  const registry = request.registries(place.registry)
  const stored = await readManifest(registry, place.repository, place.digest ?? '')
  if (stored === undefined) throw new Error(`${reference} was pushed and is not there.`)
  const manifest = await annotated(request, place, stored)
  const subject = await writeManifest(registry, place.repository, manifest)
  const tags = [tagIn(attested.name), keyTag(attested.key)]
  await Promise.all([
    ...tags.map((tag) => writeManifest(registry, place.repository, manifest, tag)),
    attest(request, registry, place.repository, subject, attested),
  ])
  return formatReference({ ...place, tag: undefined, digest: subject.digest })
}

async function annotated(
  request: ArtifactRequest,
  { registry, repository }: { registry: string; repository: string },
  { descriptor, bytes, manifest }: Stored,
): Promise<{ mediaType: string; bytes: Uint8Array }> {
  if (!('config' in manifest) || manifest.annotations?.[LABEL.key] !== undefined)
    return { mediaType: descriptor.mediaType, bytes }
  const labels: Labels = await readLabels(request.registries(registry), repository, manifest)
  const written: ImageManifest = {
    schemaVersion: 2,
    mediaType: MEDIA.manifest,
    config: { ...manifest.config, mediaType: MEDIA.config },
    // Docker's gzip layers are the same bytes under another name.
    layers: manifest.layers.map((layer) =>
      layer.mediaType === MEDIA.dockerLayer ? { ...layer, mediaType: MEDIA.layerGzip } : layer,
    ),
    annotations: sorted(saidOnly(labels)),
  }
  return { mediaType: MEDIA.manifest, bytes: Buffer.from(JSON.stringify(written)) }
}

function sorted(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
}
