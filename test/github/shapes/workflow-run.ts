import type { Repository, State } from '../state.ts'
import { apiOf, htmlOf, type Links, nodeId, repositoryShape, userShape } from './repository.ts'

export interface RunShape {
  run: number
  attempt?: number
  headBranch: string
  sha: string
}

/** A run of a pull request's workflow that has ended well, as the webhook tells of it. For a fork GitHub names no pull request. */
export function workflowRunShape(links: Links, state: State, repository: Repository, head: Repository, asked: RunShape) {
  const { run, attempt = 1, headBranch, sha } = asked
  const url = `${apiOf(links, repository)}/actions/runs/${run}`
  const now = state.now()
  const person = userShape(links, head.owner)
  return {
    id: run,
    name: 'Preview',
    node_id: nodeId('WFR', run),
    head_branch: headBranch,
    head_sha: sha,
    path: '.github/workflows/preview.yml',
    display_title: 'A change',
    run_number: 1,
    event: 'pull_request',
    status: 'completed',
    conclusion: 'success',
    workflow_id: 1,
    check_suite_id: 1,
    check_suite_node_id: nodeId('CS', 1),
    url,
    html_url: `${htmlOf(links, repository)}/actions/runs/${run}`,
    pull_requests: [],
    created_at: now,
    updated_at: now,
    actor: person,
    run_attempt: attempt,
    referenced_workflows: [],
    run_started_at: now,
    triggering_actor: person,
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${apiOf(links, repository)}/check-suites/1`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: null,
    workflow_url: `${apiOf(links, repository)}/actions/workflows/1`,
    head_commit: {
      id: sha,
      tree_id: sha,
      message: 'A change',
      timestamp: now,
      author: { name: head.owner.login, email: `${head.owner.login}@example.com` },
      committer: { name: head.owner.login, email: `${head.owner.login}@example.com` },
    },
    repository: lite(repositoryShape(links, state, repository)),
    head_repository: lite(repositoryShape(links, state, head)),
  }
}

const PLAIN = ['id', 'node_id', 'name', 'full_name', 'private', 'owner', 'description', 'fork', 'url']
const NOT_LITE = ['git_url', 'ssh_url', 'clone_url', 'svn_url', 'mirror_url']

/** What GitHub calls `repository-lite`: who it is and where its parts are found. */
function lite(shape: object): object {
  const told = ([key]: [string, unknown]) => PLAIN.includes(key) || (key.endsWith('_url') && !NOT_LITE.includes(key))
  return Object.fromEntries(Object.entries(shape).filter(told))
}
