import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { command } from '@mayfly/core'
import { claim, entriesOf, listEntries, tagName } from '@mayfly/ledger'
import { gitEnvironment } from '../github/git.ts'
import { makePlace, type Place, watchedGit } from './place.ts'

describe('the entries that hold a commit', () => {
  let place: Place
  let [one, two, three, aside] = ['', '', '', '']
  before(async () => {
    place = await makePlace()
    one = place.entry().revision
    await place.git(place.directory, 'clone', '--quiet', place.remote, join(place.directory, 'old'))
    two = await place.commit('Two')
    three = await place.commit('Three')
    await place.git(place.checkout, 'checkout', '--quiet', '-b', 'aside', one)
    await place.git(place.checkout, 'commit', '--quiet', '--allow-empty', '--message', 'Aside')
    aside = await place.git(place.checkout, 'rev-parse', 'HEAD')
    await place.git(place.checkout, 'push', '--quiet', 'origin', 'aside')
    await place.git(place.checkout, 'commit', '--quiet', '--allow-empty', '--message', 'Unreleased')
    await place.git(place.checkout, 'push', '--quiet', 'origin', 'aside')
    for (const [name, version, revision] of [
      ['web', '1.0.0', one],
      ['api', '1.0.0', two],
      ['web', '1.1.0', three],
      ['web', '2.0.0', aside],
    ] as const) {
      await claim(place.ledger(), place.entry({ name, version, revision }))
    }
    await place.git(place.directory, 'clone', '--quiet', '--depth=1', `file://${place.remote}`, join(place.directory, 'shallow'))
    await place.git(
      place.directory,
      'clone',
      '--quiet',
      '--filter=tree:0',
      `file://${place.remote}`,
      join(place.directory, 'partial'),
    )
  })
  after(() => place[Symbol.asyncDispose]())

  for (const shape of ['checkout', 'old', 'shallow', 'partial']) {
    it(`are the same from every checkout (${shape})`, async () => {
      const ledger = place.ledger({ directory: join(place.directory, shape) })
      const names = async (commit: string) =>
        (await entriesOf(ledger, commit)).map((entry) => tagName(entry.name, entry.version)).sort()
      assert.deepEqual(await names(one), ['api@1.0.0', 'web@1.0.0', 'web@1.1.0', 'web@2.0.0'])
      assert.deepEqual(await names(two), ['api@1.0.0', 'web@1.1.0'])
      assert.deepEqual(await names(three.slice(0, 10)), ['web@1.1.0'])
      assert.deepEqual(await names(aside), ['web@2.0.0'])
      assert.deepEqual(await names(await place.git(place.remote, 'rev-parse', 'aside')), [])
    })
  }

  it('of a commit that is in none are none, although nothing but the checkout has its name', async () => {
    const directory = join(place.directory, 'unreleased')
    await place.git(place.directory, 'clone', '--quiet', '--depth=1', '--branch=aside', `file://${place.remote}`, directory)
    const short = (await place.git(directory, 'rev-parse', 'HEAD')).slice(0, 12)
    assert.deepEqual(await entriesOf(place.ledger({ directory }), short), [])
  })

  it('of a commit that does not exist are not none, but an error', async () => {
    for (const commit of ['0123456789'.repeat(4), '0123456', 'HEAD', '--all', '']) {
      await assert.rejects(entriesOf(place.ledger(), commit), { reason: 'history' }, commit)
    }
  })

  it('leave the checkout without tags', async () => {
    assert.equal(await place.git(place.checkout, 'tag', '--list'), '')
  })
})

describe('a list', () => {
  it('of nothing is empty', async () => {
    await using place = await makePlace()
    assert.deepEqual(await listEntries(place.ledger()), [])
    assert.deepEqual(await listEntries(place.ledger(), 'web'), [])
  })

  it('of 300 entries is read with a few commands', async () => {
    await using place = await makePlace()
    await claim(place.ledger(), place.entry())
    const object = await place.git(place.remote, 'cat-file', 'tag', 'web@1.0.0')
    const tags = Array.from({ length: 299 }, (_, index) => importable(object.replaceAll('1.0.0', `1.0.${index + 1}`)))
    const env = gitEnvironment()
    const made = await command(['git', '-C', place.remote, 'fast-import', '--quiet'], { env, input: tags.join('') })
    assert.equal(made.code, 0, made.stderr)
    const watched = await watchedGit(place)
    const entries = await listEntries(place.ledger({ environment: { PATH: watched.path } }), 'web')
    assert.equal(new Set(entries.map((entry) => entry.version)).size, 300)
    assert.ok((await watched.calls()).length <= 6)
  })

  it('of one name has no other that starts alike', async () => {
    await using place = await makePlace()
    for (const name of ['web', 'web-1', 'a/web', '@a/web']) await claim(place.ledger(), place.entry({ name }))
    for (const name of ['web', 'web-1', 'a/web', '@a/web']) {
      assert.deepEqual(await listEntries(place.ledger(), name), [place.entry({ name })])
    }
    assert.equal((await listEntries(place.ledger())).length, 4)
  })
})

/** A tag object as git fast-import takes it. */
function importable(object: string): string {
  const [, revision, tag, tagger] = /^object (.*)\ntype commit\ntag (.*)\ntagger (.*)\n/.exec(object) ?? []
  const message = `${object.slice(object.indexOf('\n\n') + 2)}\n`
  return `tag ${tag}\nfrom ${revision}\ntagger ${tagger}\ndata ${Buffer.byteLength(message)}\n${message}\n`
}
