import type { Job, Log } from '@mayfly/core'
import { connectEngine, type Engine } from '@mayfly/engine'
import { connectGitHub, type GitHub } from '@mayfly/github'
import type { Settings } from './settings.ts'

/** Everything that a run works with, connected. */
export interface Run {
  context: Job
  settings: Settings
  engine: Engine
  github: GitHub
  log: Log
}

/** Connects to the engine and to GitHub, does the work, and forgets the credentials. */
export async function withRun<T>(context: Job, settings: Settings, log: Log, work: (run: Run) => Promise<T>): Promise<T> {
  const github = connectGitHub({ token: settings.token, apiUrl: context.apiUrl, repository: context.repository, log })
  const engine = await connectEngine(settings.engine, context.environment)
  try {
    return await work({ context, settings, engine, github, log })
  } finally {
    await engine.close()
  }
}
