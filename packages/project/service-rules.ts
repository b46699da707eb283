import { BUILD } from './build-rules.ts'
import { foreignHosts, foreignServers, insidePath, ownLabels } from './checks.ts'
import {
  type At,
  type Check,
  checked,
  dropped,
  eachEntry,
  eachItem,
  hit,
  keyed,
  list,
  oneOf,
  passes,
  type Rules,
  refused,
} from './rule.ts'

const HOST = 'Take it out: a preview shares nothing of its host.'
const LIMITS = 'Take it out: Mayfly limits memory, processors and processes; say less with `deploy.resources.limits`.'

/** What Docker grants by default anyway: dropping all and adding these back is good practice. */
export const CAPABILITIES = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'KILL', 'NET_BIND_SERVICE', 'SETGID', 'SETUID']
export const MOST_REPLICAS = 5

const capabilities: Check = eachItem((value, at) =>
  typeof value === 'string' && CAPABILITIES.includes(value.toUpperCase().replace(/^CAP_/, ''))
    ? []
    : hit(value, at, `Take it out; these pass: ${CAPABILITIES.join(', ')}.`),
)

const replicas: Check = (value, at) =>
  typeof value === 'number' && value <= MOST_REPLICAS ? [] : hit(value, at, `Ask for at most ${MOST_REPLICAS}.`)

/** A namespace of the container's own, or of another service of the project. */
function namespace(...also: string[]): Check {
  return (value, at) => {
    if (typeof value === 'string') {
      if (also.includes(value)) return []
      const service = /^service:(.+)$/.exec(value)?.[1]
      if (service !== undefined && Object.hasOwn(at.model.services, service)) return []
    }
    return hit(
      value,
      at,
      `Take it out${also.length > 0 ? ` or write ${also.join(' or ')}` : ''}; service:<name> of the same file passes.`,
    )
  }
}

const MOUNT: Rules = {
  type: checked('volume, bind, tmpfs', oneOf(['volume', 'bind', 'tmpfs'], 'Write volume, bind or tmpfs.')),
  source: passes,
  target: passes,
  read_only: passes,
  consistency: passes,
  volume: checked('nocopy, subpath', keyed({ nocopy: passes, subpath: passes })),
  tmpfs: checked('size, mode', keyed({ size: passes, mode: passes })),
  bind: checked(
    'create_host_path, private propagation',
    keyed({
      create_host_path: passes,
      propagation: checked(
        'private, rprivate',
        oneOf(['private', 'rprivate'], 'Take it out: mounts do not travel between a preview and its host.'),
      ),
      selinux: refused("Take it out: it relabels the host's files."),
    }),
  ),
}

const mounts: Check = eachItem((value, at) => {
  const kind = typeof value === 'object' && value !== null ? Reflect.get(value, 'type') : undefined
  const source = typeof value === 'object' && value !== null ? Reflect.get(value, 'source') : undefined
  const outside = kind === 'bind' ? insidePath(source, { ...at, path: [...at.path, 'source'] }) : []
  return [...outside, ...keyed(MOUNT)(value, at)]
})

const securityOptions: Check = eachItem(
  oneOf(
    ['no-new-privileges', 'no-new-privileges:true', 'no-new-privileges=true'],
    'Take it out; only no-new-privileges:true passes.',
  ),
)

const volumesFrom: Check = eachItem((value, at) =>
  typeof value === 'string' && Object.hasOwn(at.model.services, value.replace(/:(ro|rw|z)$/, ''))
    ? []
    : hit(value, at, 'Name a service of the same file.'),
)

const HOOK: Rules = {
  command: passes,
  environment: passes,
  privileged: refused('Take it out: nothing in a preview runs with extra rights.'),
  user: passes,
  working_dir: passes,
}

const AMOUNTS: Rules = { cpus: passes, memory: passes, pids: passes }
const DEPLOY: Rules = {
  mode: passes,
  replicas: checked(`at most ${MOST_REPLICAS}`, replicas),
  endpoint_mode: passes,
  labels: checked('any but dev.mayfly.* and com.docker.*', ownLabels),
  placement: passes,
  restart_policy: passes,
  update_config: passes,
  rollback_config: passes,
  resources: checked(
    'cpus, memory, pids; no devices',
    keyed({
      limits: checked('cpus, memory, pids', keyed(AMOUNTS)),
      reservations: checked(
        'cpus, memory',
        keyed({
          ...AMOUNTS,
          devices: refused(HOST),
          generic_resources: refused('Take it out: no such resource is kept for previews.'),
        }),
      ),
    }),
  ),
}

const ATTACHMENT: Rules = {
  aliases: passes,
  priority: passes,
  ipv4_address: refused('Take it out: each preview has a small network of its own, with other addresses.'),
  ipv6_address: refused('Take it out: each preview has a small network of its own, with other addresses.'),
  link_local_ips: refused(HOST),
  mac_address: refused(HOST),
  driver_opts: refused(HOST),
}

