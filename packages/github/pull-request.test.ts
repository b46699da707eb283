import assert from 'node:assert/strict'
import test from 'node:test'
import { GitHubError } from './errors.ts'
import { listOpenPullRequests, readPullRequest, readPullRequests } from './pull-request.ts'
import { connect, openMore, REPOSITORY, startWithPullRequest } from './stand-in.ts'

test('a pull request is read as it is now: open, labelled, a draft, merged', async () => {
  const { server, head } = await startWithPullRequest()
  await using _ = server
  const github = connect(server)
  await server.label(REPOSITORY, 1, 'preview')
  await server.setDraft(REPOSITORY, 1, true)
  const truth = await server.pullRequest(REPOSITORY, 1)
  assert.deepEqual(await readPullRequest(github, 1), {
    number: 1,
    title: 'A change',
    state: 'open',
    merged: false,
    draft: true,
    labels: ['preview'],
    head,
    headRef: 'feature/x',
    headRepository: REPOSITORY,
    base: truth.base,
    baseRef: 'main',
    author: 'octocat',
    url: truth.url,
  })
  await server.setDraft(REPOSITORY, 1, false)
  await server.mergePullRequest(REPOSITORY, 1)
  const merged = await readPullRequest(github, 1)
  assert.deepEqual([merged.state, merged.merged], ['closed', true])
  assert.deepEqual(server.violations, [])
})

test('a head whose fork is deleted has no repository', async () => {
  const { server } = await startWithPullRequest()
  await using _ = server
  await server.forkRepository(REPOSITORY, 'mallory/shop')
  await server.commit('mallory/shop', { branch: 'evil', files: { 'a.txt': 'evil\n' } })
  await server.openPullRequest({ repo: REPOSITORY, head: 'evil', fork: 'mallory/shop' })
  const github = connect(server)
  assert.equal((await readPullRequest(github, 2)).headRepository, 'mallory/shop')
  server.deleteRepository('mallory/shop')
  assert.equal((await readPullRequest(github, 2)).headRepository, undefined)
})

test('a pull request that is not there is an error and not a closed one', async () => {
  const { server } = await startWithPullRequest()
  await using _ = server
  await assert.rejects(readPullRequest(connect(server), 99), (error) => {
    assert.ok(error instanceof GitHubError && error.status === 404)
    assert.match(error.message, /^GitHub failed to read pull request #99 of acme\/shop: it knows of none \(404\)\.$/)
    return true
  })
})

test('several pull requests are read by number, each one once', async () => {
  const { server } = await startWithPullRequest()
  await using _ = server
  await openMore(server, 7)
  await server.closePullRequest(REPOSITORY, 2)
  const known = await readPullRequests(connect(server), [2, 1, 7, 2, 3, 4, 5, 6])
  assert.deepEqual(
    [...known].map(([number, { state }]) => [number, state]),
    [2, 1, 7, 3, 4, 5, 6].map((number) => [number, number === 2 ? 'closed' : 'open']),
  )
  assert.equal(server.requests.length, 7)
  assert.equal((await readPullRequests(connect(server), [])).size, 0)
})

for (const response of ['status 404', 'status 500', 'reset', 'garbage', 'truncated', 'rate-limit'] as const) {
  test(`of several, one that is answered with ${response} makes nothing known`, async () => {
    const { server } = await startWithPullRequest()
    await using _ = server
    await openMore(server, 3)
    server.inject({ response, path: /pulls\/2$/, times: Number.POSITIVE_INFINITY, seconds: 900 })
    await assert.rejects(readPullRequests(connect(server), [1, 2, 3]), GitHubError)
  })
}

test('all pages of the open pull requests are read, oldest first', async () => {
  const { server } = await startWithPullRequest()
  await using _ = server
  await openMore(server, 102)
  await server.closePullRequest(REPOSITORY, 50)
  const github = connect(server)
  const numbers = async () => (await listOpenPullRequests(github)).map(({ number }) => number)
  const expected = Array.from({ length: 102 }, (_, at) => at + 1).filter((number) => number !== 50)
  assert.deepEqual(await numbers(), expected)

  // A next link that is lost must not end the list, and neither must a page that is exactly full.
  server.inject({ response: 'lost-next' })
  assert.deepEqual(await numbers(), expected)
  await server.closePullRequest(REPOSITORY, 102)
  assert.equal((await numbers()).length, 100)

  await server.reopenPullRequest(REPOSITORY, 102)
  for (const drop of [1, 100]) {
    server.inject({ response: 'short-page', drop })
    await assert.rejects(listOpenPullRequests(github), /page 1 is shorter than it should be/)
  }
  for (const response of ['status 500', 'status 409', 'garbage', 'truncated'] as const) {
    const fault = server.inject({ response, skip: 1, times: Number.POSITIVE_INFINITY })
    await assert.rejects(listOpenPullRequests(github), GitHubError, response)
    fault.remove()
  }
  assert.deepEqual(server.violations, [])
})
