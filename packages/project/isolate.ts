import { relative } from 'node:path'
import { hostName, LABEL, type Labels } from '@mayfly/core'
import { hashOf } from './hash.ts'
import { type Limits, limit } from './limits.ts'
import type { ComposeModel, ComposeService } from './model.ts'
import type { Project, Service, TestFields } from './project.ts'
import { readFiles, useFiles } from './text-files.ts'

/** The environment that a project becomes part of. */
export interface Place {
  id: string
  /** The name that people reach it under: `<id>.<domain>`. */
  domain: string
  /** The gateway's port on the host. */
  listen: number
  tls: 'off' | 'auto' | 'internal'
  limits: Limits
  /** Labels of the environment; the same on everything that is created. */
  labels: Labels
}

/** What runs for one service: an image by digest, and where it came from. */
export interface Placed {
  service: string
  reference: string
  /** `name@version` of the artifact, or the ready image's reference. */
  name: string
  revision: string
  key: string
  /** TCP ports that the image exposes. */
  ports: readonly number[]
  /** The pull request that it was built for, where that is known. */
  pullRequest?: number
  /** The commit of the release that it is part of: its project is what it belongs to. */
  releasedAt?: string
  /** Whether it was there before the run that places it. */
  reused?: boolean
  /** Why it was built or reused, one sentence. */
  why?: string
}

export interface Isolated {
  /** Ready for `docker compose -f -`, but for the addresses that only the engine knows (see `withAddresses`). */
  model: ComposeModel
  networks: { key: string; name: string; internal: boolean; members: number }[]
  services: IsolatedService[]
  notices: string[]
}

export interface IsolatedService {
  name: string
  /** Hash of everything that makes its containers what they are. */
  config: string
  urls: string[]
  /** The one network it has a fixed address on, so that a restart does not move it; undefined: not reached from outside. */
  fixedOn: string | undefined
}

/** Ports whose protocol is known not to be HTTP: a URL for these would only confuse. */
const NOT_HTTP = new Set([22, 25, 465, 587, 1433, 1521, 2181, 3306, 4222, 5432, 5672, 6379, 9042, 9092, 11211, 27017])

/** While a service starts, its health check runs this often: Docker's default interval would add up to 30 s to every preview. */
const START_INTERVAL = '250ms'
const START_PERIOD = '30s'

/**
 * Makes a project one environment's own: names, networks, limits, labels, no way to the host.
 * @throws UserError where a config or secret is not text.
 */
export async function isolate(project: Project, place: Place, placed: readonly Placed[]): Promise<Isolated> {
  const notices: string[] = []
  const files = await readFiles(project)
  const networks = networksOf(project, place)
  const services: IsolatedService[] = []
  const model: ComposeModel = { name: place.id, services: {}, networks: {}, volumes: {}, configs: {} }
  for (const network of networks) model.networks = { ...model.networks, [network.key]: { name: network.name, external: true } }
  for (const key of Object.keys(project.model.volumes ?? {})) {
    model.volumes = { ...model.volumes, [key]: { name: `${place.id}_${key}`, labels: { ...place.labels, [LABEL.role]: 'data' } } }
  }
  for (const service of project.services) {
    const source = project.model.services[service.name]
    const image = placed.find((candidate) => candidate.service === service.name)
    if (source === undefined || image === undefined) throw new Error(`${service.name} has no model or no artifact`)
    const routing = routingOf(project, service, place, image.ports)
    if (Object.keys(source.labels ?? {}).length > 0)
      notices.push(`${service.name}: its labels are left out; another program on the host might act on them.`)
    const labels = {
      ...place.labels,
      [LABEL.role]: 'service',
      [LABEL.service]: service.name,
      [LABEL.artifact]: image.name,
      [LABEL.revision]: image.revision,
      [LABEL.key]: image.key,
      [LABEL.coverage]: coverageLabel(project, service),
      ...routing.labels,
    }
    const isolated = withoutHost(source, place, notices, service.name)
    isolated.image = image.reference
    isolated.pull_policy = 'never'
    isolated.labels = labels
    isolated.environment = {
      MAYFLY_ENVIRONMENT: place.id,
      MAYFLY_URL: urlOf(place, hostName(place.id, place.domain)),
      ...source.environment,
    }
    useFiles(isolated, source, files, service.name, model, place.id)
    startFast(isolated)
    const config = hashOf([isolated, (isolated.configs ?? []).map((use) => model.configs?.[use.source])])
    isolated.labels = { ...labels, [LABEL.config]: config }
    model.services[service.name] = isolated
    if (service.test !== undefined) {
      asTest(isolated, service.test)
      continue
    }
    services.push({
      name: service.name,
      config,
      urls: [...routing.hosts, ...routing.routes].map((host) => urlOf(place, ...splitRoute(host))),
      fixedOn: routing.port === undefined || replicas(source) > 1 ? undefined : Object.keys(isolated.networks ?? {}).sort()[0],
    })
  }
  return { model, networks, services, notices }
}

function networksOf(project: Project, place: Place): Isolated['networks'] {
  const used = new Map<string, number>()
  for (const service of Object.values(project.model.services)) {
    for (const key of attachments(service)) used.set(key, (used.get(key) ?? 0) + replicas(service))
  }
  return [...used].sort().map(([key, members]) => ({
    key,
    name: `${place.id}_${key}`,
    internal: project.model.networks?.[key]?.internal === true,
    members,
  }))
}

