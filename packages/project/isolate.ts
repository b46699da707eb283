import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { hostName, LABEL, type Labels, parseBytes, UserError } from '@mayfly/core'
import type { ComposeFileUse, ComposeModel, ComposeService } from './model.ts'
import type { Project, Service } from './project.ts'

/** What one container may use. */
export interface Limits {
  /** Bytes. */
  memory: number
  /** Processors; fractions are fine. */
  cpus: number
  pids: number
}

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
  const scheme = place.tls === 'off' ? 'http' : 'https'
  const standardPort = place.tls === 'off' ? 80 : 443
  const url = (host: string, path = '') => `${scheme}://${host}${place.listen === standardPort ? '' : `:${place.listen}`}${path}`
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
      ...routing.labels,
    }
    const isolated = withoutHost(source, place, notices, service.name)
    isolated.image = image.reference
    isolated.pull_policy = 'never'
    isolated.labels = labels
    isolated.environment = {
      MAYFLY_ENVIRONMENT: place.id,
      MAYFLY_URL: url(hostName(place.id, place.domain)),
      ...source.environment,
    }
    useFiles(isolated, source, files, service.name, model, place.id)
    startFast(isolated)
    const config = hashOf([isolated, (isolated.configs ?? []).map((use) => model.configs?.[use.source])])
    isolated.labels = { ...labels, [LABEL.config]: config }
    model.services[service.name] = isolated
    services.push({
      name: service.name,
      config,
      urls: [...routing.hosts, ...routing.routes].map((host) => url(...splitRoute(host))),
      fixedOn: routing.port === undefined || replicas(source) > 1 ? undefined : Object.keys(isolated.networks ?? {}).sort()[0],
    })
  }
  return { model, networks, services, notices }
}

/**
 * Gives every service that the gateway talks to a fixed address from the upper half of its network, which the engine
 * leaves alone when it hands out addresses itself. A container that restarts by itself is then where it was.
 */
export function withAddresses(isolated: Isolated, subnets: Readonly<Record<string, string>>): ComposeModel {
  const model = structuredClone(isolated.model)
  const taken = new Map<string, Set<number>>()
  for (const service of [...isolated.services].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const network = isolated.networks.find((candidate) => candidate.key === service.fixedOn)
    const subnet = network && subnets[network.name]
    const target = model.services[service.name]
    if (service.fixedOn === undefined || subnet === undefined || target === undefined) continue
    const used = taken.get(service.fixedOn) ?? new Set()
    taken.set(service.fixedOn, used)
    const { upper, size } = halves(subnet)
    // The place follows from the name, so that a service that comes or goes seldom moves another.
    let slot = Number.parseInt(hashOf(service.name).slice(0, 8), 16) % size
    while (used.has(slot)) slot = (slot + 1) % size
    used.add(slot)
    target.networks = {
      ...target.networks,
      [service.fixedOn]: { ...target.networks?.[service.fixedOn], ipv4_address: upper(slot) },
    }
  }
  return model
}

/** The upper half of a subnet, without the broadcast address. */
function halves(subnet: string): { upper: (slot: number) => string; size: number } {
  const [address = '', bits = '32'] = subnet.split('/')
  const start = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const half = 2 ** (32 - Number(bits)) / 2
  const upper = (slot: number) => [24, 16, 8, 0].map((shift) => Math.floor((start + half + slot) / 2 ** shift) % 256).join('.')
  return { upper, size: half - 1 }
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

function limit(service: ComposeService, limits: Limits, notices: string[], name: string): void {
  const declared = service.deploy?.resources?.limits ?? {}
  const memory = smallest(limits.memory, bytes(declared.memory), bytes(service.mem_limit))
  const cpus = smallest(limits.cpus, number(declared.cpus), number(service.cpus))
  const pids = smallest(limits.pids, number(declared.pids), number(service.pids_limit))
  for (const [what, wanted, given] of [
    ['memory', bytes(declared.memory ?? service.mem_limit), memory],
    ['cpus', number(declared.cpus ?? service.cpus), cpus],
    ['pids', number(declared.pids ?? service.pids_limit), pids],
  ] as const) {
    if (wanted !== undefined && wanted > given)
      notices.push(`${name}: ${what} is limited to ${given}; the file asks for ${wanted}.`)
  }
  for (const key of ['mem_limit', 'memswap_limit', 'mem_reservation', 'mem_swappiness', 'cpus', 'pids_limit']) delete service[key]
  service.deploy = { ...service.deploy, resources: { limits: { cpus: String(cpus), memory: String(memory), pids } } }
}

function smallest(limit: number, ...declared: (number | undefined)[]): number {
  return Math.min(limit, ...declared.flatMap((value) => (value === undefined || value <= 0 ? [] : [value])))
}

function bytes(value: unknown): number | undefined {
  return typeof value === 'string' || typeof value === 'number' ? parseBytes(String(value), 'memory limit') : undefined
}

function number(value: unknown): number | undefined {
  const parsed = typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN
  return Number.isFinite(parsed) ? parsed : undefined
}

interface TextFile {
  name: string
  content: string
}

/** Configs and secrets as text: an engine elsewhere cannot mount a file of this checkout, but Compose can carry its content. */
async function readFiles(project: Project): Promise<Map<string, TextFile>> {
  const files = new Map<string, TextFile>()
  for (const kind of ['configs', 'secrets'] as const) {
    for (const [name, file] of Object.entries(project.model[kind] ?? {})) {
      if (file.content !== undefined) files.set(`${kind}/${name}`, { name: `${kind}_${name}`, content: file.content })
      if (file.file === undefined) continue
      const data = await readFile(file.file)
      const content = data.toString('utf8')
      if (!Buffer.from(content, 'utf8').equals(data)) {
        throw new UserError(`${kind}.${name} (${file.file}) is not text.`, { cure: 'Add a binary file to the image instead.' })
      }
      // What goes to Compose is interpolated once more.
      files.set(`${kind}/${name}`, { name: `${kind}_${name}`, content: content.replaceAll('$', '$$$$') })
    }
  }
  return files
}

function useFiles(
  service: ComposeService,
  source: ComposeService,
  files: Map<string, TextFile>,
  name: string,
  model: ComposeModel,
  id: string,
) {
  const uses: ComposeFileUse[] = []
  for (const kind of ['configs', 'secrets'] as const) {
    for (const use of source[kind] ?? []) {
      const file = files.get(`${kind}/${use.source}`)
      if (file === undefined) throw new Error(`${name} uses ${kind} ${use.source}, which the model does not hold`)
      const folder = kind === 'secrets' ? '/run/secrets/' : '/'
      const target = use.target ?? use.source
      uses.push({ ...use, source: file.name, target: target.startsWith('/') ? target : folder + target })
      model.configs = { ...model.configs, [file.name]: { name: `${id}_${file.name}`, content: file.content } }
    }
  }
  if (uses.length > 0) service.configs = uses
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

/** Independent of the order in which keys were written. */
function hashOf(value: unknown): string {
  const sorted = JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  )
  return createHash('sha256').update(sorted).digest('hex').slice(0, 16)
}
