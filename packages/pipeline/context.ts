import type { Log } from '@mayfly/core'
import { connectEngine, type Engine } from '@mayfly/engine'
import { connectGitHub, type GitHub } from '@mayfly/github'
import type { Settings } from './settings.ts'

/** What a run is given by whoever starts it. */
export interface RunContext {
  event: { name: string; payload: unknown }
  /** `owner/name`. */
  repository: string
  serverUrl: string
  apiUrl: string
  workspace: string
  temp: string
  runUrl: string
  /** A folder that may outlive the job. */
  cache: string
  /** The functions' runtime as it was shipped; undefined: from its sources. */
  runtime: string | undefined
  /** Whether this machine, and with it its own engine, ends with the job. */
  hosted: boolean
  environment: Readonly<Record<string, string | undefined>>
}

/** Everything that a run works with, connected. */
export interface Run {
  context: RunContext
  settings: Settings
  engine: Engine
  github: GitHub
  log: Log
}

/** Connects to the engine and to GitHub, does the work, and forgets the credentials. */
export async function withRun<T>(context: RunContext, settings: Settings, log: Log, work: (run: Run) => Promise<T>): Promise<T> {
  const github = connectGitHub({ token: settings.token, apiUrl: context.apiUrl, repository: context.repository, log })
  const engine = await connectEngine(settings.engine, context.environment)
  try {
    return await work({ context, settings, engine, github, log })
  } finally {
    await engine.close()
  }
}
