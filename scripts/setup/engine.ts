import { spawn } from 'node:child_process'
import { existsSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { addTrixie, codename, distribution, install, whyNoPackages } from './apt.ts'
import { run, step } from './step.ts'

const LOG = '/var/log/mayfly-dockerd.log'

/** Makes sure that an engine with BuildKit and Compose 2 answers; installs and starts one on Debian or Ubuntu with root. */
export async function ensureEngine(): Promise<void> {
  const missing = await whatIsMissing()
  if (missing === undefined) return
  const hindrance = whyNoPackages()
  if (hindrance !== undefined) {
    throw new Error(
      `${missing}, and it cannot be installed from here because ${hindrance}: install Docker Engine 26 or newer with buildx and Compose 2, and start it.`,
    )
  }
  if (!(await installed())) await step('Installing Docker Engine, buildx and Compose', installEngine)
  if (!(await answers())) await step('Starting the engine', startEngine)
  const still = await whatIsMissing()
  if (still !== undefined) throw new Error(`${still}, even after installing it; its log is ${LOG}.`)
}

async function whatIsMissing(): Promise<string | undefined> {
  if (!(await answers())) return 'No Docker engine answers'
  if ((await run(['docker', 'buildx', 'version'])).code !== 0) return 'docker buildx is missing'
  const compose = await run(['docker', 'compose', 'version', '--short'])
  return compose.code === 0 && /^v?[2-9]|^v?\d\d/.test(compose.stdout) ? undefined : 'docker compose 2 is missing'
}

async function answers(): Promise<boolean> {
  return (await run(['docker', 'version', '--format', '{{.Server.Version}}'])).code === 0
}

async function installed(): Promise<boolean> {
  const found = await Promise.all([
    run(['sh', '-c', 'command -v dockerd']),
    run(['docker', 'buildx', 'version']),
    run(['docker', 'compose', 'version']),
  ])
  return found.every((result) => result.code === 0)
}

async function installEngine(): Promise<void> {
  if (distribution() === 'ubuntu') return install('docker.io', 'docker-buildx', 'docker-compose-v2', 'iptables')
  const old = ['bullseye', 'bookworm'].includes(codename())
  if (old) await addTrixie()
  const packages = ['docker.io', 'docker-cli', 'docker-buildx', 'docker-compose', 'containerd']
  // runc stays the release's own: Trixie's wants a newer libc.
  await install(...packages.map((name) => (old ? `${name}/trixie` : name)), 'iptables')
}

/** With systemd as with any service; without it in a session of its own, so that it outlives this script. */
async function startEngine(): Promise<void> {
  if (existsSync('/run/systemd/system')) {
    await run(['systemctl', 'start', 'docker'])
  } else {
    const log = openSync(LOG, 'a')
    spawn('dockerd', [], { detached: true, stdio: ['ignore', log, log] }).unref()
  }
  const deadline = Date.now() + 60_000
  while (!(await answers())) {
    if (Date.now() > deadline) {
      const tail = (await readFile(LOG, 'utf8').catch(() => '')).trim().split('\n').slice(-5).join('\n')
      throw new Error(`dockerd does not answer after a minute.\n${tail}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
