import assert from 'node:assert/strict'
import test from 'node:test'
import { finishDeployment, retireDeployments, startDeployment } from './deployment.ts'
import { GitHubError, PermissionError } from './errors.ts'
import type { GitHub } from './index.ts'
import { connect, REPOSITORY, startWithPullRequest } from './stand-in.ts'

const ENVIRONMENT = 'preview'
const TASK = 'preview:acme-shop-pr-1'
const RUN = 'https://github.example.test/acme/shop/actions/runs/1'

const start = (github: GitHub, sha: string, task = TASK) =>
  startDeployment(github, { sha, environment: ENVIRONMENT, task, description: 'Preview of #1', runUrl: RUN })

test('a deployment is under way on the head commit, and then a success with its URL', async () => {
  const { server, head } = await startWithPullRequest()
  await using _ = server
  const github = connect(server)
  const id = await start(github, head)
  const [begun] = server.deployments(REPOSITORY)
  assert.deepEqual(
    [begun?.id, begun?.sha, begun?.environment, begun?.task, begun?.transient, begun?.production, begun?.state],
    [id, head, ENVIRONMENT, TASK, true, false, 'in_progress'],
  )
  assert.equal(begun?.statuses[0]?.logUrl, RUN)
  await finishDeployment(github, id, { state: 'success', url: 'https://x.example.test/', logUrl: RUN, description: 'Ready' })
  const [ended] = server.deployments(REPOSITORY)
  assert.equal(ended?.state, 'success')
  assert.equal(ended?.statuses.at(-1)?.environmentUrl, 'https://x.example.test/')
  assert.deepEqual(server.violations, [])
})

for (const [production, environment] of [
  [true, 'production'],
  [false, 'staging'],
  // GitHub would take the name for what it is not.
  [false, 'production'],
] as const) {
  test(`a named environment is no transient one, and ${environment} is production only where it is said: ${production}`, async () => {
    const { server, head } = await startWithPullRequest()
    await using _ = server
    const github = connect(server)
    const begin = { sha: head, environment, task: 'deploy', description: 'Promotion', runUrl: RUN, transient: false, production }
    const first = await startDeployment(github, begin)
    await finishDeployment(github, first, { state: 'success', description: 'Ready' })
    const second = await startDeployment(github, begin)
    await finishDeployment(github, second, { state: 'success', description: 'Ready' })
    await retireDeployments(github, { environment, task: 'deploy', except: second })
    assert.deepEqual(
      server.deployments(REPOSITORY).map(({ id, transient, production: marked, state }) => [id, transient, marked, state]),
      [
        [first, false, production, 'inactive'],
        [second, false, production, 'success'],
      ],
    )
    assert.deepEqual(server.violations, [])
  })
}

test("a deployment's checks are not waited for: this run is one of them", async () => {
  const { server, head } = await startWithPullRequest()
  await using _ = server
  await fetch(`${server.apiUrl}/repos/${REPOSITORY}/check-runs`, {
    method: 'POST',
    headers: { authorization: 'Bearer workflow-token' },
    body: JSON.stringify({ name: 'ci', head_sha: head, status: 'in_progress' }),
  })
  assert.ok((await start(connect(server), head)) > 0)
})

test('a description of any length is taken', async () => {
  const { server, head } = await startWithPullRequest()
  await using _ = server
  const github = connect(server)
  const id = await start(github, head)
  await finishDeployment(github, id, { state: 'failure', description: '🦋'.repeat(300) })
  assert.equal(server.deployments(REPOSITORY)[0]?.state, 'failure')
  assert.deepEqual(server.violations, [])
})

test('retiring makes every deployment of the task inactive but the one excepted, and touches no other task', async () => {
  const { server, head } = await startWithPullRequest()
  await using _ = server
  const github = connect(server)
  const [first, second] = [await start(github, head), await start(github, head)]
  const other = await start(github, head, 'preview:acme-shop-pr-11')
  await finishDeployment(github, first, { state: 'success', description: 'Ready' })
  const states = () => Object.fromEntries(server.deployments(REPOSITORY).map(({ id, state }) => [id, state]))

  assert.equal(await retireDeployments(github, { environment: ENVIRONMENT, task: TASK, except: second }), 1)
  assert.deepEqual(states(), { [first]: 'inactive', [second]: 'in_progress', [other]: 'in_progress' })
  assert.equal(await retireDeployments(github, { environment: ENVIRONMENT, task: TASK }), 1)
  assert.equal(await retireDeployments(github, { environment: ENVIRONMENT, task: TASK }), 0)
  assert.deepEqual(states(), { [first]: 'inactive', [second]: 'inactive', [other]: 'in_progress' })
  assert.deepEqual(server.violations, [])
})

test('all pages of deployments are looked at before the first is retired', async () => {
  const { server, head } = await startWithPullRequest()
  await using _ = server
  for (let count = 0; count < 103; count++) {
    await fetch(`${server.apiUrl}/repos/${REPOSITORY}/deployments`, {
      method: 'POST',
      headers: { authorization: 'Bearer workflow-token' },
      body: JSON.stringify({ ref: head, environment: ENVIRONMENT, task: TASK, required_contexts: [], auto_merge: false }),
    })
  }
  // The statuses of 103 at GitHub's pace would take minutes here: what is looked at is which are asked about.
  server.inject({ response: 'status 403', method: 'POST', times: Number.POSITIVE_INFINITY })
  await assert.rejects(retireDeployments(connect(server), { environment: ENVIRONMENT, task: TASK }), PermissionError)
  const asked = server.requests.filter((request) => request.operation === 'repos/list-deployment-statuses')
  assert.equal(asked.length, 103)
})

for (const response of ['reset', 'status 502', 'garbage'] as const) {
  for (const applied of [true, false]) {
    test(`a creation answered with ${response} leaves one deployment, ${applied ? 'where it was made' : 'where it was not'}`, async () => {
      const { server, head } = await startWithPullRequest()
      await using _ = server
      const github = connect(server)
      const earlier = await start(github, head)
      server.inject({ response, method: 'POST', path: /\/deployments$/, applied })
      const id = await start(github, head)
      assert.notEqual(id, earlier)
      assert.equal(server.deployments(REPOSITORY).length, 2)
    })
  }
}

test('without the permission the line to add is named', async () => {
  const weak = { login: 'github-actions[bot]', type: 'Bot', permissions: { deployments: 'read' } } as const
  const { server, head } = await startWithPullRequest({ tokens: { weak } })
  await using _ = server
  await assert.rejects(start(connect(server, { token: 'weak' }), head), (error) => {
    assert.ok(error instanceof PermissionError)
    assert.match(error.cure ?? '', /permissions:\n {2}deployments: write$/)
    return true
  })
})

test('a commit that GitHub does not know is an error in its words', async () => {
  const { server } = await startWithPullRequest()
  await using _ = server
  await assert.rejects(start(connect(server), 'a'.repeat(40)), (error) => {
    assert.ok(error instanceof GitHubError && error.status === 422)
    assert.match(error.message, /No ref found/)
    return true
  })
})
