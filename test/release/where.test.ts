import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { LABEL, UserError } from '@mayfly/core'
import { type Whereabouts, where } from '@mayfly/release'
import { type Built, startWorld, type World } from './traced.ts'

describe('where', () => {
  let world: World
  let one: Built
  let two: Built
  let preview: Built
  let [start, later, tested, squashed, ahead] = ['', '', '', '', '']
  const minute = (number: number) => new Date(Date.UTC(2026, 9, 1, 12, number))

  before(async () => {
    world = await startWorld()
    const { checkout } = world.place
    const git = (...args: string[]) => world.place.git(checkout, ...args)
    start = await git('rev-parse', 'HEAD')
    later = await world.place.commit('Later')
    // A pull request whose commits do not come into main: it is squashed.
    await git('checkout', '--quiet', '-b', 'pull')
    await git('commit', '--quiet', '--allow-empty', '--message', 'Try')
    tested = await git('rev-parse', 'HEAD')
    await git('checkout', '--quiet', 'main')
    squashed = await world.place.commit('Squashed (#12)')
    await git('checkout', '--quiet', '-b', 'ahead')
    await git('commit', '--quiet', '--allow-empty', '--message', 'Ahead')
    ahead = await git('rev-parse', 'HEAD')
    await git('checkout', '--quiet', 'main')
    one = await world.build('1.0.0', start)
    two = await world.build('1.1.0-pr.12.gaaaaaaa', tested, { [LABEL.pullRequest]: '12' })
    preview = await world.buildHere('1.1.1-pr.14.gbbbbbbb', ahead)
    await world.release(one, '1.0.0', start)
    await world.release(two, '1.1.0', squashed, { pullRequest: 12 })
    await world.deploy('production', two, { at: minute(1) })
    await world.deploy('production', one, { at: minute(2) })
    await world.deploy('staging', one, { at: minute(3) })
    await world.deploy('staging', two, { at: minute(4), reason: 'promote' })
    await world.deploy('staging', two, { at: minute(5), reason: 'promote' })
    await world.deploy('pr-14', preview, { at: minute(6), pullRequest: 14, command: ['sleep', '600'] })
  })

  after(() => world.close())

  const told = ({ artifacts }: Whereabouts) =>
    artifacts.map(({ artifact, released, running }) => [
      artifact,
      released,
      ...running.map(({ environment }) => environment.replace(/^.*?-(?=pr-|[a-z]+$)/, '')).sort(),
    ])
  const sorted = (found: Whereabouts) => told(found).sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))

  it('says of a commit which releases and deployments hold it, each with where it runs', async () => {
    const everything = [
      ['shop/web@1.1.1-pr.14.gbbbbbbb', false, 'pr-14'],
      ['web@1.0.0', true, 'production'],
      ['web@1.1.0', true, 'staging'],
    ]
    const table: [string, unknown[]][] = [
      [start, everything],
      [start.slice(0, 8), everything],
      [later, [everything[0], everything[2]]],
      [squashed, [everything[0], everything[2]]],
      ['main', [everything[0], everything[2]]],
      [ahead, [everything[0]]],
    ]
    for (const [commit, expected] of table) {
      const found = await where(world.tracing, commit)
      assert.deepEqual(found.notChecked, [])
      assert.deepEqual(sorted(found), expected, commit)
    }
  })

  it('finds the release of a commit that was squashed away, by what the release was built from', async () => {
    assert.deepEqual(sorted(await where(world.tracing, tested)), [['web@1.1.0', true, 'staging']])
  })

  it('says of an artifact where it runs, since it came there, and from which pull request, however it is written', async () => {
    for (const text of [
      'web@1.1.0',
      two.digest,
      `web@${two.digest}`,
      two.reference,
      `${world.repository}:1.1.0-pr.12.gaaaaaaa`,
    ]) {
      const found = await where(world.tracing, text)
      const [about] = found.artifacts
      const { artifact, digest, revision, pullRequest } = about ?? {}
      assert.deepEqual([artifact, digest, revision, pullRequest], ['web@1.1.0', two.digest, squashed, 12], text)
      assert.deepEqual(
        about?.running.map(({ host, service, since, pullRequest, state }) => [host, service, since, pullRequest, state]),
        [['here', 'web', minute(4), 12, 'created']],
      )
    }
  })

  it('counts from the newest arrival: what came back runs since it came back', async () => {
    const [about] = (await where(world.tracing, 'web@1.0.0')).artifacts
    assert.deepEqual(
      about?.running.map(({ since }) => since),
      [minute(2)],
    )
    await world.deploy('production', two, { at: minute(7), reason: 'rollback' })
    const [back] = (await where(world.tracing, 'web@1.1.0')).artifacts
    assert.deepEqual(back?.running.map(({ since }) => since).sort(), [minute(4), minute(7)])
    await world.deploy('production', one, { at: minute(8) })
  })

  it('counts a preview from when its container was made, which stays over pushes that do not change it', async () => {
    const id = await world.deploy('pr-15', await world.buildHere('1.1.1-pr.15.gddddddd', ahead), { at: new Date('2999-01-01') })
    const [about] = (await where(world.tracing, 'web@1.1.1-pr.15.gddddddd')).artifacts
    const run = about?.running.find(({ environment }) => environment === id)
    assert.ok(run && run.since < new Date('2998-01-01'), String(run?.since))
    await world.forget(id)
  })

  it('finds a preview by its name, short or whole, or by the id of its image', async () => {
    for (const text of [preview.name, 'web@1.1.1-pr.14.gbbbbbbb', preview.digest]) {
      const found = await where(world.tracing, text)
      assert.deepEqual(told(found), [['shop/web@1.1.1-pr.14.gbbbbbbb', false, 'pr-14']])
      const [run] = found.artifacts[0]?.running ?? []
      assert.deepEqual([run?.state, run?.since, run?.revision], ['running', minute(6), ahead])
    }
  })

  it('in a shallow clone names the deployments of which nobody can tell, and still knows the releases', async () => {
    const shallow = join(world.place.directory, 'shallow')
    await world.place.git(world.place.directory, 'clone', '--quiet', '--depth=1', `file://${world.place.remote}`, shallow)
    // Two commits that are there, and nothing in between: git takes one for no ancestor of the other.
    await world.place.git(shallow, 'fetch', '--quiet', '--depth=1', 'origin', start)
    const cut = await world.deploy('pr-16', await world.buildHere('1.1.1-pr.16.gcccccccc', squashed))
    const ledger = world.place.ledger({ directory: shallow })
    const found = await where({ ...world.tracing, directory: shallow, ledger }, start)
    assert.deepEqual(sorted(found), [
      ['web@1.0.0', true, 'production'],
      ['web@1.1.0', true, 'staging'],
    ])
    const why = found.notChecked.map(({ what, why }) => `${what}: ${why}`).sort()
    assert.equal(why.length, 2)
    assert.match(why[0] ?? '', new RegExp(`^web of \\S+-pr-14: .* lacks the history of ${ahead.slice(0, 12)}`))
    assert.match(why[1] ?? '', new RegExp(`^web of \\S+-pr-16: .* lacks the history of ${squashed.slice(0, 12)}`))
    await world.forget(cut)
  })

  it('names a host, a registry or a ledger that does not answer, and tells the rest', async () => {
    const hosts = [...world.tracing.hosts, { name: 'ssh://far', unreachable: 'No engine answers' }]
    const far = await where({ ...world.tracing, hosts }, 'web@1.1.0')
    assert.deepEqual(far.notChecked, [{ what: 'what runs on ssh://far', why: 'No engine answers' }])
    assert.equal(far.artifacts[0]?.running.length, 1)
    const alone = { ...world.tracing, registries: () => world.tracing.registries('127.0.0.1:1') }
    const noRegistry = await where(alone, squashed)
    assert.deepEqual(sorted(noRegistry)[1], ['web@1.1.0', true, 'staging'])
    assert.match(noRegistry.notChecked[0]?.why ?? '', /cannot be reached/)
    const noLedger = await where({ ...world.tracing, ledger: world.place.ledger({ remote: 'file:///nowhere' }) }, ahead)
    assert.deepEqual(told(noLedger), [['shop/web@1.1.1-pr.14.gbbbbbbb', false, 'pr-14']])
    assert.equal(noLedger.notChecked[0]?.what, 'the ledger')
  })

  it('refuses what is neither a commit nor an artifact, and says what there is', async () => {
    const table: [string, RegExp][] = [
      ['nothing-like-it', /is no commit/],
      ['ffffffff', /is no commit/],
      ['--output=/tmp/x', /is no commit/],
      ['web@1.9.9', /There is no "web@1\.9\.9".*The ledger has 1\.0\.0, 1\.1\.0 of web/],
      ['web@sha256:123', /There is no/],
      [`sha256:${'0'.repeat(64)}`, /There is no/],
      [`${'127.0.0.1:1'}/UPPER:x`, /not a name of images/],
    ]
    for (const [text, expected] of table) {
      await assert.rejects(where(world.tracing, text), (error) => {
        assert.ok(error instanceof UserError, String(error))
        assert.match(error.message, expected)
        assert.notEqual(error.cure, undefined)
        return true
      })
    }
  })
})
