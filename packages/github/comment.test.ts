import assert from 'node:assert/strict'
import test from 'node:test'
import { readComment, upsertComment } from './comment.ts'
import { PermissionError } from './errors.ts'
import { connect, REPOSITORY, sent, startWithPullRequest } from './stand-in.ts'

const MARKER = '<!-- mayfly:acme-shop-pr-1 -->'
const BOT = 'github-actions[bot]'

test('the comment is made once, left alone while it says the same, and rewritten when it does not', async () => {
  const { server } = await startWithPullRequest()
  await using _ = server
  const github = connect(server)
  const say = (text: string) => upsertComment(github, 1, MARKER, `${MARKER}\n${text}`)
  assert.equal(await readComment(github, 1, MARKER), undefined)
  const first = await say('building')
  assert.equal(first.changed, true)
  assert.deepEqual(await say('building'), { url: first.url, changed: false })
  assert.deepEqual(await say('ready'), { url: first.url, changed: true })
  const comments = server.comments(REPOSITORY, 1)
  assert.deepEqual(
    comments.map(({ author, body }) => [author, body]),
    [[BOT, `${MARKER}\nready`]],
  )
  assert.deepEqual(await readComment(github, 1, MARKER), { id: comments[0]?.id, body: `${MARKER}\nready` })
  assert.deepEqual([sent(server, 'POST').length, sent(server, 'PATCH').length], [1, 1])
  assert.deepEqual(server.violations, [])
})

test("a body that comes back with a browser's line ends is not written again", async () => {
  const { server } = await startWithPullRequest()
  await using _ = server
  server.comment(REPOSITORY, 1, BOT, `${MARKER}\r\nready\r\n`)
  assert.equal((await upsertComment(connect(server), 1, MARKER, `${MARKER}\nready`)).changed, false)
})

const others = [
  ['mallory', `${MARKER}\nmine`, 'workflow-token', 'a person writes the marker'],
  [BOT, `> ${MARKER}`, 'workflow-token', 'a bot quotes the marker'],
  [BOT, '<!-- mayfly:acme-shop-pr-11 -->', 'workflow-token', "another environment's marker stands there"],
  [BOT, `${MARKER}\nmine`, 'person-token', "a person's token meets a bot's comment"],
] as const
for (const [author, body, token, what] of others) {
  test(`a comment is not ours when ${what}`, async () => {
    const { server } = await startWithPullRequest()
    await using _ = server
    server.comment(REPOSITORY, 1, author, body)
    const github = connect(server, { token })
    assert.equal(await readComment(github, 1, MARKER), undefined)
    await upsertComment(github, 1, MARKER, MARKER)
    assert.deepEqual(
      server.comments(REPOSITORY, 1).map((comment) => comment.body),
      [body, MARKER],
    )
  })
}

test("a person's token finds the person's comment, and asks only once who that is", async () => {
  const { server } = await startWithPullRequest()
  await using _ = server
  const github = connect(server, { token: 'person-token' })
  await upsertComment(github, 1, MARKER, `${MARKER} one`)
  await upsertComment(github, 1, MARKER, `${MARKER} two`)
  assert.deepEqual(
    server.comments(REPOSITORY, 1).map(({ author, body }) => [author, body]),
    [['octocat', `${MARKER} two`]],
  )
  assert.equal(sent(server, 'GET').filter((path) => path === '/user').length, 1)
})

test('our comment is found behind a hundred others', async () => {
  const { server } = await startWithPullRequest()
  await using _ = server
  for (let count = 0; count < 130; count++) server.comment(REPOSITORY, 1, 'octocat', `Comment ${count}`)
  server.comment(REPOSITORY, 1, BOT, `${MARKER} old`)
  await upsertComment(connect(server), 1, MARKER, `${MARKER} new`)
  assert.equal(server.comments(REPOSITORY, 1).length, 131)
  assert.equal(server.comments(REPOSITORY, 1).at(-1)?.body, `${MARKER} new`)
})

test('of two that a race has made the older stays', async () => {
  const { server } = await startWithPullRequest()
  await using _ = server
  const older = server.comment(REPOSITORY, 1, BOT, `${MARKER} a`)
  server.comment(REPOSITORY, 1, BOT, `${MARKER} b`)
  server.comment(REPOSITORY, 1, BOT, `${MARKER} c`)
  await upsertComment(connect(server), 1, MARKER, `${MARKER} d`)
  assert.deepEqual(
    server.comments(REPOSITORY, 1).map(({ id, body }) => [id, body]),
    [[older, `${MARKER} d`]],
  )
})

test('one that somebody deletes meanwhile is made anew', async () => {
  const { server } = await startWithPullRequest()
  await using _ = server
  const github = connect(server)
  await upsertComment(github, 1, MARKER, `${MARKER} a`)
  server.inject({ response: 'status 404', method: 'PATCH' })
  assert.equal((await upsertComment(github, 1, MARKER, `${MARKER} b`)).changed, true)
  assert.equal(server.comments(REPOSITORY, 1).at(-1)?.body, `${MARKER} b`)
})

for (const response of ['reset', 'status 502', 'garbage', 'truncated'] as const) {
  for (const applied of [true, false]) {
    test(`a creation answered with ${response} leaves one comment, ${applied ? 'where it was made' : 'where it was not'}`, async () => {
      const { server } = await startWithPullRequest()
      await using _ = server
      server.inject({ response, method: 'POST', applied })
      await upsertComment(connect(server), 1, MARKER, `${MARKER} a`)
      assert.deepEqual(
        server.comments(REPOSITORY, 1).map(({ body }) => body),
        [`${MARKER} a`],
      )
      assert.equal(sent(server, 'POST').length, applied ? 1 : 2)
    })
  }
}

test('without the permission nothing is written, and the line to add is named', async () => {
  const weak = { login: BOT, type: 'Bot', permissions: { pull_requests: 'read' } } as const
  const { server } = await startWithPullRequest({ tokens: { weak } })
  await using _ = server
  await assert.rejects(upsertComment(connect(server, { token: 'weak' }), 1, MARKER, MARKER), (error) => {
    assert.ok(error instanceof PermissionError)
    assert.match(error.message, /^GitHub refused to comment on #1: the token may not \(403, Resource not accessible/)
    assert.match(error.cure ?? '', /permissions:\n {2}pull-requests: write$/)
    return true
  })
  assert.deepEqual(server.comments(REPOSITORY, 1), [])
})

test('an outage while it is asked who we are is not taken for an answer, and is asked again', async () => {
  const { server } = await startWithPullRequest()
  await using _ = server
  const github = connect(server)
  const fault = server.inject({ response: 'status 500', path: /^\/user$/, times: Number.POSITIVE_INFINITY })
  await assert.rejects(readComment(github, 1, MARKER), /it answered 500/)
  fault.remove()
  assert.equal(await readComment(github, 1, MARKER), undefined)
})

test('a body without its marker, or longer than GitHub takes, is never sent', async () => {
  const { server } = await startWithPullRequest()
  await using _ = server
  const github = connect(server)
  await assert.rejects(upsertComment(github, 1, MARKER, `x${MARKER}`), /must start with its marker/)
  await assert.rejects(upsertComment(github, 1, MARKER, MARKER + 'x'.repeat(65_536)), /longer than GitHub takes/)
  assert.equal(server.requests.length, 0)
})
