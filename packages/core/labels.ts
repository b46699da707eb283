/**
 * Labels are the database: one set of keys, written on every container, network, volume and image.
 * Nothing else records what runs, so a reader with `docker inspect` knows as much as Mayfly does.
 */
export const LABEL = {
  /** Whose it is: `<server>/<owner>/<repository>`. Only what carries the caller's own value is ever removed. */
  owner: 'dev.mayfly.owner',
  /** The environment's id, `<repository slug>-pr-<number>`. */
  environment: 'dev.mayfly.environment',
  /** `preview` or `named`. */
  kind: 'dev.mayfly.kind',
  /** The pull request's number; empty for a named environment. */
  pullRequest: 'dev.mayfly.pull-request',
  /** The commit that the artifact was built from or, on a record, that the environment was deployed at. */
  revision: 'dev.mayfly.revision',
  /** `name@version` of the artifact. */
  artifact: 'dev.mayfly.artifact',
  /** Hash of everything that went into an artifact; the same key is never built twice. */
  key: 'dev.mayfly.key',
  /** Files that went into an artifact although its key does not cover them: their paths and a hash of their bytes, JSON. */
  inputs: 'dev.mayfly.inputs',
  /** What runs the artifact, such as `node24`; empty where its Dockerfile decides. */
  runtime: 'dev.mayfly.runtime',
  /** The semver ranges that the artifact's package.json asks for, JSON: name to range. */
  dependencies: 'dev.mayfly.dependencies',
  /** The service's name in the project. */
  service: 'dev.mayfly.service',
  /** Hash of the service's final model; a container with the same value needs no new deployment. */
  config: 'dev.mayfly.config',
  /** How its coverage is gathered while tests run, JSON; empty: it is not. */
  coverage: 'dev.mayfly.coverage',
  /** What a test service leaves behind and where, JSON; empty: it is no test service. */
  test: 'dev.mayfly.test',
  /** What this resource is for: `service`, `test`, `measure`, `record`, `turn`, `data`, `network`, `gateway`. */
  role: 'dev.mayfly.role',
  /** Host names that lead to this service, separated by spaces; empty: none. */
  hosts: 'dev.mayfly.hosts',
  /** `host/path` prefixes that lead to this service, separated by spaces; empty: none. */
  routes: 'dev.mayfly.routes',
  /** The port inside the container that the gateway talks to; empty: none. */
  port: 'dev.mayfly.port',
  /** How the gateway serves the hosts: `off` (plain HTTP), `auto` (public certificate), `internal` (Caddy's own CA). */
  tls: 'dev.mayfly.tls',
  /** Which of several gateways on a host serves it; empty: the host's own. */
  gateway: 'dev.mayfly.gateway',
  /** The port on the host that the gateway listens on. */
  listen: 'dev.mayfly.listen',
  /** How long after its last deployment an environment expires or, on an artifact, after its making it may go; a duration. */
  ttl: 'dev.mayfly.ttl',
  /** When it was deployed, ISO 8601. Only on records. */
  deployedAt: 'dev.mayfly.deployed-at',
  /** The run that deployed it, a URL. Only on records. */
  run: 'dev.mayfly.run',
  /** The model that was deployed, gzip and base64, so that it can be put back as it was. Only on records. */
  model: 'dev.mayfly.model',
  /** What was placed, service by service (artifact, digest, commit), JSON, gzip and base64. Only on records. */
  artifacts: 'dev.mayfly.artifacts',
  /** Why it was deployed: `deploy`, `promote`, `rollback` or `automatic-rollback`. Only on records. */
  reason: 'dev.mayfly.reason',
  /** Who asked for it, as GitHub or the machine names them; empty where nobody is known. Only on records. */
  by: 'dev.mayfly.by',
  /** The pull request that what was deployed came from, a number; empty where none is known. Only on records. */
  fromPullRequest: 'dev.mayfly.from-pull-request',
} as const

export type Labels = Readonly<Record<string, string>>

/** The standard annotation keys that Mayfly writes (github.com/opencontainers/image-spec, annotations.md). */
export const OCI = {
  baseDigest: 'org.opencontainers.image.base.digest',
  baseName: 'org.opencontainers.image.base.name',
  created: 'org.opencontainers.image.created',
  licenses: 'org.opencontainers.image.licenses',
  revision: 'org.opencontainers.image.revision',
  source: 'org.opencontainers.image.source',
  title: 'org.opencontainers.image.title',
  version: 'org.opencontainers.image.version',
} as const
