import { describeError, type PullRequest, type Result, UserError } from '@mayfly/core'
import type { Target } from '@mayfly/environment'
import { finishDeployment, readComment, retireDeployments, startDeployment, upsertComment } from '@mayfly/github'
import { commentMarker, renderComment } from '@mayfly/report'
import type { Run } from './context.ts'

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
  const marker = commentMarker(target.id)
  let deployment: number | undefined
  return {
    started: async (result) => {
      const [, id] = await Promise.all([
        tell(log, () => upsertComment(github, pullRequest.number, marker, renderComment(result))),
        tell(log, () =>
          startDeployment(github, {
            sha: pullRequest.head,
            environment: settings.environmentName,
            task: taskOf(target),
            description: `Preview of #${pullRequest.number}`,
            runUrl: context.runUrl,
          }),
        ),
      ])
      deployment = id
    },
    finished: async (result) => {
      await Promise.all([
        tell(log, () => upsertComment(github, pullRequest.number, marker, renderComment(result))),
        tell(log, () => endDeployment(run, target, deployment, result)),
      ])
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

/** A ready deployment takes the place of the earlier ones; a failed one leaves them as they are. */
async function endDeployment(run: Run, target: Target, id: number | undefined, result: Result): Promise<void> {
  if (id === undefined) return
  const { github, settings, context } = run
  const logUrl = context.runUrl
  if (result.outcome !== 'ready') return finishDeployment(github, id, { state: 'failure', logUrl, description: 'Failed' })
  const url = defaultUrl(result)
  await finishDeployment(github, id, { state: 'success', ...(url === undefined ? {} : { url }), logUrl, description: 'Ready' })
  await retireDeployments(github, { environment: settings.environmentName, task: taskOf(target), except: id })
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

/** The URL of the default service, or of another where that has none. */
export function defaultUrl(result: Result): string | undefined {
  const urls = result.services.flatMap((service) => service.urls)
  return urls.find((url) => new URL(url).hostname.startsWith(`${result.environment}.`)) ?? urls[0]
}

/** Does what tells people something; where the token may not, says so and goes on. */
export async function tell<T>(log: Run['log'], work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    log.warn(describeError(error))
    return undefined
  }
}
