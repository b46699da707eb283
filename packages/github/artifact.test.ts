import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import test from 'node:test'
import { silent, UserError } from '@mayfly/core'
import { downloadArtifact, findArtifact, findRunArtifact } from './artifact.ts'
import { connectGitHub, type GitHub } from './connect.ts'
import { PermissionError } from './errors.ts'
import { connect, REPOSITORY, startWithPullRequest } from './stand-in.ts'

const NAME = `mayfly-base-${'a'.repeat(40)}`
const FORK = 'mallory/shop'

const left = (change: object = {}) => ({
  name: NAME,
  bytes: Buffer.from('measured'),
  run: 1,
  headBranch: 'main',
  headSha: 'a'.repeat(40),
  ...change,
})

test('of several with the name the newest is found, by its exact name', async () => {
  const { server } = await startWithPullRequest()
  await using _ = server
  const github = connect(server)
  assert.equal(await findArtifact(github, NAME, 'main'), undefined)
  server.addArtifact(REPOSITORY, left())
  const newest = server.addArtifact(REPOSITORY, left({ run: 2, bytes: Buffer.from('measured again') }))
  server.addArtifact(REPOSITORY, left({ run: 3, name: `${NAME}.html` }))
  const found = await findArtifact(github, NAME, 'main')
  assert.deepEqual([found?.id, found?.name, found?.size], [newest, NAME, 14])
  assert.deepEqual(server.violations, [])
})

test("what a fork's run or another branch's has left under the name is never what others are compared with", async () => {
  const { server } = await startWithPullRequest()
  await using _ = server
  await server.forkRepository(REPOSITORY, FORK)
  const github = connect(server)
  // A fork may call its branch what it likes.
  server.addArtifact(REPOSITORY, left({ headRepository: FORK }))
  server.addArtifact(REPOSITORY, left({ headBranch: 'feature/x' }))
  assert.equal(await findArtifact(github, NAME, 'main'), undefined)
  const own = server.addArtifact(REPOSITORY, left())
  server.addArtifact(REPOSITORY, left({ headRepository: FORK }))
  assert.equal((await findArtifact(github, NAME, 'main'))?.id, own)
})

test('one run is asked for its own artifacts alone', async () => {
  const { server } = await startWithPullRequest()
  await using _ = server
  await server.forkRepository(REPOSITORY, FORK)
  const github = connect(server)
  const own = server.addArtifact(REPOSITORY, left({ run: 7, headRepository: FORK, headBranch: 'evil' }))
  server.addArtifact(REPOSITORY, left({ run: 8 }))
  server.addArtifact(REPOSITORY, left({ run: 7, name: 'another' }))
  assert.equal((await findRunArtifact(github, 7, NAME))?.id, own)
  assert.equal(await findRunArtifact(github, 9, NAME), undefined)
  assert.deepEqual(server.violations, [])
})

test('the bytes come back as they were stored', async () => {
  const { server } = await startWithPullRequest()
  await using _ = server
  const github = connect(server)
  const bytes = Buffer.from([0, 255, 10, 13, 0x1f, 0x8b])
  server.addArtifact(REPOSITORY, left({ bytes }))
  const found = await findArtifact(github, NAME, 'main')
  assert.ok(found)
  assert.deepEqual(await downloadArtifact(github, found), bytes)
  assert.deepEqual(server.violations, [])
})

test('without the permission the line to add is named', async () => {
  const weak = { login: 'github-actions[bot]', type: 'Bot', permissions: { contents: 'read' } } as const
  const { server } = await startWithPullRequest({ tokens: { weak } })
  await using _ = server
  await server.createRepository('acme/secret', { private: true })
  const github = connectGitHub({
    token: 'weak',
    apiUrl: server.apiUrl,
    repository: 'acme/secret',
    log: silent,
    second: 1,
  })
  await assert.rejects(findArtifact(github, NAME, 'main'), (error) => {
    assert.ok(error instanceof PermissionError)
    assert.match(error.cure ?? '', /permissions:\n {2}actions: read$/)
    return true
  })
})

/** A GitHub that answers what a test says, for what a real one would not. */
async function answering(serve: RequestListener): Promise<{ github: GitHub; server: Server; origin: string } & AsyncDisposable> {
  const server = createServer(serve)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  const github = connectGitHub({ token: 'secret', apiUrl: origin, repository: REPOSITORY, log: silent, second: 1 })
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { github, server, origin, [Symbol.asyncDispose]: close }
}

