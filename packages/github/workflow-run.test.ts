import assert from 'node:assert/strict'
import test from 'node:test'
import { UserError } from '@mayfly/core'
import { connect, REPOSITORY, startWithPullRequest } from './stand-in.ts'
import { pullRequestOfRun, readWorkflowRun } from './workflow-run.ts'

const FORK = 'mallory/shop'

const event = async (server: Awaited<ReturnType<typeof startWithPullRequest>>['server'], run: object = {}) => ({
  name: 'workflow_run',
  payload: await server.workflowRunEvent(REPOSITORY, { run: 7, headBranch: 'feature/x', ...run }),
})

test('the event says which run it was, of which attempt, and of which head', async () => {
  const { server, head } = await startWithPullRequest()
  await using _ = server
  assert.deepEqual(readWorkflowRun(await event(server, { attempt: 2 })), {
    id: 7,
    attempt: 2,
    headSha: head,
    headBranch: 'feature/x',
    headOwner: 'acme',
  })
})

test('the pull request of a run is the open one whose head it was', async () => {
  const { server } = await startWithPullRequest()
  await using _ = server
  const github = connect(server)
  const run = readWorkflowRun(await event(server))
  assert.equal(await pullRequestOfRun(github, run), 1)
  await server.closePullRequest(REPOSITORY, 1)
  assert.equal(await pullRequestOfRun(github, run), undefined)
  assert.deepEqual(server.violations, [])
})

test('a run that was overtaken by a push has none', async () => {
  const { server } = await startWithPullRequest()
  await using _ = server
  const run = readWorkflowRun(await event(server))
  await server.commit(REPOSITORY, { branch: 'feature/x', files: { 'a.txt': 'two\n' } })
  assert.equal(await pullRequestOfRun(connect(server), run), undefined)
})

test("a fork's is found by its owner and branch: the event names none, and a branch of the same name here is another's", async () => {
  const { server } = await startWithPullRequest()
  await using _ = server
  await server.forkRepository(REPOSITORY, FORK)
  await server.commit(FORK, { branch: 'feature/x', files: { 'b.txt': 'theirs\n' } })
  await server.openPullRequest({ repo: REPOSITORY, head: 'feature/x', fork: FORK })
  const theirs = await event(server, { headRepository: FORK })
  const github = connect(server)
  assert.deepEqual(Object(theirs.payload).workflow_run.pull_requests, [])
  assert.equal(readWorkflowRun(theirs).headOwner, 'mallory')
  assert.equal(await pullRequestOfRun(github, readWorkflowRun(theirs)), 2)
  assert.equal(await pullRequestOfRun(github, readWorkflowRun(await event(server))), 1)
  assert.deepEqual(server.violations, [])
})

test('a fork cannot pass for the pull request of another by having its commit', async () => {
  const { server, head } = await startWithPullRequest()
  await using _ = server
  const run = { id: 7, attempt: 1, headSha: head, headBranch: 'feature/x', headOwner: 'mallory' }
  assert.equal(await pullRequestOfRun(connect(server), run), undefined)
})

const whole = { id: 7, run_attempt: 1, head_sha: 'a'.repeat(40), head_branch: 'x', head_repository: { owner: { login: 'm' } } }
const unusable: [what: string, name: string, payload: unknown][] = [
  ['another event', 'pull_request', { number: 1 }],
  ['no event', '', undefined],
  ['a payload that is none', 'workflow_run', null],
  ['a payload without a run', 'workflow_run', {}],
  ['a run whose repository is gone', 'workflow_run', { workflow_run: { ...whole, head_repository: null } }],
  ['a run without a branch', 'workflow_run', { workflow_run: { ...whole, head_branch: null } }],
  ['a run with no number', 'workflow_run', { workflow_run: { ...whole, id: '7' } }],
]
for (const [what, name, payload] of unusable) {
  test(`${what} is an error of the user's`, () => {
    assert.throws(() => readWorkflowRun({ name, payload }), UserError)
  })
}