const MODE: Rules = { source: passes, target: passes, uid: passes, gid: passes, mode: passes }

export const SERVICE: Rules = {
  annotations: refused('Take it out: container runtimes act on annotations.'),
  attach: passes,
  blkio_config: checked('weight', keyed({ weight: passes })),
  build: checked('see Builds', (value, at) => BUILD(value, at)),
  cap_add: checked(CAPABILITIES.join(', '), capabilities),
  cap_drop: passes,
  cgroup: checked('private', oneOf(['private'], 'Write private or take it out.')),
  cgroup_parent: refused(HOST),
  command: passes,
  configs: checked('files and texts of the repository', eachItem(keyed(MODE))),
  container_name: refused('Take it out: a fixed name can exist only once on a host; use the service name.'),
  cpu_count: refused(LIMITS),
  cpu_percent: refused(LIMITS),
  cpu_period: refused(LIMITS),
  cpu_quota: refused(LIMITS),
  cpu_rt_period: refused(LIMITS),
  cpu_rt_runtime: refused(LIMITS),
  cpu_shares: checked('up to 1024', (value, at) => (typeof value === 'number' && value <= 1024 ? [] : hit(value, at, LIMITS))),
  cpus: passes,
  cpuset: refused(LIMITS),
  credential_spec: refused(HOST),
  depends_on: passes,
  deploy: checked('replicas, limits and policies', keyed(DEPLOY)),
  develop: dropped('a preview does not watch files'),
  device_cgroup_rules: refused(HOST),
  devices: refused(HOST),
  dns: checked('public servers', foreignServers),
  dns_opt: passes,
  dns_search: passes,
  domainname: passes,
  entrypoint: passes,
  env_file: checked('files of the repository', () => []),
  environment: checked('values; names alone only where .env or the workflow gives a value', environment),
  expose: passes,
  extends: checked('files of the repository', () => []),
  external_links: refused('Take it out: a preview reaches only its own services.'),
  extra_hosts: checked("addresses that are not the host's, link-local or a metadata service's", foreignHosts),
  gpus: refused(HOST),
  group_add: refused("Take it out: groups such as docker's open the host's files."),
  healthcheck: passes,
  hostname: passes,
  image: passes,
  init: passes,
  ipc: checked('private, shareable, none, service:<name>', namespace('private', 'shareable', 'none')),
  isolation: refused(HOST),
  label_file: checked('files of the repository', () => []),
  labels: checked('any but dev.mayfly.* and com.docker.*', ownLabels),
  links: passes,
  logging: refused('Take it out: logs stay with the engine, where Mayfly reads them.'),
  mac_address: refused(HOST),
  mem_limit: passes,
  mem_reservation: passes,
  mem_swappiness: passes,
  memswap_limit: passes,
  models: refused('Take it out: no models are served to previews.'),
  network_mode: checked('none, service:<name>', namespace('none')),
  networks: checked('aliases, priority', eachEntry(keyed(ATTACHMENT))),
  oom_kill_disable: refused(LIMITS),
  oom_score_adj: refused(LIMITS),
  pid: checked('service:<name>', namespace()),
  pids_limit: passes,
  platform: passes,
  ports: dropped('the gateway reaches the container itself'),
  post_start: checked('without privileged', eachItem(keyed(HOOK))),
  pre_stop: checked('without privileged', eachItem(keyed(HOOK))),
  privileged: refused('Take it out: a privileged container is root on its host.'),
  profiles: passes,
  provider: refused('Take it out: a provider is a program that runs on the runner.'),
  pull_policy: passes,
  pull_refresh_after: passes,
  read_only: passes,
  restart: passes,
  runtime: refused(HOST),
  scale: checked(`at most ${MOST_REPLICAS}`, replicas),
  secrets: checked('files and texts of the repository', eachItem(keyed(MODE))),
  security_opt: checked('no-new-privileges:true', securityOptions),
  shm_size: passes,
  stdin_open: passes,
  stop_grace_period: passes,
  stop_signal: passes,
  storage_opt: refused(HOST),
  sysctls: refused(HOST),
  tmpfs: passes,
  tty: passes,
  ulimits: passes,
  use_api_socket: refused("Take it out: the engine's socket is root on its machine."),
  user: passes,
  userns_mode: refused(HOST),
  uts: refused(HOST),
  volumes: checked('volumes, tmpfs, and files and folders of the repository', mounts),
  volumes_from: checked('services of the same file', volumesFrom),
  working_dir: passes,
}

function environment(value: unknown, at: At): ReturnType<Check> {
  return list(value)
    .flatMap((item) => (typeof item === 'object' && item !== null ? Object.entries(item) : []))
    .flatMap(([name, text]) =>
      text === null
        ? hit(
            name,
            { ...at, path: [...at.path, name] },
            `Write ${name}: value, define it in .env, or let the workflow pass ${name} on.`,
          )
        : [],
    )
}
