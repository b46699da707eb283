import { LABEL, type Labels } from '@mayfly/core'
import { type Container, type Observed, observe, readStoredImage, type StoredImage } from '@mayfly/engine'
import { type DeploymentRecord, type Environment, environmentsOf, recordsOf } from '@mayfly/environment'
import { attempt, eachOf, type NotChecked, type ReachedHost, type TracedHost } from './tracing.ts'

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

/**
 * Every environment on every host, or this owner's alone. A host that fails in the middle is not half believed: it was
 * not checked; nor was an environment whose record cannot be read.
 */
export async function seeEnvironments(
  hosts: readonly TracedHost[],
  notChecked: NotChecked[],
  owner?: string,
): Promise<SeenEnvironment[]> {
  const seen = await Promise.all(
    hosts.map(async (host) => {
      const what = `what runs on ${host.name}`
      if ('engine' in host) return (await attempt(notChecked, what, () => seeHost(host, notChecked, owner))) ?? []
      notChecked.push({ what, why: host.unreachable })
      return []
    }),
  )
  return seen.flat()
}

async function seeHost({ name, engine }: ReachedHost, notChecked: NotChecked[], owner: string | undefined) {
  const observed = await observe(engine, owner === undefined ? {} : { owner })
  const environments = await readEnvironments(observed, name, notChecked)
  const ids = new Set(environments.flatMap((one) => one.observed.containers.map(({ imageId }) => imageId)))
  const find = (reference: string) => readStoredImage(engine, reference)
  const images = new Map<string, StoredImage>()
  await eachOf([...ids], async (id) => {
    const image = await find(id)
    if (image !== undefined) images.set(id, image)
  })
  return environments.map((environment): SeenEnvironment => {
    const records = recordsOf(environment.observed).map(({ record }) => record)
    return { host: name, environment, records, images, find }
  })
}

/** One by one: what somebody else's record says wrongly keeps nobody from seeing the others. */
async function readEnvironments(observed: Observed, host: string, notChecked: NotChecked[]): Promise<Environment[]> {
  const { containers, networks, volumes } = observed
  const ids = new Set([...containers, ...networks, ...volumes].map(({ labels }) => labels[LABEL.environment] ?? ''))
  const belongs = (id: string) => (one: { labels: Labels }) => one.labels[LABEL.environment] === id
  const read = [...ids].sort().map((id) => {
    const own = {
      containers: containers.filter(belongs(id)),
      networks: networks.filter(belongs(id)),
      volumes: volumes.filter(belongs(id)),
    }
    return attempt(notChecked, `${id} on ${host}`, async () => environmentsOf(own))
  })
  return (await Promise.all(read)).flatMap((one) => one ?? [])
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

/** Every service of every environment on each host, or of this owner's alone. */
export async function runningOn(hosts: readonly TracedHost[], notChecked: NotChecked[], owner?: string): Promise<Running[]> {
  return (await seeEnvironments(hosts, notChecked, owner)).flatMap(runningIn)
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
