import assert from 'node:assert/strict'
import test from 'node:test'
import { REPOSITORY, withPullRequest } from './caller.ts'
import { loadWebhooks } from './contract.ts'
import { isObject } from './schema.ts'
import { startGitHub } from './server.ts'
import type { PullRequestAction } from './types.ts'

const ACTIONS: PullRequestAction[] = ['opened', 'synchronize', 'reopened', 'ready_for_review', 'labeled', 'unlabeled', 'closed']

for (const action of ACTIONS) {
  test(`pull_request ${action} is valid by GitHub's schema and speaks of the head as it is`, async () => {
    await using github = await startGitHub()
    const { head } = await withPullRequest(github)
    await github.label(REPOSITORY, 1, 'preview')
    if (action === 'closed') await github.closePullRequest(REPOSITORY, 1)
    const payload = await github.event(REPOSITORY, 1, action, 'preview')
    assert.deepEqual(loadWebhooks()(`webhook-pull-request-${action.replaceAll('_', '-')}`, payload), [])
    assert.equal(payload.action, action)
    assert.ok(isObject(payload.pull_request) && isObject(payload.pull_request.head))
    assert.equal(payload.pull_request.head.sha, head)
    assert.equal(payload.pull_request.state, action === 'closed' ? 'closed' : 'open')
  })
}

test('synchronize tells the head before the push and after it', async () => {
  await using github = await startGitHub()
  const { head: before } = await withPullRequest(github)
  const after = await github.commit(REPOSITORY, { branch: 'feature/x', files: { 'a.txt': 'two\n' } })
  const payload = await github.event(REPOSITORY, 1, 'synchronize')
  assert.deepEqual([payload.before, payload.after], [before, after])
})

test('closed after a merge says merged and names the merge commit', async () => {
  await using github = await startGitHub()
  await withPullRequest(github)
  const { mergeCommit } = await github.mergePullRequest(REPOSITORY, 1)
  const { pull_request: pull } = await github.event(REPOSITORY, 1, 'closed')
  assert.ok(isObject(pull))
  assert.deepEqual([pull.merged, pull.merge_commit_sha], [true, mergeCommit])
})

test("a fork's pull request has a head in the fork", async () => {
  await using github = await startGitHub()
  await github.createRepository(REPOSITORY)
  await github.forkRepository(REPOSITORY, 'mallory/shop')
  await github.commit('mallory/shop', { branch: 'evil', files: { x: 'y' } })
  await github.openPullRequest({ repo: REPOSITORY, head: 'evil', fork: 'mallory/shop' })
  const { pull_request: pull } = await github.event(REPOSITORY, 1, 'opened')
  assert.ok(isObject(pull) && isObject(pull.head) && isObject(pull.head.repo))
  assert.equal(pull.head.repo.full_name, 'mallory/shop')
  assert.equal(pull.head.repo.fork, true)
})

test('workflow_dispatch carries its inputs, schedule its cron line', async () => {
  await using github = await startGitHub()
  await github.createRepository(REPOSITORY)
  const dispatch = await github.workflowEvent(REPOSITORY, 'workflow_dispatch', { inputs: { number: '7' } })
  assert.deepEqual(dispatch.inputs, { number: '7' })
  const schedule = await github.workflowEvent(REPOSITORY, 'schedule', { schedule: '*/5 * * * *' })
  assert.deepEqual(Object.keys(schedule).sort(), ['repository', 'schedule', 'workflow'])
})

test('a label that the repository does not have makes no event', async () => {
  await using github = await startGitHub()
  await withPullRequest(github)
  await assert.rejects(github.event(REPOSITORY, 1, 'labeled', 'nothing'), /"nothing" is none/)
})