function attachments(service: ComposeService): string[] {
  if (service.network_mode !== undefined) return []
  return Object.keys(service.networks ?? { default: null })
}

function replicas(service: ComposeService): number {
  return service.deploy?.replicas ?? service.scale ?? 1
}

/** It lies in the model, ready to be run, but is neither started nor waited for with the others: nothing asks for its profile. */
function asTest(service: ComposeService, test: TestFields): void {
  service.profiles = [TEST_PROFILE]
  service.labels = { ...service.labels, [LABEL.role]: 'test', [LABEL.test]: JSON.stringify(test) }
  // It runs once; whoever starts it waits for its end.
  delete service.restart
}

/** The Compose profile of test services. No input can switch it on: profiles that users name are gone from a model by now. */
export const TEST_PROFILE = 'mayfly-test'

/** Empty where a service is not asked for coverage. `directory`: where its sources are in the repository. */
function coverageLabel(project: Project, { name, source, coverage }: Service): string {
  if (coverage.kind === 'none' || project.root === '') return ''
  const folder = source.kind === 'function' ? source.directory : source.kind === 'build' ? source.context : project.root
  // A function's source map names its files as the checkout does, relative to where it lies in its image.
  const own = source.kind === 'function' ? { '/app': '' } : mounted(project, name)
  const paths = { ...own, ...coverage.paths }
  return JSON.stringify({ ...coverage, paths, directory: relative(project.root, folder).replaceAll('$', '$$$$') })
}

/** What of the checkout lies where in a service's container, folders and files. */
function mounted(project: Project, name: string): Record<string, string> {
  const mounts = project.model.services[name]?.volumes ?? []
  return Object.fromEntries(
    mounts.flatMap(({ type, source, target }) =>
      type === 'bind' && source !== undefined ? [[target, relative(project.root, source).replaceAll('$', '$$$$')]] : [],
    ),
  )
}

/** Which names lead to a service, as labels. Every key is always written: a label that an image brings along must never count. */
function routingOf(project: Project, service: Service, place: Place, exposed: readonly number[]) {
  const isDefault = service.name === project.defaultService
  const found = service.port ?? (isDefault || service.source.kind !== 'image' ? exposed[0] : undefined)
  const port = service.public && found !== undefined && (isDefault || !NOT_HTTP.has(found)) ? found : undefined
  const main = hostName(place.id, place.domain)
  const hosts = port === undefined ? [] : [...(isDefault ? [main] : []), hostName(place.id, place.domain, service.name)]
  const routes = port === undefined || service.route === undefined || service.route === '/' ? [] : [`${main}${service.route}`]
  if (port !== undefined && service.route === '/' && !isDefault) hosts.unshift(main)
  const labels = {
    [LABEL.hosts]: hosts.join(' '),
    [LABEL.routes]: routes.join(' '),
    [LABEL.port]: port === undefined ? '' : String(port),
    [LABEL.tls]: place.tls,
    [LABEL.listen]: String(place.listen),
  }
  return { port, hosts, routes, labels }
}

/** The URL of a host name of this place. */
export function urlOf(place: Pick<Place, 'tls' | 'listen'>, host: string, path = ''): string {
  const [scheme, usual] = place.tls === 'off' ? ['http', 80] : ['https', 443]
  return `${scheme}://${host}${place.listen === usual ? '' : `:${place.listen}`}${path}`
}

function splitRoute(route: string): [string, string] {
  const slash = route.indexOf('/')
  return slash < 0 ? [route, ''] : [route.slice(0, slash), route.slice(slash)]
}

/** A copy of the service without what ties it to one host, and with the limits of a preview. */
function withoutHost(source: ComposeService, place: Place, notices: string[], name: string): ComposeService {
  const { build: _, ports: __, container_name: ___, develop: ____, configs: _____, secrets: ______, ...kept } = source
  const service: ComposeService = structuredClone(kept)
  service.security_opt = ['no-new-privileges:true']
  if (service.network_mode === undefined) {
    service.networks = Object.fromEntries(
      Object.entries(source.networks ?? { default: null }).map(([key, attachment]) => [
        key,
        attachment?.aliases ? { aliases: attachment.aliases } : null,
      ]),
    )
  }
  // Bind mounts of the checkout are part of the artifact by now: the checkout does not outlive the run, nor is it on the engine's host.
  service.volumes = (source.volumes ?? []).filter((mount) => mount.type !== 'bind')
  if (service.stop_grace_period !== undefined) service.stop_grace_period = shorter(String(service.stop_grace_period))
  limit(service, place.limits, notices, name)
  return service
}

/** Compose's durations are `1m30s` or `10s`; a push must not wait longer than Docker's own default for what it replaces. */
function shorter(period: string): string {
  const seconds = /^(\d+)s$/.exec(period)?.[1]
  return seconds !== undefined && Number(seconds) <= 10 ? period : '10s'
}

/**
 * Only what is not said is added. A check that the image itself brings along is met too: the engine takes whatever a
 * container's check leaves out from the image's (and where that has none either, there is none).
 */
function startFast(service: ComposeService): void {
  const check = service.healthcheck ?? {}
  if (check.disable === true || check.start_interval !== undefined) return
  service.healthcheck = { ...check, start_interval: START_INTERVAL, start_period: check.start_period ?? START_PERIOD }
}
