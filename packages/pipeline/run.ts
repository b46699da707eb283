import { type Job, type Log, type Result, UserError } from '@mayfly/core'
import { readTrigger } from '@mayfly/github'
import type { RetentionResult } from '@mayfly/retention'
import { type Built, buildHead } from './build.ts'
import { start, withRun } from './context.ts'
import { cleanPullRequest, previewPullRequest } from './preview.ts'
import { type RetentionWanted, retainRepository } from './retain-run.ts'
import type { Settings } from './settings.ts'
import type { Stores } from './stores.ts'
import { type SweepResult, sweepRepository } from './sweep.ts'
import { type Tested, type TestWanted, testEvent, testPullRequest } from './test-run.ts'

export type PipelineResult =
  /** `tested`: absent where nothing was to be tested, or there was nothing ready to test. */
  | { kind: 'preview'; result: Result; tested?: Tested }
  | { kind: 'push'; tested: Tested }
  | { kind: 'sweep'; result: SweepResult; retention?: RetentionResult }

export interface Measuring {
  wanted: TestWanted
  stores: Stores
}

/** The whole job, decided from the event it is given: preview and test, remove, sweep; on a push, measure what is compared with. */
export async function runPipeline(context: Job, settings: Settings, log: Log, measuring?: Measuring): Promise<PipelineResult> {
  if (context.event.name === 'push' && measuring !== undefined) {
    const { wanted, stores } = measuring
    return { kind: 'push', tested: await testEvent(context, settings, log, wanted, stores) }
  }
  // Before anything is connected: an event that means nothing to us must not cost a connection.
  const trigger = readTrigger(context.event)
  return withRun(context, settings, log, async (run): Promise<PipelineResult> => {
    if (trigger.kind === 'sweep') return { kind: 'sweep', result: await sweepRepository(run) }
    const result = await previewPullRequest(run, trigger.number)
    if (result.outcome !== 'ready' || measuring === undefined) return { kind: 'preview', result }
    return { kind: 'preview', result, tested: await testPullRequest(run, trigger.number, measuring.wanted, measuring.stores) }
  })
}

/** Only the build, for a later step or job to preview. */
export async function buildPullRequest(context: Job, settings: Settings, log: Log): Promise<Built> {
  const number = pullRequestOf(context)
  return buildHead(start(context, settings, log), number)
}

/** Only the preview, from artifacts that an earlier step built or, without them, from the sources. */
export function previewEvent(context: Job, settings: Settings, log: Log, artifacts: string | undefined): Promise<Result> {
  const number = pullRequestOf(context)
  return withRun(context, settings, log, (run) => previewPullRequest(run, number, artifacts))
}

/**
 * Only the removal: of this pull request's preview where it is unwanted; on any other event of everything unwanted and,
 * where that is asked for, of artifacts that nothing needs any more.
 */
export function cleanEvent(context: Job, settings: Settings, log: Log, retention?: RetentionWanted): Promise<PipelineResult> {
  const trigger = readTrigger(context.event)
  return withRun(context, settings, log, async (run): Promise<PipelineResult> => {
    if (trigger.kind !== 'sweep') return { kind: 'preview', result: await cleanPullRequest(run, trigger.number) }
    // Environments first: what they held is free then.
    const result = await sweepRepository(run)
    return { kind: 'sweep', result, ...(retention === undefined ? {} : { retention: await retainRepository(run, retention) }) }
  })
}

function pullRequestOf(context: Job): number {
  const trigger = readTrigger(context.event)
  if (trigger.kind === 'pull-request') return trigger.number
  throw new UserError(`The event ${context.event.name} names no pull request.`, { cure: 'Run this step on: pull_request.' })
}
