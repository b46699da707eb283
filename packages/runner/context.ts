import { existsSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Job, UserError } from '@mayfly/core'

const SHIPPED_RUNTIME = join(import.meta.dirname, 'runtime.mjs')

/** @throws UserError where this is no job of a workflow. */
export function readContext(environment: Readonly<Record<string, string | undefined>> = process.env): Job {
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
