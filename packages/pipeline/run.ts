import { type Log, type Result, UserError } from '@mayfly/core'
import { connectEngine, type Engine } from '@mayfly/engine'
import { connectGitHub, type GitHub, readTrigger } from '@mayfly/github'
import { type Built, buildHead } from './build.ts'
import { cleanPullRequest, previewPullRequest } from './preview.ts'
import type { Settings } from './settings.ts'
import { type SweepResult, sweepRepository } from './sweep.ts'

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

export type PipelineResult = { kind: 'preview'; result: Result } | { kind: 'sweep'; result: SweepResult }

/** The whole job, decided from the event it is given: preview, remove or sweep. */
export function runPipeline(context: RunContext, settings: Settings, log: Log): Promise<PipelineResult> {
  // Before anything is connected: an event that means nothing to us must not cost a connection.
  const trigger = readTrigger(context.event)
  return withRun(context, settings, log, async (run) =>
    trigger.kind === 'sweep'
      ? { kind: 'sweep', result: await sweepRepository(run) }
      : { kind: 'preview', result: await previewPullRequest(run, trigger.number) },
  )
}

/** Only the build, for a later step or job to preview. */
export function buildPullRequest(context: RunContext, settings: Settings, log: Log): Promise<Built> {
  const number = pullRequestOf(context)
  return withRun(context, settings, log, (run) => buildHead(run, number))
}

/** Only the preview, from artifacts that an earlier step built or, without them, from the sources. */
export function previewEvent(context: RunContext, settings: Settings, log: Log, artifacts: string | undefined): Promise<Result> {
  const number = pullRequestOf(context)
  return withRun(context, settings, log, (run) => previewPullRequest(run, number, artifacts))
}

/** Only the removal: of this pull request's preview where it is unwanted, of everything unwanted on any other event. */
export function cleanEvent(context: RunContext, settings: Settings, log: Log): Promise<PipelineResult> {
  const trigger = readTrigger(context.event)
  return withRun(context, settings, log, async (run) =>
    trigger.kind === 'sweep'
      ? { kind: 'sweep', result: await sweepRepository(run) }
      : { kind: 'preview', result: await cleanPullRequest(run, trigger.number) },
  )
}

function pullRequestOf(context: RunContext): number {
  const trigger = readTrigger(context.event)
  if (trigger.kind === 'pull-request') return trigger.number
  throw new UserError(`The event ${context.event.name} names no pull request.`, { cure: 'Run this step on: pull_request.' })
}
