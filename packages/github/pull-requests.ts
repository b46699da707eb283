import type { PullRequest } from '@mayfly/core'
import type { GitHub } from './connect.ts'
import { ApiError, type Need } from './errors.ts'
import { readPages } from './pages.ts'
import { type Reader, read } from './shape.ts'

/** @throws ApiError where there is any doubt about the answer. One that cannot be found is an error, not a closed one. */
export async function readPullRequest(github: GitHub, number: number): Promise<PullRequest> {
  const need: Need = { doing: `reading pull request #${number}`, permission: 'pull-requests: read' }
  const { data } = await github.call(need, 'GET /repos/{owner}/{repo}/pulls/{pull_number}', { pull_number: number })
  const pullRequest = toPullRequest(github, read(data, need), need)
  if (pullRequest.number === number) return pullRequest
  throw unreliable(need, `It speaks of #${pullRequest.number}`)
}

/**
 * Each of these as it is now, asked for one by one: what is decided from it does not hang on a list being complete.
 * @throws ApiError where any of them cannot be read; then nothing is known.
 */
export async function readPullRequests(github: GitHub, numbers: readonly number[]): Promise<ReadonlyMap<number, PullRequest>> {
  const found = await Promise.all([...new Set(numbers)].map((number) => readPullRequest(github, number)))
  return new Map(found.map((pullRequest) => [pullRequest.number, pullRequest]))
}

/** Every open pull request, oldest first. @throws ApiError rather than leave one out. */
export async function listOpenPullRequests(github: GitHub): Promise<PullRequest[]> {
  const need: Need = { doing: 'listing the open pull requests', permission: 'pull-requests: read' }
  // Oldest first: one that is opened meanwhile comes at the end and moves nothing.
  const parameters = { state: 'open', sort: 'created', direction: 'asc' }
  const items = await readPages(github, need, 'GET /repos/{owner}/{repo}/pulls', parameters, { shortPages: 'refused' })
  const pullRequests = items.map((item) => toPullRequest(github, item, need))
  if (new Set(pullRequests.map(({ number }) => number)).size < pullRequests.length) throw unreliable(need, 'It names one twice')
  if (pullRequests.some(({ state }) => state !== 'open')) throw unreliable(need, 'It holds a closed one')
  return pullRequests
}

function toPullRequest(github: GitHub, answer: Reader, need: Need): PullRequest {
  const state = answer.text('state')
  const head = answer.text('head.sha')
  const base = answer.text('base.sha')
  const repository = answer.text('base.repo.full_name')
  if (state !== 'open' && state !== 'closed') throw unreliable(need, `Its state is "${state}"`)
  if (!isCommit(head) || !isCommit(base)) throw unreliable(need, 'Its commits are no commit hashes')
  // GitHub follows a renamed repository silently; what it says is then about a repository of another name.
  if (repository.toLowerCase() !== github.repository.toLowerCase()) throw unreliable(need, `It is about ${repository}`)
  return {
    number: answer.id('number'),
    title: answer.text('title'),
    state,
    merged: answer.optionalText('merged_at') !== undefined,
    draft: answer.flag('draft'),
    labels: answer.list('labels').map((label) => label.text('name')),
    head,
    headRef: answer.text('head.ref'),
    headRepository: answer.optionalText('head.repo.full_name'),
    base,
    baseRef: answer.text('base.ref'),
    author: answer.optionalText('user.login') ?? 'ghost',
    url: answer.text('html_url'),
  }
}

function isCommit(text: string): boolean {
  return /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(text)
}

function unreliable(need: Need, what: string): ApiError {
  return new ApiError(`GitHub's answer to ${need.doing} cannot be relied on. ${what}.`, { status: 200 })
}
