import type { Job, Log } from '@mayfly/core'
import { connectEngine, type Engine } from '@mayfly/engine'
import { connectGitHub, type GitHub } from '@mayfly/github'
import type { Settings } from './settings.ts'

/** What a run works with before it needs an engine. */
export interface Start {
  context: Job
  settings: Settings
  github: GitHub
  log: Log
}

/** Everything that a run works with, connected. */
export interface Run extends Start {
  engine: Engine
}

/** Connects to GitHub alone. */
export function start(context: Job, settings: Settings, log: Log): Start {
  const github = connectGitHub({ token: settings.token, apiUrl: context.apiUrl, repository: context.repository, log })
  return { context, settings, github, log }
}

/** Connects to the engine, does the work, and forgets the credentials. */
export async function withEngine<T>(started: Start, work: (run: Run) => Promise<T>): Promise<T> {
  const engine = await connectEngine(started.settings.engine, started.context.environment)
  try {
    return await work({ ...started, engine })
  } finally {
    await engine.close()
  }
}

/** Connects to GitHub and to the engine, does the work, and forgets the credentials. */
export function withRun<T>(context: Job, settings: Settings, log: Log, work: (run: Run) => Promise<T>): Promise<T> {
  return withEngine(start(context, settings, log), work)
}
