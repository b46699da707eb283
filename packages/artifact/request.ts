import type { Labels, Log } from '@mayfly/core'
import type { Engine } from '@mayfly/engine'
import type { BuildSource, FunctionSource, ImageSource, Project } from '@mayfly/project'

/** Everything that making a project's images needs to know. */
export interface ArtifactRequest {
  engine: Engine
  project: Project
  /** `<server>/<owner>/<repository>`. */
  owner: string
  /** The environment's id. */
  environment: string
  /** Undefined for a named environment. */
  pullRequest: number | undefined
  /** The commit that is checked out. */
  revision: string
  /** URL of the repository, for the image's metadata. */
  source: string
  /** The commit's time: what is built says when it was written, not when a machine got to it. */
  committedAt: Date
  /** Such as `ghcr.io/acme/shop`: images go to `<registry>/<service>`. Undefined: they stay in the engine. */
  registry: string | undefined
  tools: Tools
  log: Log
}

/** What is needed of the machine that Mayfly itself runs on. */
export interface Tools {
  /** PATH and HOME at least; the whole environment of npm when Mayfly fetches something for itself. */
  env: Readonly<Record<string, string>>
  /** A folder that may be kept from run to run, for esbuild and for functions' dependencies. */
  cacheDirectory: string
  /** Path of the runtime as one file (packages/runtime, bundled). Undefined: it is bundled from its sources. */
  runtime: string | undefined
}

/** What a service runs, by digest. */
export interface Artifact {
  service: string
  /** `<repository>/<service>@<version>`, or the ready image's reference. */
  name: string
  /** What to deploy: `sha256:...`, or `repository@sha256:...`. */
  reference: string
  digest: string
  /** The commit that it was built from, which is an older one where it is reused; empty for a ready image. */
  revision: string
  /** Hash of everything that went into it; the image's own id for a ready one. */
  key: string
  reused: boolean
  /** TCP ports that the image exposes, lowest first. */
  ports: number[]
}

/** An image that the engine already has. */
export interface Present {
  id: string
  /** A name of it, which other builds can start from. */
  tag: string
  labels: Labels
}

/** What has to happen so that one service has its image. */
export type PlannedArtifact = PlannedImage | PlannedBuild | PlannedFunction | PlannedFiles

interface Planned {
  service: string
  action: 'reuse' | 'build' | 'pull'
  /** One sentence for a reader of the plan. */
  why: string
  /** As in Artifact; for a build, the one that it would get. */
  name: string
  /** Empty where it depends on an image that has to be pulled first. */
  key: string
  /** The image that is there already. */
  present: Present | undefined
}

export interface PlannedImage extends Planned {
  kind: 'image'
  source: ImageSource
}

export interface PlannedBuild extends Planned {
  kind: 'build'
  source: BuildSource
  /** The Dockerfile's text, read once: what the key says is what is built. */
  dockerfile: string
  /** The ignore file's text. */
  ignore: string
  /** Services whose images this build starts from. */
  needs: string[]
}

export interface PlannedFunction extends Planned {
  kind: 'function'
  source: FunctionSource
  /** What goes into the image, by file name. */
  files: Record<string, string>
  dockerfile: string
  /** The image that it starts from, such as `node:24-slim`. */
  base: string
}

/** Another artifact with files of the checkout on top. */
export interface PlannedFiles extends Planned {
  kind: 'files'
  inner: Exclude<PlannedArtifact, PlannedFiles>
  /** Hash of the files and of where they go. */
  files: string
}
