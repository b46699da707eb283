import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { type CommandResult, command } from '@mayfly/core'
import { which } from '../../scripts/setup/machine.ts'
import { toolPath } from '../../scripts/setup/tools.ts'
import { gitEnvironment } from '../github/git.ts'
import type { GitHub, Payload } from '../github/types.ts'

/** Runs workflow files as they are with `act`, a runner on this machine itself, against the stand-in. */

const root = join(import.meta.dirname, '..', '..')

/** Where act is; undefined where it is not to be had. */
export function findAct(): string | undefined {
  return which('act', toolPath())
}

export interface WorkflowRun {
  github: GitHub
  /** `owner/name`; the workflow files are read from its default branch. */
  repository: string
  event: { name: string; payload: Payload }
  /** Actions that a workflow names, `owner/name@ref`, and the folder that stands for each. */
  actions: Readonly<Record<string, string>>
  /** The repository's variables. */
  variables: Readonly<Record<string, string>>
}

/** What a suite needs of a machine: a folder for everything, a certificate for the stand-in, the action as it is released. */
export interface Workplace extends AsyncDisposable {
  tls: { key: string; cert: string }
  /** `action.yml` and `dist`, and nothing else of the repository: what a release holds. */
  release: string
  run(act: string, run: WorkflowRun): Promise<CommandResult>
}

export async function openWorkplace(): Promise<Workplace> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-workflow-'))
  const [key, cert, release] = [join(folder, 'key.pem'), join(folder, 'cert.pem'), join(folder, 'release')]
  await makeCertificate(key, cert)
  await trustToo(cert, join(folder, 'trusted.pem'))
  await mkdir(release)
  await mkdir(join(folder, 'home'))
  await cp(join(root, 'action.yml'), join(release, 'action.yml'))
  await cp(join(root, 'dist'), join(release, 'dist'), { recursive: true })
  return {
    tls: { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') },
    release,
    run: (act, run) => runAct(act, run, folder),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

async function runAct(act: string, run: WorkflowRun, folder: string): Promise<CommandResult> {
  const work = await mkdtemp(join(folder, 'run-'))
  const [clone, event] = [join(work, 'clone'), join(work, 'event.json')]
  const [home, trusted] = [join(folder, 'home'), join(folder, 'trusted.pem')]
  await writeFile(event, JSON.stringify(run.event.payload))
  const cloned = await command(['git', 'clone', '--quiet', run.github.git(run.repository).cloneUrl, clone], {
    env: gitEnvironment({ GIT_SSL_CAINFO: trusted }),
  })
  if (cloned.code !== 0) throw new Error(`${run.repository} cannot be cloned: ${cloned.stderr}`)
  return command(
    [
      act,
      run.event.name,
      ...['--eventpath', event],
      // No container: the job runs on this machine, as on a self-hosted runner.
      ...['--platform', 'ubuntu-latest=-self-hosted'],
      // act puts https:// before it, and /api/v3 behind it.
      ...['--github-instance', new URL(run.github.url).host],
      ...['--secret', 'GITHUB_TOKEN=workflow-token'],
      ...Object.entries(ofTheMachine(trusted)).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
      ...Object.entries(run.actions).flatMap(([name, place]) => ['--local-repository', `${name}=${place}`]),
      ...Object.entries(run.variables).flatMap(([name, value]) => ['--var', `${name}=${value}`]),
      '--no-cache-server',
    ],
    {
      cwd: clone,
      env: {
        // A step's `node` is the first on the path: the one that runs this test.
        PATH: [dirname(process.execPath), toolPath()].join(delimiter),
        HOME: home,
        XDG_CACHE_HOME: join(home, 'cache'),
        XDG_CONFIG_HOME: join(home, 'config'),
        ...(process.env.DOCKER_HOST === undefined ? {} : { DOCKER_HOST: process.env.DOCKER_HOST }),
      },
    },
  )
}

/** What an administrator sets up on a self-hosted runner: whom to trust, npm's settings, a cache that outlives the job. */
function ofTheMachine(trusted: string): Record<string, string> {
  return {
    NODE_EXTRA_CA_CERTS: trusted,
    GIT_SSL_CAINFO: trusted,
    NPM_CONFIG_USERCONFIG: process.env.npm_config_userconfig ?? process.env.NPM_CONFIG_USERCONFIG ?? join(homedir(), '.npmrc'),
    RUNNER_TOOL_CACHE: join(tmpdir(), 'mayfly-test-tools'),
  }
}

/** The stand-in's certificate beside those that this machine's npm already needs. */
async function trustToo(cert: string, to: string): Promise<void> {
  const known = process.env.NODE_EXTRA_CA_CERTS
  const others = known === undefined ? '' : await readFile(known, 'utf8')
  await writeFile(to, `${others}\n${await readFile(cert, 'utf8')}`)
}

async function makeCertificate(key: string, cert: string): Promise<void> {
  const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1'
  const files = ['-keyout', key, '-out', cert]
  const asked = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=localhost', '-addext', names, ...files]
  const made = await command(['openssl', 'req', ...asked], { env: { PATH: toolPath() } })
  if (made.code !== 0) throw new Error(`openssl made no certificate: ${made.stderr}`)
}
