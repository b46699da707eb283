import type { Labels } from '@mayfly/core'
import { blobOf } from './digest.ts'
import type { Layer } from './layer.ts'
import { MEDIA } from './media-types.ts'
import type { Blob, Descriptor, ImageConfig, ImageManifest, RunConfig } from './types.ts'

/** What an image starts from. */
export interface Base {
  /** As it was named, such as `node:24-slim`. */
  name: string
  /** Of its manifest where it comes from a registry, else of its config. */
  digest: string
  config: ImageConfig
  /** One for each of the config's layers. */
  layers: Descriptor[]
}

/** An image, whole but for its base's layers. */
export interface Image {
  manifest: Blob
  mediaType: string
  config: Blob
  /** Its own, in order; they lie on the base's. */
  layers: Layer[]
  base: Base
}

export interface Assembly {
  base: Base
  layers: readonly Layer[]
  /** Set over the base's; `Env` is merged by name. */
  run: RunConfig
  labels: Labels
  annotations: Labels
  created: Date
}

/** Puts an image together: the same assembly gives the same bytes. */
export function assemble({ base, layers, run, labels, annotations, created }: Assembly): Image {
  const at = timestamp(created)
  const config: ImageConfig = {
    created: at,
    architecture: base.config.architecture,
    os: base.config.os,
    ...(base.config.variant === undefined ? {} : { variant: base.config.variant }),
    config: {
      ...inherited(base.config.config ?? {}),
      ...run,
      Env: mergeEnv(base.config.config?.Env, run.Env),
      Labels: sorted(labels),
    },
    rootfs: { type: 'layers', diff_ids: [...base.config.rootfs.diff_ids, ...layers.map((layer) => layer.diffId)] },
    history: [...(base.config.history ?? []), ...layers.map(() => ({ created: at, created_by: 'mayfly', comment: 'function' }))],
  }
  const configBlob = blobOf(Buffer.from(JSON.stringify(config)))
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: MEDIA.manifest,
    config: { mediaType: MEDIA.config, digest: configBlob.digest, size: configBlob.size },
    layers: [...base.layers.map(asOci), ...layers.map((layer) => layer.descriptor)],
    annotations: sorted(annotations),
  }
  const manifestBlob = blobOf(Buffer.from(JSON.stringify(manifest)))
  return { manifest: manifestBlob, mediaType: MEDIA.manifest, config: configBlob, layers: [...layers], base }
}

/** What a function does not say of itself it has from its base; labels and commands of a base are not true of what is put on it. */
function inherited({ User, WorkingDir, StopSignal }: RunConfig): RunConfig {
  return {
    ...(User === undefined ? {} : { User }),
    ...(WorkingDir === undefined ? {} : { WorkingDir }),
    ...(StopSignal === undefined ? {} : { StopSignal }),
  }
}

function mergeEnv(base: readonly string[] = [], own: readonly string[] = []): string[] {
  const nameOf = (pair: string) => pair.slice(0, pair.indexOf('='))
  const set = new Set(own.map(nameOf))
  return [...base.filter((pair) => !set.has(nameOf(pair))), ...own]
}

/** A manifest holds layers of one family; Docker's gzip layers are the same bytes under another name. */
function asOci({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType: mediaType === MEDIA.dockerLayer ? MEDIA.layerGzip : mediaType, digest, size }
}

/** RFC 3339 without fractions, as image tools write it. */
export function timestamp(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z')
}

function sorted(labels: Labels): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
}
