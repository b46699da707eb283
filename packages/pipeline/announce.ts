import { describeError, type PullRequest, type Result, UserError } from '@mayfly/core'
import type { Target } from '@mayfly/environment'
import { finishDeployment, readComment, retireDeployments, startDeployment, upsertComment } from '@mayfly/github'
import { commentMarker, renderComment } from '@mayfly/report'
import type { Run } from './run.ts'

/** What people on GitHub are told of a run: the sticky comment and the deployment. */
export interface Announcer {
  started(result: Result): Promise<void>
  finished(result: Result): Promise<void>
  /** A newer run speaks from here on: the comment is left to it. */
  overtaken(): Promise<void>
}

/**
 * Telling must not break what is told: where the token may not comment or create deployments, the run says which
 * line to add and goes on.
 */
export function announce(run: Run, pullRequest: PullRequest, target: Target): Announcer {
  const { github, settings, context, log } = run
  let deployment: number | undefined
  return {
    started: async (result) => {
      await tell(log, () => upsertComment(github, pullRequest.number, commentMarker(target.id), renderComment(result)))
      deployment = await tell(log, () =>
        startDeployment(github, {
          sha: pullRequest.head,
          environment: settings.environmentName,
          task: taskOf(target),
          description: `Preview of #${pullRequest.number}`,
          runUrl: context.runUrl,
        }),
      )
    },
    finished: async (result) => {
      const id = deployment
      await tell(log, () => upsertComment(github, pullRequest.number, commentMarker(target.id), renderComment(result)))
      if (id === undefined) return
      const url = result.services.flatMap((service) => service.urls)[0]
      const ready = result.outcome === 'ready'
      await tell(log, () =>
        finishDeployment(github, id, {
          state: ready ? 'success' : 'failure',
          ...(ready && url !== undefined ? { url: defaultUrl(result) ?? url } : {}),
          logUrl: context.runUrl,
          description: ready ? 'Ready' : 'Failed',
        }),
      )
      if (ready)
        await tell(log, () =>
          retireDeployments(github, { environment: settings.environmentName, task: taskOf(target), except: id }),
        )
    },
    overtaken: async () => {
      const id = deployment
      if (id === undefined) return
      await tell(log, () =>
        finishDeployment(github, id, { state: 'inactive', logUrl: context.runUrl, description: 'Overtaken by a newer commit' }),
      )
    },
  }
}

/** Says that a preview is gone, where there was one to speak of. */
export async function announceRemoval(run: Run, number: number, target: Target, result: Result): Promise<void> {
  const { github, settings, log } = run
  const marker = commentMarker(target.id)
  await tell(log, async () => {
    const said = await readComment(github, number, marker)
    if (said !== undefined) await upsertComment(github, number, marker, renderComment(result))
  })
  await tell(log, () => retireDeployments(github, { environment: settings.environmentName, task: taskOf(target) }))
}

/** One environment name for all previews leaves no litter on GitHub; the task tells them apart. */
function taskOf(target: Target): string {
  return `preview:${target.id}`
}

/** The URL of the default service: the shortest host name there is. */
export function defaultUrl(result: Result): string | undefined {
  const urls = result.services.flatMap((service) => service.urls)
  return urls.find((url) => new URL(url).hostname.startsWith(`${result.environment}.`) && new URL(url).pathname === '/')
}

async function tell<T>(log: Run['log'], work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    log.warn(describeError(error))
    return undefined
  }
}
