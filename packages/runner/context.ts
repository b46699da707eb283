import { existsSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UserError } from '@mayfly/core'

/** What the runner says of the job, read once. Nothing after this looks at the process' environment for it. */
export interface Context {
  event: { name: string; payload: unknown }
  /** `owner/name`. */
  repository: string
  /** Such as `https://github.com`. */
  serverUrl: string
  apiUrl: string
  workspace: string
  /** The folder that the runner empties after the job. */
  temp: string
  /** URL of this run. */
  runUrl: string
  /** A folder that may outlive the job, for tools that are fetched once. */
  cache: string
  /** The functions' runtime, shipped beside the bundle; undefined where Mayfly runs from its sources. */
  runtime: string | undefined
  /** Whether this machine ends with the job. */
  hosted: boolean
  /** The process' environment, for rooms that start programs; each takes from it only what it needs. */
  environment: Readonly<Record<string, string | undefined>>
}

const SHIPPED_RUNTIME = join(import.meta.dirname, 'runtime.mjs')

/** @throws UserError where this is no job of a workflow. */
export function readContext(environment: Readonly<Record<string, string | undefined>> = process.env): Context {
  const need = (name: string): string => {
    const value = environment[name]
    if (value === undefined || value === '') {
      throw new UserError(`${name} is not set, so this is not a step of a GitHub Actions workflow.`, {
        cure: 'Use the action from a workflow, or the `mayfly` command by hand.',
      })
    }
    return value
  }
  const repository = need('GITHUB_REPOSITORY')
  const serverUrl = environment.GITHUB_SERVER_URL || 'https://github.com'
  return {
    event: { name: need('GITHUB_EVENT_NAME'), payload: readPayload(need('GITHUB_EVENT_PATH')) },
    repository,
    serverUrl,
    apiUrl: environment.GITHUB_API_URL || 'https://api.github.com',
    workspace: need('GITHUB_WORKSPACE'),
    temp: environment.RUNNER_TEMP || tmpdir(),
    runUrl: `${serverUrl}/${repository}/actions/runs/${environment.GITHUB_RUN_ID || '0'}`,
    cache: environment.RUNNER_TOOL_CACHE || environment.RUNNER_TEMP || tmpdir(),
    runtime: existsSync(SHIPPED_RUNTIME) ? SHIPPED_RUNTIME : undefined,
    hosted: environment.RUNNER_ENVIRONMENT === 'github-hosted',
    environment,
  }
}

function readPayload(path: string): unknown {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new UserError(`The event's payload (GITHUB_EVENT_PATH, ${path}) cannot be read.`, { cause: error })
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UserError(`The event's payload (${path}) is not JSON: ${error instanceof Error ? error.message : ''}`, {
      cause: error,
    })
  }
}
