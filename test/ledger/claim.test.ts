import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { appendFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { claim, type Entry, listEntries, readEntry } from '@mayfly/ledger'
import { digestOf, looksOf, makePlace, type Place } from './place.ts'

describe('a claim', () => {
  let place: Place
  before(async () => {
    place = await makePlace()
  })
  after(() => place[Symbol.asyncDispose]())

  it('is kept as it was given, and read back the same', async () => {
    const entry = place.entry({ name: '@acme/web', version: '1.2.3-rc.1+7', pullRequest: 12, repository: '', base: '' })
    assert.deepEqual(await claim(place.ledger(), entry), { won: true, entry })
    assert.deepEqual(await readEntry(place.ledger(), '@acme/web', '1.2.3-rc.1+7'), entry)
    assert.equal(await readEntry(place.ledger(), '@acme/web', '1.2.3-rc.2'), undefined)
  })

  it('is a tag that people can read with git alone', async () => {
    await claim(place.ledger(), place.entry({ name: 'readable' }))
    const shown = await place.git(place.remote, 'cat-file', 'tag', 'readable@1.0.0')
    assert.match(shown, new RegExp(`^readable@1.0.0 is ${digestOf('a')} in 127.0.0.1:5000/acme/shop/web\\.$`, 'm'))
    assert.equal(await place.git(place.remote, 'rev-parse', 'readable@1.0.0^{commit}'), place.entry().revision)
  })

  it('that is made again is the same claim, and adds no object to the remote', async () => {
    const entry = place.entry({ name: 'again', createdAt: new Date('2026-11-01T12:00:00.789Z') })
    const first = await claim(place.ledger(), entry)
    const objects = await place.git(place.remote, 'count-objects')
    assert.deepEqual(await claim(place.ledger(), entry), first)
    assert.equal(await place.git(place.remote, 'count-objects'), objects)
    assert.deepEqual(first.entry.createdAt, new Date('2026-11-01T12:00:00Z'))
  })

  const others: [string, Partial<Entry>][] = [
    ['another digest', { digest: digestOf('c') }],
    ['another repository', { repository: 'ghcr.io/acme/web' }],
    ['another key', { key: 'x' }],
    ['another base', { base: '' }],
    ['another time', { createdAt: new Date(0) }],
  ]
  for (const [what, change] of others) {
    it(`of a version that is held is lost with ${what}`, async () => {
      const entry = place.entry({ name: 'held' })
      await claim(place.ledger(), entry)
      assert.deepEqual(await claim(place.ledger(), { ...entry, ...change }), { won: false, entry })
    })
  }

  it('that no ledger could hold is refused before anything is made', async () => {
    const ledger = place.ledger()
    for (const change of [{ digest: 'sha256:1' }, { revision: 'HEAD' }, { key: 'a\nb' }, { createdAt: new Date(Number.NaN) }]) {
      await assert.rejects(claim(ledger, place.entry({ name: 'never', ...change })), /cannot hold never@1\.0\.0/)
    }
    await assert.rejects(claim(ledger, place.entry({ name: 'a b' })), { name: 'UserError' })
    await assert.rejects(claim(ledger, place.entry({ name: 'never', version: '1.0' })), { name: 'UserError' })
    assert.deepEqual(await listEntries(ledger, 'never'), [])
  })

  it('for a commit that is nowhere is refused by its hash', async () => {
    const revision = '0123456789'.repeat(4)
    await assert.rejects(claim(place.ledger(), place.entry({ name: 'lost', revision })), {
      reason: 'history',
      message: new RegExp(`${revision} is neither in`),
    })
  })

  it('in a folder that is no checkout says so', async () => {
    await assert.rejects(claim(place.ledger({ directory: place.directory }), place.entry({ name: 'nowhere' })), {
      name: 'UserError',
      message: /is not a git checkout/,
    })
  })
})

describe('a server that changes while a push is under way', () => {
  it('has the version taken by another at the last moment: the claim is lost to that one', async () => {
    await using place = await makePlace()
    const winner = place.entry({ digest: digestOf('9') })
    await claim(place.ledger(), winner)
    const object = await place.git(place.remote, 'rev-parse', 'refs/tags/web@1.0.0')
    await place.git(place.remote, 'update-ref', '-d', 'refs/tags/web@1.0.0')
    await hook(place, `env -u GIT_QUARANTINE_PATH git update-ref refs/tags/web@1.0.0 ${object}`)
    assert.deepEqual(await claim(place.ledger(), place.entry()), { won: false, entry: winner })
  })

  it('has the ref locked for a moment: the claim is tried again', async () => {
    await using place = await makePlace()
    const lock = join(place.remote, 'refs/tags/web@1.0.0.lock')
    await hook(place, `if [ -e ${lock} ]; then rm ${lock}; echo > ${place.directory}/unlocked; else echo > ${lock}; fi`)
    assert.deepEqual(await claim(place.ledger(), place.entry()), { won: true, entry: place.entry() })
    assert.ok(existsSync(join(place.directory, 'unlocked')))
  })
})

async function hook(place: Place, script: string): Promise<void> {
  await writeFile(join(place.remote, 'hooks/pre-receive'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
}

describe('a checkout', () => {
  let place: Place
  let revision: string
  before(async () => {
    place = await makePlace()
    revision = await place.commit('Released', { 'web/b.txt': 'b' })
    await place.commit('Later')
  })
  after(() => place[Symbol.asyncDispose]())

  /** How a checkout is made in the folder `to`. */
  const shapes: [string, (to: string) => Promise<void>][] = [
    [
      'detached and dirty',
      async (to) => {
        await place.git(place.directory, 'clone', '--quiet', place.remote, to)
        await place.git(to, 'checkout', '--quiet', '--detach', revision)
        await writeFile(join(to, 'web/a.txt'), 'changed')
        await writeFile(join(to, 'new'), 'new')
      },
    ],
    [
      'of one commit, as actions/checkout makes it',
      async (to) => {
        await place.git(place.directory, 'init', '--quiet', to)
        await place.git(to, 'fetch', '--quiet', '--depth=1', `file://${place.remote}`, revision)
        await place.git(to, 'checkout', '--quiet', '--detach', 'FETCH_HEAD')
      },
    ],
    [
      'of another commit alone',
      async (to) => {
        await place.git(place.directory, 'clone', '--quiet', '--depth=1', `file://${place.remote}`, to)
      },
    ],
    [
      'without files of old',
      async (to) => {
        await place.git(place.directory, 'clone', '--quiet', '--filter=blob:none', `file://${place.remote}`, to)
      },
    ],
    [
      'without folders of old',
      async (to) => {
        await place.git(place.directory, 'clone', '--quiet', '--filter=tree:0', '--no-checkout', `file://${place.remote}`, to)
      },
    ],
    [
      'in a worktree',
      async (to) => {
        await place.git(place.checkout, 'worktree', 'add', '--quiet', '--detach', to, revision)
      },
    ],
    [
      'with settings of its own that start programs',
      async (to) => {
        await place.git(place.directory, 'clone', '--quiet', place.remote, to)
        for (const key of [
          'core.fsmonitor',
          'core.sshCommand',
          'core.alternateRefsCommand',
          'uploadpack.packObjectsHook',
          'gpg.program',
        ]) {
          await place.git(to, 'config', key, `touch ${join(place.directory, 'started')}; false`)
        }
        await place.git(to, 'config', 'log.showSignature', 'true')
        await place.git(to, 'config', `url.${place.directory}/elsewhere.insteadOf`, `file://${place.remote}`)
        await writeFile(join(to, '.git/hooks/pre-push'), `#!/bin/sh\ntouch ${join(place.directory, 'started')}\n`, {
          mode: 0o755,
        })
      },
    ],
    [
      'whose path has blanks, quotes and umlauts "ü\\',
      async (to) => {
        await place.git(place.directory, 'clone', '--quiet', place.remote, to)
        await place.git(to, 'commit', '--quiet', '--allow-empty', '--message', 'Not pushed')
      },
    ],
  ]
  for (const [index, [shape, make]] of shapes.entries()) {
    it(`${shape} serves a claim and stays as it was`, async () => {
      const to = join(place.directory, `shape ${index} ${shape.slice(0, 60)}`)
      await make(to)
      const looks = await looksOf(place, to)
      // To look at it made git itself obey its settings.
      await rm(join(place.directory, 'started'), { force: true })
      const entry = place.entry({ name: `shape${index}`, revision })
      const ledger = place.ledger({ directory: to })
      assert.deepEqual(await claim(ledger, entry), { won: true, entry })
      assert.deepEqual(await claim(ledger, { ...entry, digest: digestOf('d') }), { won: false, entry })
      assert.ok(!existsSync(join(place.directory, 'started')))
      assert.equal(await looksOf(place, to), looks)
    })
  }

  it('whose hashes are SHA-256 has a ledger too', async () => {
    const [remote, to] = [join(place.directory, 'sha256.git'), join(place.directory, 'sha256')]
    await place.git(place.directory, 'init', '--quiet', '--bare', '--object-format=sha256', remote)
    await place.git(place.directory, 'init', '--quiet', '--object-format=sha256', to)
    await place.git(to, 'commit', '--quiet', '--allow-empty', '--message', 'One')
    const entry = place.entry({ revision: await place.git(to, 'rev-parse', 'HEAD') })
    const ledger = place.ledger({ directory: to, remote })
    assert.equal((await claim(ledger, entry)).won, true)
    assert.deepEqual(await listEntries(ledger), [entry])
  })

  it('may name the remote by a path of its own', async () => {
    await appendFile(join(place.checkout, 'web/a.txt'), 'dirty')
    const entry = place.entry({ name: 'by-path' })
    assert.equal((await claim(place.ledger({ remote: '../remote.git' }), entry)).won, true)
  })
})
