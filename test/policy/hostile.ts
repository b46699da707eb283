import type { LoadInput } from './checkout.ts'

export interface Hostile extends LoadInput {
  name: string
  /** The fields that are named, all of them. */
  fields?: string[]
  /** A piece of one of the cures. */
  cure?: RegExp
  /** Refused before there are findings, with this message. */
  message?: RegExp
  /** The line of the first finding, where the file tells. */
  line?: number
}

const OUTSIDE = /inside the repository/
const HOST = /nothing of its host/
const SOCKET = /root on its machine/

/** One service `web` with these lines; the first of them is line 4. */
function web(lines: string, more = ''): { 'compose.yaml': string } {
  const indented = lines.split('\n').map((line) => `    ${line}`)
  return { 'compose.yaml': ['services:', '  web:', '    image: caddy', ...indented, more].join('\n') }
}

function build(lines: string, more = ''): Record<string, string> {
  return { Dockerfile: 'FROM scratch\n', ...web(`build:\n  context: .\n${lines.replace(/^/gm, '  ')}`, more) }
}

const OTHER = '  other: { image: caddy }'

/** Everything that a pull request could try. Each one is refused, by the fields named here. */
export const hostile: readonly Hostile[] = [
  // What a container may do.
  {
    name: 'a privileged container',
    files: web('privileged: true'),
    fields: ['services.web.privileged'],
    cure: /root on its host/,
    line: 4,
  },
  {
    name: 'a capability over the system',
    files: web('cap_add: [CHOWN, SYS_ADMIN]'),
    fields: ['services.web.cap_add[1]'],
    cure: /these pass: CHOWN/,
  },
  {
    name: 'all capabilities, in lower case',
    files: web('cap_add: [cap_all]'),
    fields: ['services.web.cap_add[0]'],
    cure: /these pass/,
  },
  { name: 'raw network packets', files: web('cap_add: [NET_RAW]'), fields: ['services.web.cap_add[0]'], cure: /these pass/ },
  {
    name: 'no seccomp',
    files: web('security_opt: ["seccomp:unconfined"]'),
    fields: ['services.web.security_opt[0]'],
    cure: /no-new-privileges/,
  },
  {
    name: 'new privileges allowed again',
    files: web('security_opt: ["no-new-privileges:false"]'),
    fields: ['services.web.security_opt[0]'],
    cure: /no-new-privileges:true/,
  },
  {
    name: 'no AppArmor',
    files: web('security_opt: ["apparmor=unconfined"]'),
    fields: ['services.web.security_opt[0]'],
    cure: /no-new-privileges/,
  },
  { name: 'a group of the host', files: web('group_add: ["999"]'), fields: ['services.web.group_add'], cure: /docker's/ },
  { name: 'a runtime of its own', files: web('runtime: sysbox'), fields: ['services.web.runtime'], cure: HOST },
  { name: 'kernel settings', files: web('sysctls: { net.ipv4.ip_forward: 1 }'), fields: ['services.web.sysctls'], cure: HOST },
  {
    name: 'annotations',
    files: web('annotations: { run.oci.handler: krun }'),
    fields: ['services.web.annotations'],
    cure: /act on annotations/,
  },
  {
    name: 'Windows credentials',
    files: web('credential_spec: { file: ./c.json }'),
    fields: ['services.web.credential_spec'],
    cure: HOST,
  },
  { name: 'storage options', files: web('storage_opt: { size: 900G }'), fields: ['services.web.storage_opt'], cure: HOST },
  { name: 'an isolation technology', files: web('isolation: process'), fields: ['services.web.isolation'], cure: HOST },
  // Namespaces.
  { name: "the host's network", files: web('network_mode: host'), fields: ['services.web.network_mode'], cure: /none/ },
  { name: 'the bridge that all share', files: web('network_mode: bridge'), fields: ['services.web.network_mode'], cure: /none/ },
  {
    name: "another container's network",
    files: web('network_mode: "container:gateway"'),
    fields: ['services.web.network_mode'],
    cure: /service:<name>/,
  },
  { name: "the host's processes", files: web('pid: host'), fields: ['services.web.pid'], cure: /service:<name>/ },
  {
    name: "another container's processes",
    files: web('pid: "container:db"'),
    fields: ['services.web.pid'],
    cure: /service:<name>/,
  },
  { name: "the host's shared memory", files: web('ipc: host'), fields: ['services.web.ipc'], cure: /private/ },
  { name: "another container's shared memory", files: web('ipc: "container:x"'), fields: ['services.web.ipc'], cure: /private/ },
  { name: "the host's names", files: web('uts: host'), fields: ['services.web.uts'], cure: HOST },
  { name: "the host's users", files: web('userns_mode: host'), fields: ['services.web.userns_mode'], cure: HOST },
  { name: "the host's control groups", files: web('cgroup: host'), fields: ['services.web.cgroup'], cure: /private/ },
  { name: 'a control group elsewhere', files: web('cgroup_parent: /'), fields: ['services.web.cgroup_parent'], cure: HOST },
  // Devices.
  { name: 'a device', files: web('devices: ["/dev/sda:/dev/sda"]'), fields: ['services.web.devices'], cure: HOST },
  {
    name: 'a rule for devices',
    files: web('device_cgroup_rules: ["c 1:3 mr"]'),
    fields: ['services.web.device_cgroup_rules'],
    cure: HOST,
  },
  { name: 'graphics cards', files: web('gpus: all'), fields: ['services.web.gpus'], cure: HOST },
  {
    name: 'reserved devices',
    files: web('deploy: { resources: { reservations: { devices: [{ capabilities: [gpu] }] } } }'),
    fields: ['services.web.deploy.resources.reservations.devices'],
    cure: HOST,
  },
  {
    name: 'weights of devices',
    files: web('blkio_config: { device_read_bps: [{ path: /dev/sda, rate: 1mb }] }'),
    fields: ['services.web.blkio_config.device_read_bps'],
    cure: /not known to be safe/,
  },
  // Limits.
  {
    name: 'never killed for its memory',
    files: web('oom_kill_disable: true'),
    fields: ['services.web.oom_kill_disable'],
    cure: /limits/,
  },
  { name: 'killed last', files: web('oom_score_adj: -1000'), fields: ['services.web.oom_score_adj'], cure: /limits/ },
  {
    name: 'a hundred replicas',
    files: web('deploy: { replicas: 100 }'),
    fields: ['services.web.deploy.replicas'],
    cure: /at most 5/,
  },
  { name: 'a scale of six', files: web('scale: 6'), fields: ['services.web.scale'], cure: /at most 5/ },
  { name: 'real-time processors', files: web('cpu_rt_runtime: 950000'), fields: ['services.web.cpu_rt_runtime'], cure: /limits/ },
  { name: 'chosen processors', files: web('cpuset: "0-1"'), fields: ['services.web.cpuset'], cure: /limits/ },
  { name: 'a giant share', files: web('cpu_shares: 200000'), fields: ['services.web.cpu_shares'], cure: /limits/ },
  // Mounts.
  {
    name: "the engine's socket",
    files: web('volumes: ["/var/run/docker.sock:/var/run/docker.sock"]'),
    fields: ['services.web.volumes[0].source'],
    cure: SOCKET,
    line: 4,
  },
  {
    name: "containerd's socket, read-only",
    files: web('volumes: [{ type: bind, source: /run/containerd/containerd.sock, target: /s, read_only: true }]'),
    fields: ['services.web.volumes[0].source'],
    cure: SOCKET,
  },
  {
    name: "podman's socket",
    files: web('volumes: ["/run/podman/podman.sock:/s"]'),
    fields: ['services.web.volumes[0].source'],
    cure: SOCKET,
  },
  {
    name: 'the socket through a link with another name',
    files: { ...web('volumes: ["./data:/d"]'), data: { link: '/var/run/docker.sock' } },
    fields: ['services.web.volumes[0].source'],
    cure: OUTSIDE,
  },
  { name: 'the whole disk', files: web('volumes: ["/:/host"]'), fields: ['services.web.volumes[0].source'], cure: OUTSIDE },
  {
    name: 'a path that climbs out',
    files: web('volumes: ["../:/host"]'),
    fields: ['services.web.volumes[0].source'],
    cure: OUTSIDE,
  },
  {
    name: 'a link that leads out',
    files: { ...web('volumes: ["./data/etc:/d"]'), data: { link: '/' } },
    fields: ['services.web.volumes[0].source'],
    cure: OUTSIDE,
  },
  {
    name: 'a link that leads nowhere yet',
    files: { ...web('volumes: ["./data:/d"]'), data: { link: '/nowhere/at/all' } },
    fields: ['services.web.volumes[0].source'],
    cure: OUTSIDE,
  },
  {
    name: 'the home of whoever runs it',
    files: web('volumes: ["~/.ssh:/ssh"]'),
    fields: ['services.web.volumes[0].source'],
    cure: OUTSIDE,
  },
  {
    name: "git's folder with the token of the run",
    files: { ...web('volumes: ["./.git:/g"]'), '.git/config': 'x' },
    fields: ['services.web.volumes[0].source'],
    cure: OUTSIDE,
  },
  {
    name: 'a path from .env',
    files: { ...web(`volumes: ["\${WHERE}:/d"]`), '.env': 'WHERE=/etc\n' },
    fields: ['services.web.volumes[0].source'],
    cure: OUTSIDE,
  },
  {
    name: 'mounts that travel to the host',
    files: web('volumes: [{ type: bind, source: ./d, target: /d, bind: { propagation: rshared } }]'),
    fields: ['services.web.volumes[0].bind.propagation'],
    cure: /do not travel/,
  },
  {
    name: 'files of the host relabelled',
    files: web('volumes: [{ type: bind, source: ./d, target: /d, bind: { selinux: Z } }]'),
    fields: ['services.web.volumes[0].bind.selinux'],
    cure: /relabels/,
  },
  {
    name: 'a named pipe',
    files: web('volumes: [{ type: npipe, source: "\\\\\\\\.\\\\pipe\\\\docker_engine", target: /p }]'),
    fields: ['services.web.volumes[0].type'],
    cure: /volume, bind or tmpfs/,
  },
  {
    name: "another container's volumes",
    files: web('volumes_from: ["container:gateway"]'),
    fields: ['services.web.volumes_from[0]'],
    cure: /same file/,
  },
  {
    name: 'a volume that is a mount of the host',
    files: web('volumes: ["data:/d"]', 'volumes: { data: { driver: local, driver_opts: { type: none, o: bind, device: / } } }'),
    fields: ['volumes.data.driver_opts'],
    cure: /reach the host/,
  },
  {
    name: 'a volume over NFS',
    files: web('volumes: ["data:/d"]', 'volumes: { data: { driver_opts: { type: nfs, o: "addr=10.0.0.1", device: ":/" } } }'),
    fields: ['volumes.data.driver_opts'],
    cure: /reach the host/,
  },
  {
    name: 'a volume driver',
    files: web('volumes: ["data:/d"]', 'volumes: { data: { driver: vieux/sshfs } }'),
    fields: ['volumes.data.driver'],
    cure: /local/,
  },
  {
    name: 'a volume of somebody else',
    files: web('volumes: ["data:/d"]', 'volumes: { data: { external: true } }'),
    fields: ['volumes.data.external', 'volumes.data.name'],
    cure: /outside of it/,
  },
  {
    name: 'a volume by a name of its own',
    files: web('volumes: ["data:/d"]', 'volumes: { data: { name: acme-pr-1_d } }'),
    fields: ['volumes.data.name'],
    cure: /shared with others/,
  },
  // Networks.
  {
    name: 'a network of somebody else',
    files: web('networks: [n]', 'networks: { n: { external: true, name: gateway } }'),
    fields: ['networks.n.external', 'networks.n.name'],
    cure: /outside of it/,
  },
  {
    name: 'a network on the wire',
    files: web('networks: [n]', 'networks: { n: { driver: macvlan, driver_opts: { parent: eth0 } } }'),
    fields: ['networks.n.driver', 'networks.n.driver_opts'],
    cure: /bridge/,
  },
  {
    name: 'a subnet of its own',
    files: web('networks: [n]', 'networks: { n: { ipam: { config: [{ subnet: 172.17.0.0/16 }] } } }'),
    fields: ['networks.n.ipam.config'],
    cure: /small network/,
  },
  {
    name: 'a network that anything may join',
    files: web('networks: [n]', 'networks: { n: { attachable: true } }'),
    fields: ['networks.n.attachable'],
    cure: /join/,
  },
  {
    name: 'the name of another network',
    files: web('networks: [n]', 'networks: { n: { name: acme-pr-1_default } }'),
    fields: ['networks.n.name'],
    cure: /shared with others/,
  },
  {
    name: 'a fixed address',
    files: web('networks: { n: { ipv4_address: 10.1.2.3 } }', 'networks: { n: }'),
    fields: ['services.web.networks.n.ipv4_address'],
    cure: /small network/,
  },
  {
    name: 'a hardware address',
    files: web('mac_address: "02:42:ac:11:00:02"'),
    fields: ['services.web.mac_address'],
    cure: HOST,
  },
  {
    name: 'the host by name',
    files: web('extra_hosts: ["host:host-gateway"]'),
    fields: ['services.web.extra_hosts[0]'],
    cure: /metadata/,
  },
  {
    name: 'the metadata service by name',
    files: web('extra_hosts: { ok: 203.0.113.1, m: 169.254.169.254 }'),
    fields: ['services.web.extra_hosts[0]'],
    cure: /metadata/,
  },
  {
    name: 'loopback in IPv6 clothes',
    files: web('extra_hosts: ["h=::ffff:127.0.0.1"]'),
    fields: ['services.web.extra_hosts[0]'],
    cure: /metadata/,
  },
  { name: 'a name server on the host', files: web('dns: [127.0.0.53]'), fields: ['services.web.dns[0]'], cure: /public/ },
  {
    name: 'links to other containers',
    files: web('external_links: [gateway]'),
    fields: ['services.web.external_links'],
    cure: /own services/,
  },
  // Records.
  {
    name: 'a fixed container name',
    files: web('container_name: mayfly-gateway'),
    fields: ['services.web.container_name'],
    cure: /only once/,
  },
  {
    name: "a label that is Mayfly's",
    files: web('labels: { dev.mayfly.owner: other/repository }'),
    fields: ['services.web.labels["dev.mayfly.owner"]'],
    cure: /records/,
    line: 4,
  },
  {
    name: "a label that is Compose's, as a list",
    files: web('labels: ["com.docker.compose.project=other"]'),
    fields: ['services.web.labels["com.docker.compose.project"]'],
    cure: /records/,
  },
  {
    name: 'a label on a volume',
    files: web('volumes: ["data:/d"]', 'volumes: { data: { labels: { dev.mayfly.owner: x } } }'),
    fields: ['volumes.data.labels["dev.mayfly.owner"]'],
    cure: /records/,
  },
  {
    name: 'a label on a network',
    files: web('networks: [n]', 'networks: { n: { labels: { dev.mayfly.kind: named } } }'),
    fields: ['networks.n.labels["dev.mayfly.kind"]'],
    cure: /records/,
  },
  {
    name: 'a label on an image',
    files: build('labels: { dev.mayfly.key: x }'),
    fields: ['services.web.build.labels["dev.mayfly.key"]'],
    cure: /records/,
  },
  {
    name: 'a label of a deployment',
    files: web('deploy: { labels: { com.docker.stack.namespace: x } }'),
    fields: ['services.web.deploy.labels["com.docker.stack.namespace"]'],
    cure: /records/,
  },
  {
    name: 'a logging driver',
    files: web('logging: { driver: gelf, options: { gelf-address: "udp://10.0.0.1:1" } }'),
    fields: ['services.web.logging'],
    cure: /logs stay/,
  },
  // Programs on the runner.
  {
    name: 'a provider',
    files: web('provider: { type: ./evil }'),
    fields: ['services.web.provider'],
    cure: /program that runs on the runner/,
  },
  {
    name: "the engine's socket by key",
    files: web('use_api_socket: true'),
    fields: ['services.web.use_api_socket'],
    cure: SOCKET,
  },
  { name: 'a model', files: web('', 'models: { m: { model: ai/x } }'), fields: ['models'], cure: /no models/ },
  {
    name: 'a privileged hook',
    files: web('post_start: [{ command: id, privileged: true }]'),
    fields: ['services.web.post_start[0].privileged'],
    cure: /extra rights/,
  },
  {
    name: 'a key that nobody knows yet',
    files: web('teleport: true'),
    fields: ['services.web.teleport'],
    cure: /not known to be safe/,
    line: 4,
  },
  // Builds.
  { name: 'a context outside', files: web('build: ..'), fields: ['services.web.build.context'], cure: OUTSIDE },
  {
    name: 'a context from git',
    files: web('build: "https://github.com/evil/x.git#main"'),
    fields: ['services.web.build.context'],
    cure: /never reviewed/,
  },
  {
    name: 'a context over ssh',
    files: web('build: { context: "git@github.com:evil/x.git" }'),
    fields: ['services.web.build.context'],
    cure: /never reviewed/,
  },
  {
    name: 'a Dockerfile outside',
    files: build('dockerfile: ../../../etc/hostname'),
    fields: ['services.web.build.dockerfile'],
    cure: OUTSIDE,
  },
  {
    name: 'a Dockerfile that is a link out',
    files: { ...web('build: .'), Dockerfile: { link: '/etc/hostname' } },
    fields: ['services.web.build.dockerfile'],
    cure: OUTSIDE,
  },
  {
    name: 'another context outside',
    files: build('additional_contexts: { etc: /etc }'),
    fields: ['services.web.build.additional_contexts.etc'],
    cure: OUTSIDE,
  },
  {
    name: 'another context from elsewhere',
    files: build('additional_contexts: ["x=https://evil.example/x.tar"]'),
    fields: ['services.web.build.additional_contexts.x'],
    cure: /never reviewed/,
  },
  { name: "a build on the host's network", files: build('network: host'), fields: ['services.web.build.network'], cure: /none/ },
  {
    name: 'a privileged build',
    files: build('privileged: true'),
    fields: ['services.web.build.privileged'],
    cure: /without rights/,
  },
  {
    name: 'entitlements',
    files: build('entitlements: [security.insecure]'),
    fields: ['services.web.build.entitlements'],
    cure: /without rights/,
  },
  { name: "the runner's keys", files: build('ssh: [default]'), fields: ['services.web.build.ssh'], cure: /keys stay/ },
  {
    name: 'the host by name, while building',
    files: build('extra_hosts: ["h=host-gateway"]'),
    fields: ['services.web.build.extra_hosts[0]'],
    cure: /metadata/,
  },
  {
    name: "a build secret from the runner's environment",
    files: build('secrets: [t]', 'secrets: { t: { environment: GITHUB_TOKEN } }'),
    fields: ['services.web.build.secrets[0]', 'secrets.t.environment'],
    cure: /file/,
  },
  {
    name: 'a build secret from outside',
    files: build('secrets: [t]', 'secrets: { t: { file: /etc/shadow } }'),
    fields: ['secrets.t.file'],
    cure: OUTSIDE,
  },
  {
    name: 'a cache folder outside',
    files: build('cache_from: ["type=local,src=/root"]'),
    fields: ['services.web.build.cache_from[0]'],
    cure: OUTSIDE,
  },
  {
    name: 'a cache written outside',
    files: build('cache_to: ["type=local,dest=../../x"]'),
    fields: ['services.web.build.cache_to[0]'],
    cure: OUTSIDE,
  },
  // What Compose reads by itself.
  { name: 'an env file outside', files: web('env_file: /etc/passwd'), fields: ['services.web.env_file'], cure: OUTSIDE, line: 4 },
  {
    name: 'an env file that climbs out, optional',
    files: web('env_file: [{ path: ../../x.env, required: false }]'),
    fields: ['services.web.env_file[0].path'],
    cure: OUTSIDE,
  },
  {
    name: 'an env file that is a link out',
    files: { ...web('env_file: [a.env]'), 'a.env': { link: '/proc/self/environ' } },
    fields: ['services.web.env_file[0]'],
    cure: OUTSIDE,
  },
  {
    name: "an env file in git's folder",
    files: { ...web('env_file: .git/config'), '.git/config': 'A=1' },
    fields: ['services.web.env_file'],
    cure: OUTSIDE,
  },
  {
    name: 'an env file named by .env',
    files: { ...web(`env_file: "\${F:-a.env}"`), 'a.env': '', '.env': 'F=/etc/passwd\n' },
    fields: ['services.web.env_file'],
    cure: /Write the path out/,
  },
  {
    name: 'an env file that hides in an anchor',
    files: { 'compose.yaml': 'x-a: &a { env_file: /etc/passwd }\nservices:\n  web: { image: caddy, <<: *a }\n' },
    fields: ['services.web.env_file'],
    cure: OUTSIDE,
    line: 1,
  },
  {
    name: 'an env file behind a harmless one',
    files: {
      'a.env': '',
      'compose.yaml': 'x-a: &a { env_file: /etc/passwd }\nservices:\n  web: { image: caddy, <<: *a, env_file: a.env }\n',
    },
    fields: ['services.web.env_file'],
    cure: OUTSIDE,
  },
  {
    name: 'an env file in a second document',
    files: { 'compose.yaml': 'services: { web: { image: caddy } }\n---\nservices: { web: { env_file: ../x } }\n' },
    fields: ['services.web.env_file'],
    cure: OUTSIDE,
  },
  {
    name: 'an env file in the override',
    files: { ...web(''), 'compose.override.yaml': 'services: { web: { env_file: ../x } }\n' },
    fields: ['services.web.env_file'],
    cure: OUTSIDE,
  },
  {
    name: '.env that is a link out',
    files: { ...web(`environment: { A: "\${SECRET}" }`), '.env': { link: '/etc/passwd' } },
    fields: ['.env', 'services.web.environment.A'],
    cure: OUTSIDE,
  },
  { name: 'labels from a file outside', files: web('label_file: ../labels'), fields: ['services.web.label_file'], cure: OUTSIDE },
  {
    name: 'extends outside',
    files: web('extends: { file: ../x.yaml, service: x }'),
    fields: ['services.web.extends.file'],
    cure: OUTSIDE,
  },
  {
    name: 'extends from elsewhere',
    files: web('extends: { file: "https://evil.example/x.yaml", service: x }'),
    fields: ['services.web.extends.file'],
    cure: /never reviewed/,
  },
  {
    name: 'an env file outside, two extends away',
    files: {
      ...web('extends: { file: a/a.yaml, service: a }'),
      'a/a.yaml': 'services: { a: { extends: { file: ../b.yaml, service: b } } }',
      'b.yaml': 'services:\n  b: { extends: c }\n  c:\n    env_file: ../x.env\n',
    },
    fields: ['services.c.env_file'],
    cure: OUTSIDE,
    line: 4,
  },
  {
    name: 'an included project whose folder is a link, so that its paths climb further than they seem to',
    files: {
      'a/b/c/x.yaml': 'services: { db: { image: x, env_file: ../../x.env } }',
      'a/x.env': '',
      link: { link: 'a/b/c' },
      'compose.yaml': 'include: [link/x.yaml]\nservices: { web: { image: caddy } }\n',
    },
    fields: ['include[0]'],
    cure: /not a symbolic link/,
  },
  {
    name: 'extends from a link, with paths that climb',
    files: {
      'a/b/c/x.yaml': 'services: { db: { image: x, env_file: ../../x.env } }',
      'a/x.env': '',
      'link.yaml': { link: 'a/b/c/x.yaml' },
      ...web('extends: { file: link.yaml, service: db }'),
    },
    fields: ['services.web.extends.file'],
    cure: /not a symbolic link/,
  },
  {
    name: 'an included project in a folder that is not there, with paths that climb',
    files: {
      'a/b/c/compose.yaml':
        'include: [{ path: inc.yaml, project_directory: ../../../none }]\nservices: { web: { image: caddy } }\n',
      'a/b/c/inc.yaml': 'services: { db: { image: x, env_file: ../../x.env } }',
      'a/x.env': '',
    },
    composeFile: 'a/b/c/compose.yaml',
    fields: ['services.db.env_file'],
    cure: OUTSIDE,
  },
  {
    name: 'include outside',
    files: { 'compose.yaml': 'include: [../x.yaml]\nservices: { web: { image: caddy } }\n' },
    fields: ['include[0]'],
    cure: OUTSIDE,
  },
  {
    name: 'include from git',
    files: { 'compose.yaml': 'include: ["https://github.com/evil/x.git"]\nservices: { web: { image: caddy } }\n' },
    fields: ['include[0]'],
    cure: /never reviewed/,
  },
  {
    name: 'include from a registry, a folder of that name beside',
    files: {
      'oci:/evil.example/x': 'services: {}',
      'compose.yaml': 'include: ["oci://evil.example/x"]\nservices: { web: { image: caddy } }\n',
    },
    fields: ['include[0]'],
    cure: /never reviewed/,
  },
  {
    name: 'an included project in a folder outside',
    files: {
      'x.yaml': 'services: { db: { image: x } }',
      'compose.yaml': 'include: [{ path: x.yaml, project_directory: .. }]\nservices: { web: { image: caddy } }\n',
    },
    fields: ['include[0].project_directory'],
    cure: OUTSIDE,
  },
  {
    name: 'variables for an included file from outside',
    files: {
      'x.yaml': 'services: { db: { image: x } }',
      'compose.yaml': 'include: [{ path: x.yaml, env_file: /etc/environment }]\nservices: { web: { image: caddy } }\n',
    },
    fields: ['include[0].env_file'],
    cure: OUTSIDE,
  },
  {
    name: 'a privileged service in an included file',
    files: {
      'x/x.yaml': 'services:\n  db:\n    image: x\n    privileged: true\n',
      'compose.yaml': 'include: [x/x.yaml]\nservices: { web: { image: caddy } }\n',
    },
    fields: ['services.db.privileged'],
    cure: /root on its host/,
    line: 4,
  },
  {
    name: 'a config from outside',
    files: web('configs: [c]', 'configs: { c: { file: ../../etc/passwd } }'),
    fields: ['configs.c.file'],
    cure: OUTSIDE,
  },
  {
    name: 'a secret that is a link out',
    files: { ...web('secrets: [s]', 'secrets: { s: { file: ./s } }'), s: { link: '/etc/shadow' } },
    fields: ['secrets.s.file'],
    cure: OUTSIDE,
  },
  {
    name: "a secret from the runner's environment",
    files: web('secrets: [s]', 'secrets: { s: { environment: GITHUB_TOKEN } }'),
    fields: ['secrets.s.environment'],
    cure: /let the workflow pass/,
  },
  {
    name: 'a secret of the swarm',
    files: web('secrets: [s]', 'secrets: { s: { external: true } }'),
    fields: ['secrets.s.external', 'secrets.s.name'],
    cure: /outside of it/,
  },
  {
    name: 'an env file after a line break that only Compose sees',
    files: web('environment: {} #\u0085    env_file: /etc/passwd'),
    message: /compose\.yaml:4 holds a line break/,
  },
  {
    name: 'a lone carriage return',
    files: web('tty: true #\r    env_file: /etc/passwd'),
    message: /compose\.yaml:4 holds a line break/,
  },
  {
    name: 'an alias of an anchor in the document before, which only Compose knows',
    files: { 'compose.yaml': 'x-o: &o ../x\n---\nservices: { web: { image: caddy, env_file: *o } }\n' },
    message: /compose\.yaml:3 refers to \*o, which has no anchor before it/,
  },
  { name: 'a path in base64', files: web('env_file: !!binary L2V0Yy9wYXNzd2Q='), message: /compose\.yaml:4 uses the YAML tag/ },
  {
    name: 'a name that changes objects',
    files: web('', '  __proto__: { image: caddy }'),
    fields: ['services.__proto__'],
    cure: /another name/,
  },
  {
    name: 'a default that stands in for a variable of ours',
    files: { 'a/b/etc/passwd': '', ...web(`env_file: "\${HOME:-a/b/c}/../etc/passwd"`) },
    fields: ['services.web.env_file'],
    cure: /Write the path out/,
  },
  {
    name: 'a default with a way up behind it',
    files: { 'a/x': '', ...web(`env_file: "\${NOT_SET:-a/b}/../x"`) },
    fields: ['services.web.env_file'],
    cure: /Write the path out/,
  },
  {
    name: 'an absolute path with a way up behind a link',
    files: { ...web('volumes: ["/var/run/../../etc:/d"]') },
    fields: ['services.web.volumes[0].source'],
    cure: OUTSIDE,
  },
  {
    name: 'aliases that unfold without end',
    files: {
      'compose.yaml': `x-0: &a0 { image: caddy }\n${Array.from({ length: 30 }, (_, n) => `x-${n + 1}: &a${n + 1}\n  <<: [*a${n}, *a${n}]\n`).join('')}services: { web: *a30 }\n`,
    },
    message: /too many entries/,
  },
  // The runner's environment.
  {
    name: 'a variable of the runner',
    files: web('command: ["echo", "$GITHUB_TOKEN"]'),
    fields: ['services.web.command[1]'],
    cure: /let the workflow pass GITHUB_TOKEN on/,
    line: 4,
  },
  {
    name: 'a variable of the runner within a default',
    files: web(`command: ["\${A:-\${AWS_SECRET}}"]`),
    fields: ['services.web.command[0]'],
    cure: /AWS_SECRET/,
  },
  {
    name: 'a variable passed on by name',
    files: web('environment: [HOME, A=1]'),
    fields: ['services.web.environment[0]'],
    cure: /let the workflow pass HOME on/,
  },
  {
    name: 'a variable passed on without a value',
    files: web('environment: { PATH: }'),
    fields: ['services.web.environment.PATH'],
    cure: /let the workflow pass PATH on/,
  },
  {
    name: 'a build argument passed on',
    files: build('args: [NPM_TOKEN]'),
    fields: ['services.web.build.args[0]'],
    cure: /let the workflow pass NPM_TOKEN on/,
  },
  // Several at once.
  {
    name: 'three things in two services',
    files: web('privileged: true\npid: host', `${OTHER.replace(' }', ', userns_mode: host }')}`),
    fields: ['services.other.userns_mode', 'services.web.pid', 'services.web.privileged'],
    cure: /root on its host/,
  },
]