const STORED = { id: 5, name: NAME, size: 10 }

test('the token goes to GitHub and not to where it points', async () => {
  const seen: [path: string, authorization: string | undefined][] = []
  await using place = await answering((request, response) => {
    seen.push([request.url ?? '', request.headers.authorization])
    if (request.url === '/blob') return response.end('measured')
    return response.writeHead(302, { location: `${place.origin}/blob` }).end()
  })
  assert.equal((await downloadArtifact(place.github, STORED)).toString(), 'measured')
  assert.deepEqual(seen, [
    [`/repos/${REPOSITORY}/actions/artifacts/5/zip`, 'token secret'],
    ['/blob', undefined],
  ])
})

/** How the address that GitHub names answers. */
const broken: [what: string, serve: RequestListener, message: RegExp][] = [
  ['is gone', (_, response) => response.writeHead(404).end(), /cannot be downloaded \(404\)/],
  [
    'breaks off',
    (_, response) => void response.writeHead(200, { 'content-length': 100 }).write('half', () => response.destroy()),
    /cannot be downloaded/,
  ],
  ['does not answer', (request) => request.socket.destroy(), /cannot be downloaded: there is no answer/],
  ['holds an archive', (_, response) => response.end(Buffer.from('PK\u0003\u0004and so on', 'latin1')), /is an archive/],
]
for (const [what, serve, message] of broken) {
  test(`a stored file that ${what} is an error of the user's, which the run goes on without`, async () => {
    await using place = await answering((request, response) => {
      if (request.url === '/blob') return serve(request, response)
      return response.writeHead(302, { location: `${place.origin}/blob` }).end()
    })
    await assert.rejects(
      downloadArtifact(place.github, STORED),
      (error) => error instanceof UserError && message.test(error.message),
    )
  })
}

test('a file that is larger than it said is not read to its end', async () => {
  const part = Buffer.alloc(1024 * 1024)
  let written = 0
  await using place = await answering((request, response) => {
    if (request.url !== '/blob') return response.writeHead(302, { location: `${place.origin}/blob` }).end()
    const more = () => {
      while (!response.destroyed && response.write(part)) written++
    }
    response.on('drain', more)
    return more()
  })
  await assert.rejects(downloadArtifact(place.github, STORED), /larger than 64 MB/)
  assert.ok(written < 200, `${written} MB were sent`)
})

test('one that says that it is too large is not asked for', async () => {
  let asked = 0
  await using place = await answering((_, response) => {
    asked++
    response.end()
  })
  await assert.rejects(downloadArtifact(place.github, { ...STORED, size: 2 ** 40 }), /larger than 64 MB/)
  assert.equal(asked, 0)
})

for (const [what, location] of [
  ['no address', undefined],
  ['a file of this machine', 'file:///etc/passwd'],
  ['nonsense', 'nowhere'],
] as const) {
  test(`an answer that names ${what} is not followed`, async () => {
    await using place = await answering((_, response) =>
      response.writeHead(302, location === undefined ? {} : { location }).end(),
    )
    await assert.rejects(downloadArtifact(place.github, STORED), (error) => {
      assert.ok(error instanceof UserError)
      assert.match(error.message, /^GitHub's answer cannot be relied on: to download the artifact .*, it named no address\.$/)
      return true
    })
  })
}

/** An entry as GitHub lists it, of a run whose facts it may leave out (its description requires none of them). */
const entry = (id: number, workflowRun: unknown) => ({
  id,
  name: NAME,
  size_in_bytes: 8,
  expired: false,
  workflow_run: workflowRun,
})
const OWN = { id: 1, repository_id: 1, head_repository_id: 1, head_branch: 'main', head_sha: 'a'.repeat(40) }
for (const [what, run] of [
  ['no run', null],
  ['a run that is not told of', undefined],
  ['a run whose repository is gone', { ...OWN, head_repository_id: null }],
  ['a run without any facts', {}],
] as const) {
  test(`an artifact of ${what} is none of ours, and hides none of ours`, async () => {
    const artifacts = [entry(9, run), entry(8, OWN)]
    await using place = await answering((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ total_count: artifacts.length, artifacts }))
    })
    assert.equal((await findArtifact(place.github, NAME, 'main'))?.id, 8)
  })
}

test('one that has expired is not found', async () => {
  await using place = await answering((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ total_count: 1, artifacts: [{ ...entry(9, OWN), expired: true }] }))
  })
  assert.equal(await findArtifact(place.github, NAME, 'main'), undefined)
})
