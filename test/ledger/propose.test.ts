import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { claim, type ProposalRequest, proposeVersion } from '@mayfly/ledger'
import { makePlace, type Place } from './place.ts'

describe('a proposed version', () => {
  it('comes from the commits since the last release that touch the paths, one package at a time', async () => {
    await using work = await workplace()
    assert.equal((await work.propose('web'))?.version, '0.1.0')
    assert.equal((await work.propose('web', { current: '1.0.0' }))?.version, '1.0.0')
    await work.release('web', '1.0.0')
    assert.equal(await work.propose('web'), undefined)
    await work.place.commit('feat(api): not for web', { 'api/a.txt': '1' })
    assert.equal(await work.propose('web'), undefined)
    assert.equal((await work.propose('api'))?.version, '0.1.0')
    const fix = await work.place.commit('fix: a thing', { 'web/a.txt': '2' })
    assert.deepEqual(await work.propose('web'), {
      version: '1.0.1',
      since: '1.0.0',
      commits: [{ hash: fix, type: 'fix', scope: '', subject: 'a thing', breaking: false }],
    })
    await work.place.commit('feat: more', { 'web/deep/b.txt': '3' })
    assert.equal((await work.propose('web'))?.version, '1.1.0')
    await work.place.commit('refactor: less\n\nWhy.\n\nBREAKING CHANGE: gone', { 'web/a.txt': '4' })
    const proposed = await work.propose('web')
    assert.equal(proposed?.version, '2.0.0')
    assert.deepEqual(
      proposed?.commits.map(({ type }) => type),
      ['refactor', 'feat', 'fix'],
    )
    await work.release('web', '2.0.0')
    assert.equal(await work.propose('web'), undefined)
    assert.equal(await work.propose('web', { paths: ['.'] }), undefined)
  })

  it('counts from releases alone: previews and pre-releases are none', async () => {
    await using work = await workplace()
    await work.release('web', '1.0.0')
    await work.place.commit('feat: more', { 'web/a.txt': '2' })
    await work.release('web', '1.1.0-rc.1')
    await work.release('web', '1.0.1-pr.1.g1234567', 1)
    assert.equal((await work.propose('web'))?.version, '1.1.0')
  })

  it('on an old line follows that line, not the highest of all', async () => {
    await using work = await workplace()
    await work.release('web', '1.0.0')
    const old = await work.head()
    await work.place.commit('feat!: other', { 'web/a.txt': '2' })
    await work.release('web', '2.0.0')
    await work.place.git(work.place.checkout, 'checkout', '--quiet', '--detach', old)
    await work.place.git(work.place.checkout, 'commit', '--quiet', '--allow-empty', '--message', 'nothing')
    assert.equal(await work.propose('web'), undefined)
    await work.place.git(work.place.checkout, 'rm', '--quiet', '-r', 'web')
    await work.place.git(work.place.checkout, 'commit', '--quiet', '--message', 'fix: gone')
    const proposed = await work.propose('web')
    assert.deepEqual([proposed?.version, proposed?.since], ['1.0.1', '1.0.0'])
  })

  it('is the same from a checkout that is cut off or has holes', async () => {
    await using work = await workplace()
    await work.release('web', '1.0.0')
    await work.place.commit('feat: more', { 'web/a.txt': '2' })
    await work.place.commit('feat: elsewhere', { 'api/a.txt': '2' })
    const expected = await work.propose('web')
    assert.equal(expected?.commits.length, 1)
    for (const how of ['--depth=1', '--filter=blob:none', '--filter=tree:0']) {
      const directory = join(work.place.directory, how)
      await work.place.git(work.place.directory, 'clone', '--quiet', how, `file://${work.place.remote}`, directory)
      assert.deepEqual(await work.propose('web', {}, directory), expected)
    }
  })

  it('is refused where no release is in the history, or the history is nowhere', async () => {
    await using work = await workplace()
    await work.release('web', '1.0.0')
    await work.place.git(work.place.checkout, 'checkout', '--quiet', '--orphan', 'fresh')
    await work.place.git(work.place.checkout, 'commit', '--quiet', '--message', 'Anew')
    await assert.rejects(work.propose('web'), { reason: 'history', message: /highest is 1\.0\.0/ })
    await assert.rejects(work.propose('web', { revision: '0123456789'.repeat(4) }), { reason: 'history' })
  })

  it('looks at no path outside the repository', async () => {
    await using work = await workplace()
    for (const path of ['/etc', '../x', 'web/../..']) {
      await assert.rejects(work.propose('web', { paths: [path] }), { name: 'UserError', message: /not a path inside/ })
    }
  })
})

async function workplace() {
  const place: Place = await makePlace()
  const head = () => place.git(place.checkout, 'rev-parse', 'HEAD')
  return {
    place,
    head,
    async release(name: string, version: string, pullRequest?: number) {
      const { won } = await claim(place.ledger(), place.entry({ name, version, revision: await head(), pullRequest }))
      assert.ok(won)
    },
    async propose(name: string, changes: Partial<ProposalRequest> = {}, directory = place.checkout) {
      const revision = await head()
      return proposeVersion(place.ledger({ directory }), { name, revision, paths: [name], current: undefined, ...changes })
    },
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  }
}
