import { UserError } from '@mayfly/core'
import { readAll } from './call.ts'
import type { GitHub } from './connect.ts'
import type { Need } from './errors.ts'
import { readFields } from './fields.ts'

/** A finished run of another workflow, as GitHub tells of it. */
export interface WorkflowRun {
  id: number
  attempt: number
  /** Full commit hash. */
  headSha: string
  headBranch: string
  /** Who owns the repository that the head lies in: a fork's owner. */
  headOwner: string
}

/** @throws UserError for any other event than `workflow_run`. */
export function readWorkflowRun(event: { name: string; payload: unknown }): WorkflowRun {
  if (event.name !== 'workflow_run') {
    throw new UserError(`The event ${event.name} is not the end of another workflow's run.`, {
      cure: 'Run this step on: workflow_run, with the name of the workflow that measures, types: [completed].',
    })
  }
  const run = readFields(event.payload, 'the payload of workflow_run').object('workflow_run')
  return {
    id: run.id('id'),
    attempt: run.id('run_attempt'),
    headSha: run.text('head_sha'),
    headBranch: run.text('head_branch'),
    headOwner: run.object('head_repository').object('owner').text('login'),
  }
}

/**
 * The open pull request whose head is the commit of that run; undefined where there is none by now. Asked by the head: GitHub
 * leaves `workflow_run.pull_requests` empty for forks, and what the run itself says counts for nothing.
 */
export async function pullRequestOfRun(github: GitHub, run: WorkflowRun): Promise<number | undefined> {
  const need: Need = { to: `find the pull request of ${run.headSha.slice(0, 7)}`, permission: 'pull-requests', access: 'read' }
  const asked = { state: 'open', head: `${run.headOwner}:${run.headBranch}` }
  const found = await readAll(github, 'GET /repos/{owner}/{repo}/pulls', asked, need, (item) => {
    const fields = readFields(item, 'a pull request')
    return { id: fields.id('number'), head: fields.object('head').text('sha') }
  })
  return found.find(({ head }) => head === run.headSha)?.id
}
