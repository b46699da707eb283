import { type Job, type Log, type Result, UserError } from '@mayfly/core'
import { readTrigger } from '@mayfly/github'
import { type Built, buildHead } from './build.ts'
import { withRun } from './context.ts'
import { cleanPullRequest, previewPullRequest } from './preview.ts'
import type { Settings } from './settings.ts'
import { type SweepResult, sweepRepository } from './sweep.ts'

export type PipelineResult = { kind: 'preview'; result: Result } | { kind: 'sweep'; result: SweepResult }

/** The whole job, decided from the event it is given: preview, remove or sweep. */
export function runPipeline(context: Job, settings: Settings, log: Log): Promise<PipelineResult> {
  // Before anything is connected: an event that means nothing to us must not cost a connection.
  const trigger = readTrigger(context.event)
  return withRun(context, settings, log, async (run) =>
    trigger.kind === 'sweep'
      ? { kind: 'sweep', result: await sweepRepository(run) }
      : { kind: 'preview', result: await previewPullRequest(run, trigger.number) },
  )
}

/** Only the build, for a later step or job to preview. */
export function buildPullRequest(context: Job, settings: Settings, log: Log): Promise<Built> {
  const number = pullRequestOf(context)
  return withRun(context, settings, log, (run) => buildHead(run, number))
}

/** Only the preview, from artifacts that an earlier step built or, without them, from the sources. */
export function previewEvent(context: Job, settings: Settings, log: Log, artifacts: string | undefined): Promise<Result> {
  const number = pullRequestOf(context)
  return withRun(context, settings, log, (run) => previewPullRequest(run, number, artifacts))
}

/** Only the removal: of this pull request's preview where it is unwanted, of everything unwanted on any other event. */
export function cleanEvent(context: Job, settings: Settings, log: Log): Promise<PipelineResult> {
  const trigger = readTrigger(context.event)
  return withRun(context, settings, log, async (run) =>
    trigger.kind === 'sweep'
      ? { kind: 'sweep', result: await sweepRepository(run) }
      : { kind: 'preview', result: await cleanPullRequest(run, trigger.number) },
  )
}

function pullRequestOf(context: Job): number {
  const trigger = readTrigger(context.event)
  if (trigger.kind === 'pull-request') return trigger.number
  throw new UserError(`The event ${context.event.name} names no pull request.`, { cure: 'Run this step on: pull_request.' })
}
