import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { command, type Log, UserError } from '@mayfly/core'
import { parse } from 'yaml'
import type { ComposeModel } from './model.ts'
import { entries, isMapping } from './rule.ts'

export interface ConfigOptions {
  root: string
  projectDirectory: string
  files: readonly string[]
  /** Undefined: there is none. */
  dotenv: string | undefined
  profiles: readonly string[]
  env: Readonly<Record<string, string>>
  /** Where programs are looked up. */
  path: string
  log: Log
}

/** The name that every project has until it is isolated; volumes and networks are called after it. */
export const PROJECT_NAME = 'mayfly'

const TIMEOUT = 60_000

/**
 * The model as Compose normalises it, with an environment that holds nothing but what was let through.
 * YAML, because Compose leaves a service's `x-` fields out of its JSON.
 * @throws ComposeRefusal with Compose's own words.
 */
export async function composeConfig(options: ConfigOptions): Promise<ComposeModel> {
  const home = await mkdtemp(join(tmpdir(), 'mayfly-home-'))
  try {
    // Docker Desktop keeps its plug-ins in the home directory, which is an empty one here.
    const plugins = { cliPluginsExtraDirs: [join(homedir(), '.docker', 'cli-plugins')] }
    await mkdir(join(home, '.docker'))
    await writeFile(join(home, '.docker', 'config.json'), JSON.stringify(plugins))
    await writeFile(join(home, 'empty'), '')
    const result = await command(configArgv(options, join(home, 'empty')), {
      cwd: options.projectDirectory,
      env: {
        ...options.env,
        PATH: options.path,
        HOME: home,
        COMPOSE_EXPERIMENTAL_GIT_REMOTE: 'false',
        COMPOSE_EXPERIMENTAL_OCI_REMOTE: 'false',
      },
      onLine: (line) => options.log.debug(`docker compose config: ${line}`),
      signal: AbortSignal.timeout(TIMEOUT),
    })
    if (result.code !== 0) throw refusal(result.stderr, result.code, options)
    const model: unknown = parse(result.stdout, { maxAliasCount: -1 })
    if (!isModel(model)) throw new Error(`docker compose config answered with no model: ${result.stdout.slice(0, 300)}`)
    return model
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

/** A named env file is always given: an `.env` could otherwise name more of them by COMPOSE_ENV_FILES. */
export function configArgv(options: Omit<ConfigOptions, 'log' | 'path' | 'env'>, empty: string): [string, ...string[]] {
  return [
    'docker',
    'compose',
    `--project-directory=${options.projectDirectory}`,
    `--project-name=${PROJECT_NAME}`,
    `--env-file=${options.dotenv ?? empty}`,
    ...options.files.map((file) => `--file=${file}`),
    ...options.profiles.map((profile) => `--profile=${profile}`),
    'config',
    '--format=yaml',
  ]
}

/** Compose read the files and said no. */
export class ComposeRefusal extends UserError {}

function refusal(stderr: string, code: number, options: ConfigOptions): UserError {
  if (code === 127 || /unknown command: docker compose|is not a docker command/.test(stderr)) {
    return new UserError('`docker compose` is not installed here.', {
      cure: 'Install the docker command and its Compose plug-in, version 2.20 or newer.',
    })
  }
  const lines = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('time='))
  const said = lines
    .join('\n')
    .replaceAll(`${options.root}/`, '')
    .replace(/^validating /, '')
    .trim()
  return new ComposeRefusal(
    `Compose cannot read ${options.files.map((file) => file.replace(`${options.root}/`, '')).join(', ')}: ${said}`,
    {
      cure: 'Correct the file; `docker compose config` shows the same message.',
    },
  )
}

function isModel(value: unknown): value is ComposeModel {
  return isMapping(value) && isMapping(value.services) && entries(value.services).every(([, service]) => isMapping(service))
}
