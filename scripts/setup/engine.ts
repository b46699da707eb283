import { addTrixie, install } from './apt.ts'
import { enginePackages, type Part, planEngine, type Seen } from './engine-plan.ts'
import { startEngine } from './engine-start.ts'
import { type Machine, which } from './machine.ts'
import { run, step } from './step.ts'

/** The client's own default; it is asked only whether it was told to look elsewhere. */
const SOCKET = 'unix:///var/run/docker.sock'

/** Where packages of the system put the plug-ins of the docker command. */
const PLUGINS = '/usr/libexec/docker/cli-plugins:/usr/lib/docker/cli-plugins'

/** Installing, installing what that took away, starting, and the look that finds nothing left to do. */
const ROUNDS = 4

/** Makes sure that an engine with BuildKit and Compose 2 answers; on Debian or Ubuntu with root, installs and starts one. */
export async function ensureEngine(machine: Machine): Promise<void> {
  let plan = planEngine(await look(), machine)
  // After each act it is looked again: docker.io replaces docker-ce-cli, for one, and with it goes the docker command.
  for (let round = 1; plan.install.length > 0 || plan.start; round++) {
    const { install: parts } = plan
    const left = parts.length > 0 ? `installing ${parts.join(', ')}` : 'starting it'
    if (round === ROUNDS) throw new Error(`The Docker engine is not there after ${round - 1} attempts; left is ${left}.`)
    if (parts.length > 0) await step(`Installing Docker: ${parts.join(', ')}`, () => installParts(parts, machine))
    else await step('Starting the Docker engine', () => startEngine(machine, async () => (await askEngine()).code === 0))
    plan = planEngine(await look(), machine)
  }
}

async function installParts(parts: readonly Part[], machine: Machine): Promise<void> {
  const { packages, trixie } = enginePackages(parts, machine)
  if (trixie) await addTrixie()
  await install(packages)
}

const askEngine = () => run(['docker', 'version', '--format', '{{.Server.Version}}'])

async function look(): Promise<Seen> {
  const [engine, client, buildx, compose, context] = await Promise.all([
    askEngine(),
    run(['docker', '--version']),
    run(['docker', 'buildx', 'version']),
    run(['docker', 'compose', 'version', '--short']),
    run(['docker', 'context', 'inspect', '--format', '{{.Endpoints.docker.Host}}']),
  ])
  const endpoint = context.code === 0 ? context.stdout.trim() : SOCKET
  const compose2 = compose.code === 0 && Number.parseInt(compose.stdout.replace(/^v/, ''), 10) >= 2
  // Without the command its plug-ins cannot answer, and a second package of one that is there would not install.
  const alone = client.code !== 0
  const present: readonly [Part, boolean][] = [
    ['engine', which('dockerd') !== undefined],
    ['client', !alone],
    ['buildx', alone ? which('docker-buildx', PLUGINS) !== undefined : buildx.code === 0],
    ['compose', alone ? which('docker-compose', PLUGINS) !== undefined : compose2],
  ]
  return {
    version: engine.code === 0 ? engine.stdout.trim() : undefined,
    forbidden: engine.code !== 0 && /permission denied/i.test(engine.stderr),
    elsewhere: endpoint === SOCKET ? undefined : endpoint,
    parts: present.flatMap(([part, there]) => (there ? [part] : [])),
  }
}
