import assert from 'node:assert/strict'
import test from 'node:test'
import { call, PATH, withPullRequest } from './caller.ts'
import { startGitHub } from './server.ts'
import type { Identity } from './types.ts'

test('no token is 401 and a wrong one is 401, in different words', async () => {
  await using github = await startGitHub()
  await withPullRequest(github)
  const [none, wrong] = [
    await call(github, `GET ${PATH}`, { token: null }),
    await call(github, `GET ${PATH}`, { token: 'guess' }),
  ]
  assert.deepEqual([none.status, none.get('message')], [401, 'Requires authentication'])
  assert.deepEqual([wrong.status, wrong.get('message')], [401, 'Bad credentials'])
})

const none: Identity = { login: 'github-actions[bot]', type: 'Bot', permissions: {} }
const person: Identity = {
  login: 'reader',
  type: 'User',
  permissions: { contents: 'read', issues: 'read', pull_requests: 'read' },
}
const refusals: { route: string; body?: unknown; identity: Identity; message: RegExp; accepted: string }[] = [
  {
    route: `POST ${PATH}/issues/1/comments`,
    body: { body: 'x' },
    identity: none,
    message: /^Resource not accessible by integration$/,
    accepted: 'issues=write; pull_requests=write',
  },
  {
    route: `POST ${PATH}/issues/1/comments`,
    body: { body: 'x' },
    identity: person,
    message: /^Resource not accessible by personal access token$/,
    accepted: 'issues=write; pull_requests=write',
  },
  {
    route: `POST ${PATH}/deployments`,
    body: { ref: 'main' },
    identity: none,
    message: /integration/,
    accepted: 'deployments=write',
  },
  {
    route: `POST ${PATH}/check-runs`,
    body: { name: 'x', head_sha: 'main' },
    identity: none,
    message: /./,
    accepted: 'checks=write',
  },
  { route: `PUT ${PATH}/pulls/1/merge`, identity: person, message: /personal/, accepted: 'contents=write' },
]
for (const { route, body, identity, message, accepted } of refusals) {
  test(`${route} without the permission is 403 for a ${identity.type}, naming what is accepted`, async () => {
    await using github = await startGitHub({ tokens: { weak: identity } })
    await withPullRequest(github)
    const refused = await call(github, route, { body, token: 'weak' })
    assert.equal(refused.status, 403)
    assert.match(String(refused.get('message')), message)
    assert.equal(refused.headers.get('x-accepted-github-permissions'), accepted)
    assert.deepEqual(github.violations, [])
  })
}

test('reading a private repository needs the permission, reading a public one does not', async () => {
  for (const [isPrivate, status] of [
    [true, 403],
    [false, 200],
  ] as const) {
    await using github = await startGitHub({ tokens: { weak: none } })
    await withPullRequest(github, { private: isPrivate })
    assert.equal((await call(github, `GET ${PATH}/pulls`, { token: 'weak' })).status, status)
  }
})

test("a workflow's token may not ask who it is", async () => {
  await using github = await startGitHub()
  const refused = await call(github, 'GET /user')
  assert.equal(refused.status, 403)
  assert.equal(refused.get('message'), 'Resource not accessible by integration')
})

test('check runs belong to apps, whatever a person may do', async () => {
  await using github = await startGitHub()
  const { head } = await withPullRequest(github)
  const refused = await call(github, `POST ${PATH}/check-runs`, { body: { name: 'x', head_sha: head }, token: 'person-token' })
  assert.deepEqual([refused.status, refused.get('message')], [403, 'You must authenticate via a GitHub App.'])
})
