import type { Labels } from '@mayfly/core'

/** Points to content by its digest (image-spec, descriptor.md). */
export interface Descriptor {
  mediaType: string
  /** `sha256:` and 64 hexadecimal digits. */
  digest: string
  /** Bytes. */
  size: number
  annotations?: Labels
  artifactType?: string
  platform?: Platform
}

export interface Platform {
  architecture: string
  os: string
  variant?: string
}

/** An image, or with `artifactType` anything else that is kept in a registry (image-spec, manifest.md). */
export interface ImageManifest {
  schemaVersion: 2
  mediaType: string
  artifactType?: string
  config: Descriptor
  layers: Descriptor[]
  /** What this is about: makes it a referrer of that. */
  subject?: Descriptor
  annotations?: Labels
}

export interface ImageIndex {
  schemaVersion: 2
  mediaType: string
  artifactType?: string
  manifests: Descriptor[]
  subject?: Descriptor
  annotations?: Labels
}

/** How to run an image (image-spec, config.md); the fields that Mayfly writes or needs. */
export interface ImageConfig {
  created?: string
  architecture: string
  os: string
  variant?: string
  config?: RunConfig
  rootfs: { type: 'layers'; diff_ids: string[] }
  history?: { created?: string; created_by?: string; comment?: string; empty_layer?: boolean }[]
}

export interface RunConfig {
  User?: string
  Env?: string[]
  Entrypoint?: string[]
  Cmd?: string[]
  WorkingDir?: string
  ExposedPorts?: Record<string, Record<string, never>>
  Labels?: Record<string, string>
  StopSignal?: string
  /** Docker's own addition; durations in nanoseconds. */
  Healthcheck?: {
    Test: string[]
    Interval?: number
    Timeout?: number
    StartPeriod?: number
    StartInterval?: number
    Retries?: number
  }
}

/** Content that is small enough to be held. */
export interface Blob {
  digest: string
  /** Bytes. */
  size: number
  bytes: Uint8Array
}
