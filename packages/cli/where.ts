import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { command, type Log, shortHash, UserError } from '@mayfly/core'
import { connectEngine, type Engine } from '@mayfly/engine'
import { namedTarget, type Target } from '@mayfly/environment'
import { type Ledger, openLedger } from '@mayfly/ledger'
import { type Origin, readOrigin } from './git-files.ts'
import type { Options } from './options.ts'

/** The repository that a folder belongs to, from its remote; a folder without one is its own, told by its path from others of its name. */
export interface Repository {
  server: string
  /** `owner/name`. */
  name: string
  branch: string
}

export async function repositoryOf(options: Pick<Options, 'directory' | 'environment'>): Promise<Repository> {
  const { remote, branch } = readOrigin(options.directory, options.environment.HOME ?? '') ?? (await askOrigin(options))
  const match = /^(?:https?:\/\/|ssh:\/\/)?(?:[^@/]*@)?([^/:]+(?::\d+)?)[/:]([^/]+\/[^/]+?)(?:\.git)?\/?$/.exec(remote)
  return {
    server: match?.[1] ?? 'local',
    name: match?.[2] ?? `local/${basename(options.directory)}-${shortHash(options.directory, 6)}`,
    branch: branch === '' || branch === 'HEAD' ? 'detached' : branch,
  }
}

async function askOrigin(options: Pick<Options, 'directory' | 'environment'>): Promise<Origin> {
  const [remote, branch] = await Promise.all([
    git(options, ['config', '--get', 'remote.origin.url']),
    git(options, ['rev-parse', '--abbrev-ref', 'HEAD']),
  ])
  return { remote, branch }
}

export async function targetOf(options: Options, known?: Repository): Promise<Target> {
  const repository = known ?? (await repositoryOf(options))
  return namedTarget(repository.server, repository.name, options.name ?? repository.branch, options.reach)
}

/** The ledger of this repository's remote; undefined where it has none. */
export async function ledgerOf(options: Pick<Options, 'directory' | 'environment'>, log: Log): Promise<Ledger | undefined> {
  const remote = await git(options, ['config', '--get', 'remote.origin.url'])
  if (remote === '') return undefined
  return openLedger({ directory: options.directory, remote, environment: options.environment, log })
}

/** @throws UserError where this repository has no remote. */
export async function needLedger(options: Pick<Options, 'directory' | 'environment'>, log: Log): Promise<Ledger> {
  const ledger = await ledgerOf(options, log)
  if (ledger !== undefined) return ledger
  throw new UserError(`${options.directory} has no remote origin, where the ledger of released versions would be.`, {
    cure: 'Run this inside a clone of the repository.',
  })
}

/** Connects for the time of `work`. */
export async function withEngine<T>(options: Options, work: (engine: Engine) => Promise<T>): Promise<T> {
  const tls = await readTls(options.environment.DOCKER_CERT_PATH)
  const engine = await connectEngine({ host: options.host, ...(tls === undefined ? {} : { tls }) }, options.environment)
  try {
    return await work(engine)
  } finally {
    await engine.close()
  }
}

/** For `tcp://`: where the docker command itself looks for its certificates. */
async function readTls(folder: string | undefined) {
  if (folder === undefined) return undefined
  const [ca, cert, key] = await Promise.all(
    ['ca', 'cert', 'key'].map((name) => readFile(join(folder, `${name}.pem`), 'utf8').catch(() => '')),
  )
  return ca && cert && key ? { ca, cert, key } : undefined
}

async function git(options: Pick<Options, 'directory' | 'environment'>, args: readonly string[]): Promise<string> {
  const env = { PATH: options.environment.PATH ?? '', HOME: options.environment.HOME ?? '' }
  const result = await command(['git', '-C', options.directory, ...args], { env })
  return result.code === 0 ? result.stdout.trim() : ''
}
