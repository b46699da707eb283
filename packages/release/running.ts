import { LABEL } from '@mayfly/core'
import { type Container, observe, readStoredImage, type StoredImage } from '@mayfly/engine'
import { type DeploymentRecord, type Environment, environmentsOf, recordsOf } from '@mayfly/environment'
import { attempt, eachOf, type NotChecked, type TracedHost } from './tracing.ts'

/** One service of one environment on one host, and what it runs. Its texts are what labels say: anybody's. */
export interface Running {
  host: string
  environment: string
  kind: string
  owner: string
  service: string
  /** What the deployment called it: `name@version`, or a ready image's reference. */
  artifact: string
  /** How it was placed: by digest, with its repository where it came from a registry. Where it runs something else, the engine's id of that. */
  reference: string
  /** The digest in `reference`. */
  digest: string
  /** Every digest by which an engine or a registry may know the same image. */
  digests: readonly string[]
  /** The commit that the image was built from; empty where nobody says. */
  revision: string
  pullRequest: number | undefined
  state: string
  /** When this image came to this environment, as far as its records go back. */
  since: Date
}

/** An environment as one host tells it, with what is known of its images. */
export interface SeenEnvironment {
  host: string
  environment: Environment
  /** The newest first. */
  records: readonly DeploymentRecord[]
  /** By the engine's id. An image that was deleted under its container is missing. */
  images: ReadonlyMap<string, StoredImage>
  /** What the engine has under a reference, in another spelling than its id; undefined: nothing. */
  find: (reference: string) => Promise<StoredImage | undefined>
}

/** Every environment on every host. A host that fails in the middle is not half believed: it was not checked. */
export async function seeEnvironments(hosts: readonly TracedHost[], notChecked: NotChecked[]): Promise<SeenEnvironment[]> {
  const seen = await Promise.all(
    hosts.map(async (host) => {
      if ('unreachable' in host) {
        notChecked.push({ what: `what runs on ${host.name}`, why: host.unreachable })
        return []
      }
      return (await attempt(notChecked, `what runs on ${host.name}`, () => seeHost(host))) ?? []
    }),
  )
  return seen.flat()
}

async function seeHost({ name, engine }: Extract<TracedHost, { name: string; engine: unknown }>): Promise<SeenEnvironment[]> {
  const environments = environmentsOf(await observe(engine))
  const ids = new Set(environments.flatMap(({ observed }) => observed.containers.map(({ imageId }) => imageId)))
  const find = (reference: string) => readStoredImage(engine, reference)
  const images = new Map<string, StoredImage>()
  await eachOf([...ids], async (id) => {
    const facts = await find(id)
    if (facts !== undefined) images.set(id, facts)
  })
  return environments.map((environment) => {
    const records = recordsOf(environment.observed).map(({ record }) => record)
    return { host: name, environment, records, images, find }
  })
}

/** What runs, service by service; replicas of the same image count once. */
export function runningIn(seen: SeenEnvironment): Running[] {
  const { environment, images } = seen
  return environment.services.flatMap((service) => {
    const containers = environment.observed.containers.filter(({ id }) => service.containers.includes(id))
    return [...Map.groupBy(containers, ({ imageId }) => imageId)].map(([imageId, own]) =>
      describe(seen, service.name, own, images.get(imageId)),
    )
  })
}

/** Every service of every environment on each host. */
export async function runningOn(hosts: readonly TracedHost[], notChecked: NotChecked[]): Promise<Running[]> {
  return (await seeEnvironments(hosts, notChecked)).flatMap(runningIn)
}

/** The digests of a container's image: the engine's own, and the ones that registries gave it. */
export function digestsOf(imageId: string, facts: StoredImage | undefined): string[] {
  return [...new Set([imageId, facts?.id ?? imageId, ...(facts?.digests ?? []).map(digestIn)])].filter((digest) => digest !== '')
}

/** `sha256:...`, wherever it stands in a reference; empty where there is none. */
export function digestIn(reference: string): string {
  return /sha256:[0-9a-f]{64}/.exec(reference)?.[0] ?? ''
}

function describe(
  seen: SeenEnvironment,
  service: string,
  containers: readonly Container[],
  facts: StoredImage | undefined,
): Running {
  const { host, environment, records } = seen
  const [first] = containers
  if (first === undefined) throw new Error(`${service} has no container`)
  const digests = digestsOf(first.imageId, facts)
  const placed = records[0]?.placed.find((one) => one.service === service)?.reference ?? ''
  const reference = digests.includes(digestIn(placed)) ? placed : first.imageId
  return {
    host,
    environment: environment.id,
    kind: environment.kind,
    owner: environment.owner,
    service,
    artifact: first.labels[LABEL.artifact] ?? '',
    reference,
    digest: digestIn(reference),
    digests,
    revision: first.labels[LABEL.revision] ?? '',
    pullRequest: pullRequestOf(environment, records[0], facts),
    state: containers.some(({ state }) => state === 'running') ? 'running' : first.state,
    since: sinceOf(seen, service, digests, containers),
  }
}

/** An image of this owner says itself which pull request it was built for; of any other, the deployment may know. */
function pullRequestOf(environment: Environment, record: DeploymentRecord | undefined, facts: StoredImage | undefined) {
  const own = facts?.labels[LABEL.owner] === environment.owner ? facts.labels[LABEL.pullRequest] : undefined
  if (own === undefined) return record?.pullRequest ?? environment.pullRequest
  const number = Number(own)
  return Number.isSafeInteger(number) && number > 0 ? number : undefined
}

/**
 * The time of the oldest record from which on it was there without a break. A preview keeps its newest record alone, but
 * leaves the containers of what did not change: the container's own time is then the older, and right.
 */
function sinceOf(
  { environment, records }: SeenEnvironment,
  service: string,
  digests: readonly string[],
  own: readonly Container[],
) {
  const created = new Date(Math.min(...own.map(({ createdAt }) => createdAt.getTime())))
  const has = ({ placed }: DeploymentRecord) =>
    placed.some((one) => one.service === service && digests.includes(digestIn(one.reference)))
  const end = records.findIndex((record) => !has(record))
  const oldest = records[(end === -1 ? records.length : end) - 1]
  if (oldest === undefined) return created
  return environment.kind === 'preview' && created < oldest.deployedAt ? created : oldest.deployedAt
}
