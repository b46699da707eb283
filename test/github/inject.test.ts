import assert from 'node:assert/strict'
import test from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { call, items, linkTo, PATH, REPOSITORY, withPullRequest } from './caller.ts'
import { startGitHub } from './server.ts'

const LIST = `GET ${PATH}/issues/1/comments?per_page=2`

async function withComments() {
  const github = await startGitHub()
  await withPullRequest(github)
  for (let n = 0; n < 5; n++) github.comment(REPOSITORY, 1, 'octocat', `Comment ${n}`)
  return github
}

test('a status is answered as often as asked for, then the right answer again', async () => {
  await using github = await withComments()
  const fault = github.inject({ response: 'status 502', method: 'get', path: /comments$/, times: 2, skip: 1 })
  const answers: number[] = []
  for (let n = 0; n < 5; n++) answers.push((await call(github, LIST)).status)
  assert.deepEqual(answers, [200, 502, 502, 200, 200])
  assert.equal(fault.hits, 2)
  assert.deepEqual(
    github.requests.map((request) => request.injected),
    [undefined, 'status 502', 'status 502', undefined, undefined],
  )
})

test('a fault that is removed is over', async () => {
  await using github = await withComments()
  const fault = github.inject({ response: 'status 500', times: Number.POSITIVE_INFINITY })
  assert.equal((await call(github, LIST)).status, 500)
  fault.remove()
  assert.equal((await call(github, LIST)).status, 200)
})

test('a rate limit says that nothing is left and when it will be', async () => {
  const clock = () => new Date('2026-11-01T12:00:00Z')
  await using github = await startGitHub({ clock })
  github.inject({ response: 'rate-limit', seconds: 30, status: 429 })
  const { status, headers } = await call(github, 'GET /rate_limit')
  assert.equal(status, 429)
  assert.equal(headers.get('x-ratelimit-remaining'), '0')
  assert.equal(headers.get('x-ratelimit-reset'), String(clock().getTime() / 1000 + 30))
})

test('a secondary rate limit says how long to wait, and that plenty is left', async () => {
  await using github = await withComments()
  github.inject({ response: 'secondary-rate-limit', seconds: 5 })
  const { status, headers, text } = await call(github, LIST)
  assert.equal(status, 403)
  assert.equal(headers.get('retry-after'), '5')
  assert.notEqual(headers.get('x-ratelimit-remaining'), '0')
  assert.match(text, /secondary rate limit/)
})

test('a short page leaves items out and goes on linking; a lost next link ends early', async () => {
  await using github = await withComments()
  github.inject({ response: 'short-page' })
  const short = await call(github, LIST)
  assert.equal(items(short).length, 1)
  assert.ok(linkTo(short, 'next'))
  github.inject({ response: 'lost-next' })
  const lost = await call(github, LIST)
  assert.equal(items(lost).length, 2)
  assert.equal(linkTo(lost, 'next'), undefined)
  assert.ok(linkTo(lost, 'last'))
})

test('a slow answer is right, and late', async () => {
  await using github = await withComments()
  github.inject({ response: 'slow', milliseconds: 120 })
  const start = performance.now()
  assert.equal((await call(github, LIST)).status, 200)
  assert.ok(performance.now() - start >= 115)
})

test('closing does not wait for a slow answer', async () => {
  const github = await withComments()
  const fault = github.inject({ response: 'slow', milliseconds: 60_000 })
  const answer = assert.rejects(call(github, LIST))
  while (fault.hits === 0) await setImmediate()
  await github.close()
  await answer
})

test('a reset destroys the connection; nothing has happened, or all of it where the fault was applied', async () => {
  await using github = await withComments()
  const create = () => call(github, `POST ${PATH}/issues/1/comments`, { body: { body: 'New' } })
  github.inject({ response: 'reset', method: 'POST' })
  await assert.rejects(create())
  assert.equal(github.comments(REPOSITORY, 1).length, 5)
  github.inject({ response: 'reset', method: 'POST', applied: true })
  await assert.rejects(create())
  assert.equal(github.comments(REPOSITORY, 1).length, 6)
  assert.deepEqual(
    github.requests.map((request) => request.status),
    [0, 0],
  )
})

test('garbage is 200 with HTML, truncated is 200 with half of the JSON', async () => {
  await using github = await withComments()
  github.inject({ response: 'garbage' })
  const garbage = await call(github, LIST)
  assert.equal(garbage.status, 200)
  assert.match(garbage.headers.get('content-type') ?? '', /html/)
  github.inject({ response: 'truncated', applied: true })
  const truncated = await call(github, LIST)
  assert.equal(truncated.status, 200)
  assert.match(truncated.text, /^\[\{"id"/)
  assert.throws(() => JSON.parse(truncated.text))
})
