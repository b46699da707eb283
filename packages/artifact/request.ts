import { type Labels, type Log, UserError } from '@mayfly/core'
import type { Engine } from '@mayfly/engine'
import type { Base } from '@mayfly/oci'
import type { BuildSource, FunctionSource, ImageSource, Project } from '@mayfly/project'
import type { Registry } from '@mayfly/registry'
import type { Bundle } from './bundle.ts'

/** Everything that making a project's images needs to know. */
export interface ArtifactRequest {
  /** Undefined where everything can be made without one: functions that go into a registry. */
  engine: Engine | undefined
  /** A connection to the registry of this host, opened once. */
  registries: (host: string) => Registry
  project: Project
  /** `<server>/<owner>/<repository>`. */
  owner: string
  /** The environment's id. */
  environment: string
  /** Undefined for a named environment. */
  pullRequest: number | undefined
  /** Versions by service, where they are released; the others get a pre-release of this commit. */
  versions?: ReadonlyMap<string, string>
  /** The commit that is checked out. */
  revision: string
  /** Short hash of the checkout where it holds what is not committed; empty where it is as committed. */
  dirty: string
  /** How long artifacts are kept at the least, in milliseconds; undefined: as long as retention keeps them otherwise. */
  ttl: number | undefined
  /** URL of the repository, for the image's metadata. */
  source: string
  /** The commit's time: what is built says when it was written, not when a machine got to it. */
  committedAt: Date
  /** URL of the run, for what is attached to artifacts; empty by hand. */
  run: string
  /** PEM of a private key that signs what is attached; undefined: it is not signed. */
  signingKey: string | undefined
  /** Such as `ghcr.io/acme/shop`: images go to `<registry>/<service>`. Undefined: they stay in the engine. */
  registry: string | undefined
  tools: Tools
  log: Log
}

/** @throws UserError where there is none. */
export function engineOf(request: ArtifactRequest): Engine {
  if (request.engine !== undefined) return request.engine
  throw new UserError('This needs an engine, and none is connected.', {
    cure: 'Only functions that go into a registry are made without one: start Docker, or name a host.',
  })
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
  /** Why it was built or reused, one sentence. */
  why: string
  /** TCP ports that the image exposes, lowest first. */
  ports: number[]
  /** The pull request that it was built for, where there was one. */
  pullRequest?: number
  /** The commit of the release that it is part of. */
  releasedAt?: string
}

/** An image that is there already: in the registry where there is one, else in the engine. */
export interface Present {
  /** As in Artifact. */
  reference: string
  /** A name of it, which other builds can start from. */
  from: string
  labels: Labels
  /** TCP ports that it exposes; undefined where that takes another look. */
  ports: number[] | undefined
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
  /** Major version of Node.js. */
  node: number
  /** The image that it starts from, such as `node:24-slim`. */
  reference: string
  /** Undefined where it has to be pulled first. */
  base: Base | undefined
  /** What goes into the image; undefined where the image is there. */
  content: FunctionContent | undefined
}

export interface FunctionContent {
  bundle: Bundle
  /** The runtime as one file. */
  runtime: string
  /** node_modules folder of what is not bundled. */
  dependencies: string | undefined
  /** What the key of the folder does not cover, as it is written on the image. */
  inputs: string
}

/** Another artifact with files of the checkout on top. */
export interface PlannedFiles extends Planned {
  kind: 'files'
  inner: Exclude<PlannedArtifact, PlannedFiles>
  /** Hash of the files and of where they go. */
  files: string
}
