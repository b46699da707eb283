/** Webhook payloads, as GitHub would write them to GITHUB_EVENT_PATH; each is held to GitHub's schema before it is given out. */
import { loadWebhooks } from './contract.ts'
import { countChanges, resolveCommit } from './git.ts'
import { fullPullShape, labelShape } from './shapes/pull.ts'
import { type Links, repositoryShape, userShape } from './shapes/repository.ts'
import { workflowRunShape } from './shapes/workflow-run.ts'
import type { Pull, Repository, State } from './state.ts'
import type { Payload, PullRequestAction, WorkflowEvent, WorkflowEventOptions, WorkflowRunOptions } from './types.ts'

export function createEvents(state: State, links: Links) {
  let check: ReturnType<typeof loadWebhooks> | undefined

  function held(schema: string, payload: Payload): Payload {
    check ??= loadWebhooks()
    const errors = check(schema, payload)
    if (errors.length > 0) throw new Error(`stand-in drifted from GitHub's contract, ${schema}: ${errors.join('; ')}`)
    return payload
  }

  const common = (repository: Repository, sender: string): Payload => ({
    repository: { ...repositoryShape(links, state, repository), custom_properties: {} },
    sender: userShape(links, state.user(sender)),
  })

  return {
    async pullRequest(repository: Repository, pull: Pull, action: PullRequestAction, label?: string): Promise<Payload> {
      const shape = fullPullShape(links, state, repository, pull, await countChanges(repository.directory, pull.base, pull.head))
      const payload: Payload = { action, number: pull.number, pull_request: shape, ...common(repository, pull.user.login) }
      if (action === 'synchronize') Object.assign(payload, { before: pull.before, after: pull.head })
      if (action === 'labeled' || action === 'unlabeled') {
        const known = repository.labels.get((label ?? '').toLowerCase())
        if (!known)
          throw new Error(`The event ${action} needs a label that ${repository.fullName} has; "${label ?? ''}" is none.`)
        payload.label = labelShape(links, repository, known)
      }
      return held(`webhook-pull-request-${action.replaceAll('_', '-')}`, payload)
    },

    async workflowRun(repository: Repository, head: Repository, options: WorkflowRunOptions): Promise<Payload> {
      const sha = await resolveCommit(head.directory, options.headBranch)
      if (sha === undefined) throw new Error(`${head.fullName} has no branch ${options.headBranch}.`)
      const run = workflowRunShape(links, state, repository, head, { ...options, sha })
      const workflow = null
      return held('webhook-workflow-run-completed', {
        action: 'completed',
        workflow,
        workflow_run: run,
        ...common(repository, head.owner.login),
      })
    },

    /** GitHub publishes no schema for `schedule`: it is no webhook, only a run's event. */
    workflow(repository: Repository, name: WorkflowEvent, options: WorkflowEventOptions): Payload {
      const workflow = options.workflow ?? '.github/workflows/preview.yml'
      const sent = common(repository, options.sender ?? repository.owner.login)
      if (name === 'schedule') return { repository: sent.repository, schedule: options.schedule ?? '0 3 * * *', workflow }
      const ref = `refs/heads/${repository.defaultBranch}`
      return held('webhook-workflow-dispatch', { inputs: options.inputs ?? null, ref, workflow, ...sent })
    },
  }
}
