import assert from 'node:assert/strict'
import test from 'node:test'
import { silent, UserError } from '@mayfly/core'
import { startGitHub } from '../../test/github/server.ts'
import { connectGitHub } from './connect.ts'
import { GitHubError, PermissionError } from './errors.ts'
import { readPullRequest } from './pull-request.ts'
import { connect, REPOSITORY, sent, startWithPullRequest } from './stand-in.ts'

const good = { token: 't', apiUrl: 'https://api.example.test', repository: 'acme/shop', log: silent }
const wrong = [
  [{ ...good, token: '' }, /no GitHub token/],
  [{ ...good, apiUrl: 'api.example.test' }, /not the URL/],
  [{ ...good, apiUrl: 'file:///etc/passwd' }, /not the URL/],
  [{ ...good, repository: 'shop' }, /names no repository/],
  [{ ...good, repository: 'acme/..' }, /names no repository/],
  [{ ...good, repository: 'acme/shop/x' }, /names no repository/],
] as const
for (const [options, message] of wrong) {
  test(`a connection is refused: ${message.source}, given ${options.apiUrl} and ${options.repository}`, () => {
    assert.throws(() => connectGitHub(options), message)
  })
}

test('the path of an Enterprise Server is kept, with a slash at its end or without', async () => {
  const { server } = await startWithPullRequest()
  await using _ = server
  for (const apiUrl of [server.apiUrl, `${server.apiUrl}/`]) {
    const github = connectGitHub({ token: 'workflow-token', apiUrl, repository: REPOSITORY, log: silent })
    assert.equal((await readPullRequest(github, 1)).number, 1)
  }
})

for (const response of ['status 500', 'status 502', 'status 503', 'reset'] as const) {
  test(`reading goes on after two times ${response}, and ends with an error after the third`, async () => {
    const { server } = await startWithPullRequest()
    await using _ = server
    const github = connect(server)
    server.inject({ response, times: 2 })
    assert.equal((await readPullRequest(github, 1)).number, 1)
    server.inject({ response, times: 3 })
    await assert.rejects(readPullRequest(github, 1), (error) => {
      assert.ok(error instanceof GitHubError && error.uncertain)
      assert.match(error.message, /^GitHub failed to read pull request #1 of acme\/shop: /)
      return true
    })
    assert.equal(sent(server, 'GET').length, 6)
  })
}

for (const response of ['garbage', 'truncated'] as const) {
  test(`an answer of success that is ${response} is an error`, async () => {
    const { server } = await startWithPullRequest()
    await using _ = server
    server.inject({ response })
    await assert.rejects(readPullRequest(connect(server), 1), /cannot be relied on/)
  })
}

for (const response of ['rate-limit', 'secondary-rate-limit'] as const) {
  for (const status of [403, 429] as const) {
    test(`a ${response} with ${status} that ends soon is waited for once, and said`, async () => {
      const { server } = await startWithPullRequest()
      await using _ = server
      const said: string[] = []
      server.inject({ response, status, seconds: 20 })
      const github = connect(server, { log: { ...silent, info: (message) => said.push(message) } })
      assert.equal((await readPullRequest(github, 1)).number, 1)
      assert.match(said.join('\n'), /^GitHub's (secondary )?rate limit is reached; going on in \d+ s\.$/)
    })
  }
}

test('a rate limit that ends in an hour ends the work at once, saying when it will be over', async () => {
  const { server } = await startWithPullRequest()
  await using _ = server
  server.inject({ response: 'rate-limit', seconds: 3600 })
  await assert.rejects(readPullRequest(connect(server), 1), (error) => {
    assert.ok(error instanceof GitHubError && !(error instanceof PermissionError))
    assert.match(error.message, /the token's 5000 requests are used up until 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ/)
    return true
  })
  assert.equal(server.requests.length, 1)
})

test('a rate limit that does not end is waited for only once', async () => {
  const { server } = await startWithPullRequest()
  await using _ = server
  server.inject({ response: 'secondary-rate-limit', seconds: 5, times: Number.POSITIVE_INFINITY })
  await assert.rejects(readPullRequest(connect(server), 1), /too many requests at once/)
  assert.equal(server.requests.length, 2)
})

test('rate limits are waited for a minute in all, not a minute for each request', async () => {
  const { server } = await startWithPullRequest()
  await using _ = server
  const github = connect(server)
  server.inject({ response: 'secondary-rate-limit', seconds: 40 })
  await readPullRequest(github, 1)
  server.inject({ response: 'secondary-rate-limit', seconds: 40 })
  await assert.rejects(readPullRequest(github, 1), /try again in 40 s/)
})

test('a token that is not known is an error that says which input to give', async () => {
  const { server } = await startWithPullRequest()
  await using _ = server
  await assert.rejects(readPullRequest(connect(server, { token: 'wrong' }), 1), (error) => {
    assert.ok(error instanceof UserError)
    assert.match(error.message, /does not know the token \(Bad credentials\)/)
    assert.match(error.cure ?? '', /github-token/)
    return true
  })
})

test('a token that may not read a private repository is told the line to add', async () => {
  await using server = await startGitHub({ tokens: { weak: { login: 'github-actions[bot]', type: 'Bot', permissions: {} } } })
  await server.createRepository(REPOSITORY, { private: true })
  await server.commit(REPOSITORY, { branch: 'x', files: { a: '1' } })
  await server.openPullRequest({ repo: REPOSITORY, head: 'x' })
  await assert.rejects(readPullRequest(connect(server, { token: 'weak' }), 1), (error) => {
    assert.ok(error instanceof PermissionError)
    assert.match(error.cure ?? '', /permissions:\n {2}pull-requests: read$/)
    return true
  })
})

test('nobody answering is an error that says so', async () => {
  const { server } = await startWithPullRequest()
  await server.close()
  await assert.rejects(readPullRequest(connect(server), 1), /there was no answer/)
})
