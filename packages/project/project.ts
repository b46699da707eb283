import type { ComposeModel } from './model.ts'

/** What a service's containers are made from. All paths are absolute and, by realpath, inside the checkout. */
export type Source = ImageSource | BuildSource | FunctionSource

/** A ready image; `reference` is as written in the Compose file. */
export interface ImageSource {
  kind: 'image'
  reference: string
}

export interface BuildSource {
  kind: 'build'
  context: string
  /** Where `dockerfileInline` is set, this file need not exist. */
  dockerfile: string
  dockerfileInline: string | undefined
  args: Record<string, string>
  target: string | undefined
  /** At most one: a preview runs on one engine. */
  platform: string | undefined
  labels: Record<string, string>
  secrets: { id: string; file: string }[]
  /** `--build-context name=path`; a path inside the checkout, or `service:<name>`, or `docker-image://reference`. */
  additionalContexts: Record<string, string>
  /** As written, such as `128m`. */
  shmSize: string | undefined
  /** `none`, or undefined for the builder's own. */
  network: 'none' | undefined
  noCache: boolean
  pull: boolean
}

export interface FunctionSource {
  kind: 'function'
  directory: string
  /** package.json's name. */
  name: string
  version: string | undefined
  /** The path under the default host, such as `/api`. */
  route: string | undefined
  /** The file that exports the handler. */
  entry: string
  /** The semver range of `engines.node`, as written. */
  node: string | undefined
  /** The image to start from, as written; undefined: Node's own, by `node`. */
  base: string | undefined
  /** Packages that go into the image as they are installed, because they cannot be bundled. */
  external: string[]
  /** Milliseconds; undefined: as long as its preview's. */
  ttl: number | undefined
  /** An SPDX expression, as written. */
  license: string | undefined
  /** Name to semver range. */
  dependencies: Readonly<Record<string, string>>
}

/** How a service's coverage is gathered from outside while tests run. */
export interface CoverageFields {
  /** `node`: nothing is needed of it; `file`: it leaves a report in its container; `none`: it is not asked. */
  kind: 'node' | 'file' | 'none'
  /** `file`: the report's absolute path in the container. */
  file: string
  /** `file`: the program, with its arguments, that makes the service or its tool write the report; empty: it is there by itself. */
  dump: string[]
  /** `file`: what runs instead of the service's own command while it is measured; empty: its own. */
  command: string[]
  /** `file`: variables that it gets while it is measured, and at no other time. */
  environment: Readonly<Record<string, string>>
  /** Folders of the container to folders of the repository. */
  paths: Readonly<Record<string, string>>
}

/** What a test service leaves behind when it ends: absolute paths in its container, of files or folders. */
export interface TestFields {
  results: string[]
  coverage: string[]
}

export interface Service {
  name: string
  source: Source
  coverage: CoverageFields
  /** It is no part of the environment: it is run inside it, once, to test it. */
  test: TestFields | undefined
  /** The container's TCP port that the gateway talks to. Undefined: ask the image once it is there. */
  port: number | undefined
  /** A path under the default host that leads here, besides the service's own host name. */
  route: string | undefined
  /** Of the nearest package.json at or above the build's context, inside the checkout. */
  version: string | undefined
  /** False where `x-mayfly.public: false` keeps it away from the gateway. */
  public: boolean
}

/** A repository at one commit, normalised and found safe. */
export interface Project {
  kind: 'compose' | 'dockerfile' | 'functions'
  /** The checkout, by realpath. */
  root: string
  /** The files it was read from, relative to `root`. */
  files: string[]
  /**
   * As Compose answers: every `$` in a text is doubled, ready to go back to Compose. Only the paths of bind mounts,
   * configs and secrets are plain and real. Without `ports`, `develop` and `profiles`.
   */
  model: ComposeModel
  /** In the order of the file. */
  services: Service[]
  defaultService: string | undefined
  /** What was left out of the model so that it could be previewed, one sentence each. */
  notices: string[]
}
