import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmod, writeFile } from 'node:fs/promises'
import { createServer, request, type Server } from 'node:http'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { claim, type LedgerError, listEntries, readEntry } from '@mayfly/ledger'
import { type GitHub, startGitHub } from '../github/server.ts'
import { makePlace, type Place, watchedGit } from './place.ts'

const basic = (token: string) => `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`

describe('over HTTP', () => {
  let place: Place
  let github: GitHub
  let url: string
  before(async () => {
    place = await makePlace()
    github = await startGitHub()
    github.addToken('reader-secret', { login: 'reader', type: 'User', permissions: { contents: 'read' } })
    const repository = await github.createRepository('acme/shop')
    url = repository.cloneUrl
    await place.git(place.checkout, 'push', '--quiet', repository.directory, 'HEAD:work')
  })
  after(async () => {
    await github.close()
    await place[Symbol.asyncDispose]()
  })

  const ledger = (authorization = basic('workflow-token'), remote = url) =>
    place.ledger({ remote, ...(authorization ? { authorization } : {}) })

  const refused: [string, string][] = [
    ['without the permission to write', basic('reader-secret')],
    ['with a token that nobody knows', basic('guessed-secret')],
    ['without a token', ''],
  ]
  for (const [what, authorization] of refused) {
    it(`a claim ${what} names the permission and no secret`, async () => {
      const error = await caught(claim(ledger(authorization), place.entry({ name: 'refused' })))
      assert.equal(error.reason, 'access', error.message)
      assert.match(error.cure ?? '', /permissions: contents: (?:write|read)/)
      assert.doesNotMatch(`${error.message}${error.cure}`, /secret|eC1hY2Nlc3M/)
    })
  }

  it('who may only read sees who holds a version, and that an earlier run of this very entry did', async () => {
    const entry = place.entry({ name: 'read-only' })
    await claim(ledger(), entry)
    assert.deepEqual(await claim(ledger(basic('reader-secret')), entry), { won: true, entry })
    assert.deepEqual(await claim(ledger(basic('reader-secret')), { ...entry, key: 'x' }), { won: false, entry })
  })

  it('a checkout of one commit serves while its branch has moved on, and its files are not sent again', async () => {
    const directory = join(place.directory, 'shallow')
    const line = [github.git('acme/shop').directory, 'HEAD:refs/heads/line'] as const
    const revision = await place.commit('Released', { 'random.bin': randomBytes(300_000).toString('hex') })
    await place.git(place.checkout, 'push', '--quiet', ...line)
    await place.git(place.directory, 'clone', '--quiet', '--depth=1', '--branch=line', url, directory)
    await place.commit('Later', { 'web/a.txt': 'later' })
    await place.git(place.checkout, 'push', '--quiet', ...line)
    const entry = place.entry({ name: 'moved-on', revision })
    await using proxy = await unreliable(url, () => 'fine')
    const shallow = place.ledger({ directory, remote: proxy.url, authorization: basic('workflow-token') })
    assert.deepEqual(await claim(shallow, entry), { won: true, entry })
    assert.ok(proxy.pushed() > 0 && proxy.pushed() < 5000, `${proxy.pushed()} bytes were pushed`)
    assert.deepEqual(await listEntries(shallow, 'moved-on'), [entry])
  })

  it('the token stands in no argument, not even where it came in the URL', async () => {
    const watched = await watchedGit(place)
    const remote = url.replace('http://', 'http://x-access-token:workflow-token@')
    const entry = place.entry({ name: 'by-url' })
    assert.equal((await claim(place.ledger({ remote, environment: { PATH: watched.path } }), entry)).won, true)
    const calls = (await watched.calls()).join('\n')
    assert.match(calls, /push/)
    assert.doesNotMatch(calls, /workflow-token|eC1hY2Nlc3M/)
  })

  it('the token goes to no other address', async () => {
    const seen: string[] = []
    await using elsewhere = await listen(
      createServer((incoming, answer) => {
        seen.push(incoming.url ?? '')
        answer.end()
      }),
    )
    await using redirecting = await listen(
      createServer((incoming, answer) => {
        answer.writeHead(302, { location: `${elsewhere.url}${incoming.url}` }).end()
      }),
    )
    const redirected = ledger(basic('workflow-token'), `${redirecting.url}/acme/shop.git`)
    await assert.rejects(claim(redirected, place.entry({ name: 'redirected' })), { name: 'UserError' })
    assert.deepEqual(seen, [])
  })

  it('a server that is overloaded for a moment is asked again', async () => {
    await using proxy = await unreliable(url, (count) => (count <= 2 ? 'overloaded' : 'fine'))
    const entry = place.entry({ name: 'overloaded' })
    assert.equal((await claim(ledger(undefined, proxy.url), entry)).won, true)
    assert.deepEqual(await listEntries(ledger(), 'overloaded'), [entry])
  })

  it('a claim that was made although its answer was lost is found to be made', async () => {
    let cut = 0
    const isPush = (asked: string) => asked.startsWith('POST') && asked.endsWith('receive-pack')
    await using proxy = await unreliable(url, (_count, asked) => (isPush(asked) && ++cut === 1 ? 'cut' : 'fine'))
    const entry = place.entry({ name: 'cut' })
    assert.deepEqual(await claim(ledger(undefined, proxy.url), entry), { won: true, entry })
    assert.ok(cut > 0)
  })

  it('nobody there is said to be nobody there', async () => {
    const closed = await listen(createServer())
    await closed[Symbol.asyncDispose]()
    const nowhere = ledger(undefined, `${closed.url}/acme/shop.git`)
    const questions = [() => claim(nowhere, place.entry()), () => readEntry(nowhere, 'web', '1.0.0'), () => listEntries(nowhere)]
    for (const ask of questions) assert.equal((await caught(ask())).reason, 'unreachable')
  })
})

