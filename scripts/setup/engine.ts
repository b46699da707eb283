import { addTrixie, install } from './apt.ts'
import { enginePackages, type Part, planEngine, type Seen } from './engine-plan.ts'
import { startEngine } from './engine-start.ts'
import { type Machine, which } from './machine.ts'
import { run, step } from './step.ts'

/** The client's own default; it is asked only whether it was told to look elsewhere. */
const SOCKET = 'unix:///var/run/docker.sock'

/** Makes sure that an engine with BuildKit and Compose 2 answers; on Debian or Ubuntu with root, installs and starts one. */
export async function ensureEngine(machine: Machine): Promise<void> {
  // Twice, because installing the engine can take something else away: docker.io replaces docker-ce-cli, and with it the command.
  for (let round = 0; round < 2; round++) {
    const plan = planEngine(await look(), machine)
    if (plan.install.length > 0)
      await step(`Installing ${plan.install.join(', ')} (Docker)`, () => installParts(plan.install, machine))
    if (plan.start)
      await step('Starting the Docker engine', () => startEngine(machine, async () => (await askEngine()).code === 0))
    else if (plan.install.length === 0) return
  }
  const { install: missing, start } = planEngine(await look(), machine)
  if (missing.length > 0 || start)
    throw new Error(`Still missing after installing: ${missing.join(', ') || 'an engine that answers'}.`)
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
  const present: readonly [Part, boolean][] = [
    ['engine', which('dockerd') !== undefined],
    ['client', client.code === 0],
    ['buildx', buildx.code === 0],
    ['compose', compose.code === 0 && Number.parseInt(compose.stdout.replace(/^v/, ''), 10) >= 2],
  ]
  return {
    version: engine.code === 0 ? engine.stdout.trim() : undefined,
    forbidden: engine.code !== 0 && /permission denied/i.test(engine.stderr),
    elsewhere: endpoint === SOCKET ? undefined : endpoint,
    parts: present.flatMap(([part, there]) => (there ? [part] : [])),
  }
}
