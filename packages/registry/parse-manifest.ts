import { UserError } from '@mayfly/core'
import { type Descriptor, type ImageIndex, type ImageManifest, isDigest, isIndexType, MANIFEST_TYPES } from '@mayfly/oci'

/** More than this no index lists and no image has layers. */
const MOST = 10_000

/**
 * Reads a manifest as what it says it is: an image or an index, never something that could be taken for both
 * (image-spec, "manifest.md" on mediaType; CVE-2021-41190).
 * @param served the Content-Type that it came with. @param place for messages.
 * @throws UserError naming the media type or the field.
 */
export function parseManifest(
  bytes: Buffer,
  served: string,
  place: string,
): { mediaType: string; manifest: ImageManifest | ImageIndex } {
  const wrong = (why: string) => new UserError(`${place} is no manifest that Mayfly reads: ${why}.`)
  const json = readJson(bytes)
  if (!isRecord(json)) throw wrong('it is no JSON object')
  const stated = json.mediaType === undefined ? undefined : String(json.mediaType).slice(0, 200)
  const mediaType = stated ?? served
  if (!MANIFEST_TYPES.includes(mediaType)) throw wrong(`its media type is ${JSON.stringify(mediaType.slice(0, 200))}`)
  if (MANIFEST_TYPES.includes(served) && served !== mediaType) throw wrong(`it says ${mediaType} and is served as ${served}`)
  const { subject, annotations, artifactType, config, layers, manifests } = json
  if (subject !== undefined && !isDescriptor(subject)) throw wrong('its subject is no descriptor')
  if (!isLabels(annotations)) throw wrong('its annotations are not text')
  if (artifactType !== undefined && typeof artifactType !== 'string') throw wrong('its artifactType is not text')
  if (isIndexType(mediaType)) {
    if (!isDescriptors(manifests)) throw wrong('its manifests are no descriptors')
    if (config !== undefined || layers !== undefined) throw wrong('it is an index with config or layers')
    return { mediaType, manifest: { ...json, schemaVersion: 2, mediaType, manifests } }
  }
  if (manifests !== undefined) throw wrong('it is an image with manifests')
  if (!isDescriptor(config) || !isDescriptors(layers)) throw wrong('its config and layers are no descriptors')
  return { mediaType, manifest: { ...json, schemaVersion: 2, mediaType, config, layers } }
}

export function isDescriptors(value: unknown): value is Descriptor[] {
  return Array.isArray(value) && value.length <= MOST && value.every(isDescriptor)
}

function isDescriptor(value: unknown): value is Descriptor {
  if (!isRecord(value)) return false
  const { digest, size, mediaType, artifactType, annotations, platform } = value
  return (
    typeof digest === 'string' &&
    isDigest(digest) &&
    Number.isSafeInteger(size) &&
    Number(size) >= 0 &&
    typeof mediaType === 'string' &&
    (artifactType === undefined || typeof artifactType === 'string') &&
    (platform === undefined || isPlatform(platform)) &&
    isLabels(annotations)
  )
}

function isPlatform(value: unknown): boolean {
  return isRecord(value) && typeof value.os === 'string' && typeof value.architecture === 'string'
}

function isLabels(value: unknown): boolean {
  return value === undefined || (isRecord(value) && Object.values(value).every((text) => typeof text === 'string'))
}

/** Undefined where it is not JSON. */
export function readJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