describe('a server with rules', () => {
  const hooks: [string, string][] = [
    [
      'pre-receive',
      'echo "GH013: Repository rule violations found for $ref: Cannot create ref due to creations being restricted." >&2; exit 1',
    ],
    ['update', 'echo "protected tag" >&2; exit 1'],
  ]
  for (const [name, script] of hooks) {
    it(`that refuses by its ${name} hook is quoted, and the rule is what has to change`, async () => {
      await using place = await makePlace()
      await writeFile(join(place.remote, 'hooks', name), `#!/bin/sh\n${script}\n`)
      await chmod(join(place.remote, 'hooks', name), 0o755)
      const error = await caught(claim(place.ledger(), place.entry()))
      assert.equal(error.reason, 'rule', error.message)
      assert.match(error.message, /web@1\.0\.0.*(?:creations being restricted|protected tag)/)
      assert.match(error.cure ?? '', /rules/i)
    })
  }

  it('says what it likes in one short line without escapes', async () => {
    await using place = await makePlace()
    await writeFile(
      join(place.remote, 'hooks/pre-receive'),
      "#!/bin/sh\nprintf '\\033[31m::error::x\\n' >&2; head -c 9000 /dev/zero | tr '\\0' x >&2; exit 1\n",
      {
        mode: 0o755,
      },
    )
    const { message } = await caught(claim(place.ledger(), place.entry()))
    assert.ok(message.length < 700)
    assert.ok(!message.includes('\u001b') && !message.includes('\n'))
  })
})

async function caught(work: Promise<unknown>): Promise<LedgerError> {
  try {
    await work
  } catch (error) {
    if (error instanceof Error && 'reason' in error) return error as LedgerError
    throw error
  }
  throw new Error('It was not refused.')
}

async function listen(server: Server): Promise<{ url: string } & AsyncDisposable> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  return {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

/** Stands before a server: answers 503, or lets a request through and drops the answer. */
async function unreliable(url: string, how: (count: number, asked: string) => 'fine' | 'overloaded' | 'cut') {
  let count = 0
  let pushed = 0
  const target = new URL(url)
  const place = await listen(
    createServer((incoming, answer) => {
      const mood = how(++count, `${incoming.method} ${incoming.url}`)
      if (mood === 'overloaded') return void answer.writeHead(503).end()
      const { hostname, port } = target
      const { method = 'GET', url: path = '/', headers } = incoming
      const onward = request({ hostname, port, method, path, headers }, (reply) => {
        if (mood === 'cut') return void reply.on('end', () => answer.destroy()).resume()
        answer.writeHead(reply.statusCode ?? 500, reply.headers)
        reply.pipe(answer)
      })
      incoming.on('data', (chunk: Buffer) => {
        if (path.endsWith('/git-receive-pack')) pushed += chunk.length
      })
      incoming.pipe(onward)
    }),
  )
  return { ...place, url: `${place.url}${target.pathname}`, /** Bytes. */ pushed: () => pushed }
}
