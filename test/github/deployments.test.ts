import assert from 'node:assert/strict'
import test from 'node:test'
import { call, PATH, REPOSITORY, withPullRequest } from './caller.ts'
import { type GitHub, startGitHub } from './server.ts'

const NO_CHECKS = { ref: 'feature/x', environment: 'preview', required_contexts: [] }

async function deploy(github: GitHub, body: Record<string, unknown> = {}): Promise<number> {
  const created = await call(github, `POST ${PATH}/deployments`, { body: { ...NO_CHECKS, ...body } })
  assert.equal(created.status, 201, created.text)
  return Number(created.get('id'))
}

async function succeed(github: GitHub, id: number, body: Record<string, unknown> = {}): Promise<void> {
  const created = await call(github, `POST ${PATH}/deployments/${id}/statuses`, { body: { state: 'success', ...body } })
  assert.equal(created.status, 201, created.text)
}

const states = (github: GitHub) => github.deployments(REPOSITORY).map((deployment) => deployment.state)

const retirements: { name: string; first: Record<string, unknown>; next: Record<string, unknown>; left: string }[] = [
  { name: 'a success makes the former one of its environment inactive', first: {}, next: {}, left: 'inactive' },
  { name: 'a transient deployment is not made inactive', first: { transient_environment: true }, next: {}, left: 'success' },
  { name: 'a production deployment is not made inactive', first: { production_environment: true }, next: {}, left: 'success' },
  { name: 'another environment is left alone', first: { environment: 'staging' }, next: {}, left: 'success' },
  { name: 'with auto_inactive false nothing is made inactive', first: {}, next: { auto_inactive: false }, left: 'success' },
  { name: 'what is no success makes nothing inactive', first: {}, next: { state: 'failure' }, left: 'success' },
]
for (const { name, first, next, left } of retirements) {
  test(name, async () => {
    await using github = await startGitHub()
    await withPullRequest(github)
    await succeed(github, await deploy(github, first))
    await succeed(github, await deploy(github), next)
    assert.equal(states(github)[0], left)
  })
}

test('a deployment that never succeeded is not made inactive by another', async () => {
  await using github = await startGitHub()
  await withPullRequest(github)
  await deploy(github)
  await succeed(github, await deploy(github))
  assert.deepEqual(states(github), ['pending', 'success'])
})

test('an active deployment is deleted only where it is the only one', async () => {
  await using github = await startGitHub()
  await withPullRequest(github)
  const [first, second] = [await deploy(github), await deploy(github)]
  await succeed(github, first)
  assert.equal((await call(github, `DELETE ${PATH}/deployments/${first}`)).status, 422)
  assert.equal((await call(github, `DELETE ${PATH}/deployments/${second}`)).status, 204)
  assert.equal((await call(github, `DELETE ${PATH}/deployments/${first}`)).status, 204)
})

test('without required_contexts an unfinished status on the commit is a conflict', async () => {
  await using github = await startGitHub()
  const { head } = await withPullRequest(github)
  await call(github, `POST ${PATH}/statuses/${head}`, { body: { state: 'pending' } })
  const refused = await call(github, `POST ${PATH}/deployments`, { body: { ref: head } })
  assert.equal(refused.status, 409, refused.text)
  await deploy(github)
})

test('a ref that leads nowhere is refused', async () => {
  await using github = await startGitHub()
  await withPullRequest(github)
  const refused = await call(github, `POST ${PATH}/deployments`, { body: { ref: 'nowhere' } })
  assert.equal(refused.status, 422)
  assert.equal(refused.get('message'), 'No ref found for: nowhere')
})
