import type { Result } from '@mayfly/core'
import type { Target } from '@mayfly/environment'
import { finishDeployment, retireDeployments, startDeployment } from '@mayfly/github'
import { defaultUrl, tell } from './announce.ts'
import type { Run } from './context.ts'

/** What GitHub shows of a named environment: its deployments, under its own name. */
export interface NamedAnnouncer {
  started(revision: string, description: string): Promise<void>
  finished(result: Result): Promise<void>
}

/**
 * A deployment of a named environment stays on GitHub, and `production` is marked as what users meet. The task tells ours
 * from those that GitHub makes by itself for a job with `environment:`, which are not ours to retire.
 */
export function announceNamed(run: Run, target: Target, name: string, production: boolean): NamedAnnouncer {
  const { github, context, log } = run
  const logUrl = context.runUrl
  const task = `deploy:${target.id}`
  let id: number | undefined
  const finish = async (started: number, result: Result) => {
    if (result.outcome === 'overtaken')
      return finishDeployment(github, started, { state: 'inactive', logUrl, description: 'A later deployment took over' })
    if (result.outcome !== 'ready') return finishDeployment(github, started, { state: 'failure', logUrl, description: 'Failed' })
    const url = defaultUrl(result)
    const description = result.named?.action === 'rollback' ? 'Back' : 'Ready'
    await finishDeployment(github, started, { state: 'success', ...(url === undefined ? {} : { url }), logUrl, description })
    await retireDeployments(github, { environment: name, task, except: started })
  }
  return {
    started: async (sha, description) => {
      const options = { sha, environment: name, task, description, runUrl: logUrl, transient: false, production }
      id = await tell(log, () => startDeployment(github, options))
    },
    finished: async (result) => {
      const started = id
      if (started !== undefined) await tell(log, () => finish(started, result))
    },
  }
}
