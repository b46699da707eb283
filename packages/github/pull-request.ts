import type { PullRequest } from '@mayfly/core'
import { call, readAll } from './call.ts'
import type { GitHub } from './connect.ts'
import { type Need, unreadable } from './errors.ts'
import { readFields } from './fields.ts'

/** How many pull requests are asked for at the same time. */
const AT_ONCE = 5

/**
 * Reads a pull request as it is now.
 * @throws GitHubError, also where there is no such pull request: that is not the same as a closed one.
 */
export async function readPullRequest(github: GitHub, number: number): Promise<PullRequest> {
  const need: Need = { to: `read pull request #${number} of ${github.repository}`, permission: 'pull-requests', access: 'read' }
  const { data } = await call(github, 'GET /repos/{owner}/{repo}/pulls/{pull_number}', { pull_number: number }, need)
  const pullRequest = toPullRequest(data)
  if (pullRequest.number !== number) throw unreadable(`asked for #${number} it told of #${pullRequest.number}`)
  return pullRequest
}

/**
 * Reads each of these pull requests, all or none: the first doubt ends it with an error. A sweep asks this and not for
 * the list of open ones, where a missing entry looks like a closed pull request.
 */
export async function readPullRequests(github: GitHub, numbers: readonly number[]): Promise<Map<number, PullRequest>> {
  const wanted = [...new Set(numbers)]
  const known = new Map<number, PullRequest>()
  for (let from = 0; from < wanted.length; from += AT_ONCE) {
    const some = await Promise.all(wanted.slice(from, from + AT_ONCE).map((number) => readPullRequest(github, number)))
    for (const pullRequest of some) known.set(pullRequest.number, pullRequest)
  }
  return known
}

/**
 * Every open pull request, oldest first. One that is not in it may have been opened meanwhile: before something is
 * removed because of its absence, it has to be asked for by number.
 */
export async function listOpenPullRequests(github: GitHub): Promise<PullRequest[]> {
  const need: Need = { to: `list the pull requests of ${github.repository}`, permission: 'pull-requests', access: 'read' }
  const asked = { state: 'open', sort: 'created', direction: 'asc' }
  const listed = await readAll(github, 'GET /repos/{owner}/{repo}/pulls', asked, need, (item) => {
    const pullRequest = toPullRequest(item)
    if (pullRequest.state !== 'open') throw unreadable(`the open pull requests hold #${pullRequest.number}, which is closed`)
    return { id: pullRequest.number, pullRequest }
  })
  return listed.map(({ pullRequest }) => pullRequest)
}

function toPullRequest(data: unknown): PullRequest {
  const number = readFields(data, 'a pull request').id('number')
  const what = `pull request #${number}`
  const fields = readFields(data, what)
  const state = fields.text('state')
  if (state !== 'open' && state !== 'closed') throw unreadable(`${what} is in the state "${state}"`)
  const [head, base] = [fields.object('head'), fields.object('base')]
  const commit = head.text('sha')
  if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) throw unreadable(`the head of ${what} is no commit`)
  return {
    number,
    title: fields.text('title'),
    state,
    // Lists say when it was merged and not whether.
    merged: fields.flag('merged') || fields.textIfAny('merged_at') !== undefined,
    draft: fields.flag('draft'),
    labels: fields.list('labels').map((label) => readFields(label, `a label of ${what}`).text('name')),
    head: commit,
    headRef: head.text('ref'),
    headRepository: head.objectIfAny('repo')?.text('full_name'),
    base: base.text('sha'),
    baseRef: base.text('ref'),
    // An account that is deleted leaves null behind; GitHub shows it as this one.
    author: fields.objectIfAny('user')?.text('login') ?? 'ghost',
    url: fields.text('html_url'),
  }
}
