import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { LABEL, silent, UserError } from '@mayfly/core'
import { observe, observeImages } from '@mayfly/engine'
import { DeploymentError, history, OvertakenError, removeEnvironment, rollback } from '@mayfly/environment'
import { preparePromotion, promote } from '@mayfly/pipeline'
import { visit } from '../visit.ts'
import { type Built, startWorld, type World, watching } from './world.ts'

describe('from a preview to staging to production, and back', () => {
  let world: World
  let one: Built
  let two: Built

  before(async () => {
    world = await startWorld('way', 18097)
    one = await world.commit('one')
    two = await world.commit('two')
  })

  after(() => world.close())

  const look = (name: string) => observe(world.engine, { owner: world.owner, environment: world.target(name).id })
  /** What is there, for comparing: the engine lists in any order. */
  const names = async (name: string) => {
    const { containers, networks, volumes } = await look(name)
    return [...containers.map(({ id }) => id), ...[...networks, ...volumes].map((resource) => resource.name)].sort()
  }
  const images = async (name: string) => (await look(name)).containers.map((container) => container.imageId)
  const said = async (name: string) => (await visit(world.url(name))).body
  const story = async (name: string) =>
    (await history(world.engine, world.target(name))).map(({ reason, revision }) => `${reason} ${nameOf(revision)}`)
  const nameOf = (revision: string) => (revision === one.revision ? 'one' : revision === two.revision ? 'two' : revision)
  const goBack = (name: string, to?: string) =>
    rollback(world.engine, {
      target: world.target(name),
      to,
      run: 'https://run.test/3',
      by: 'mona',
      timeout: 30_000,
      log: silent,
    })

  it('places the very image that the preview ran, at its commit, and builds nothing', async () => {
    await world.preview(1, one)
    const before = (await observeImages(world.engine, world.owner)).map(({ id }) => id)
    const staged = await world.promote('staging', { from: 'pr-1' })
    await world.promote('production', { from: 'staging' })
    assert.equal(staged.previous, undefined)
    for (const name of ['pr-1', 'staging', 'production']) {
      assert.deepEqual(await images(name), [one.placed[0]?.reference], name)
      assert.equal(await said(name), 'one')
    }
    assert.deepEqual((await observeImages(world.engine, world.owner)).map(({ id }) => id).sort(), before.sort())
    const [now, ...earlier] = await history(world.engine, world.target('production'))
    assert.deepEqual(earlier, [])
    const { since: _, ...rest } = now ?? {}
    assert.deepEqual(rest, {
      until: undefined,
      revision: one.revision,
      artifacts: [{ service: 'web', name: 'web@1.0.0-one', digest: one.placed[0]?.reference, revision: one.revision }],
      pullRequest: 1,
      run: 'https://run.test/2',
      by: 'mona',
      reason: 'promote',
    })
  })

  it('does nothing where that is what runs', async () => {
    const before = (await look('production')).containers.map(({ id }) => id)
    const again = await world.promote('production', { from: 'staging' })
    assert.deepEqual(again.steps, [])
    assert.deepEqual(
      (await look('production')).containers.map(({ id }) => id),
      before,
    )
    assert.deepEqual(await story('production'), ['promote one'])
  })

  it('goes on to the next, keeps the data, and knows the pull request from the image alone', async () => {
    const volumes = (await look('production')).volumes.filter(({ labels }) => labels[LABEL.role] === 'data')
    const done = await world.promote('production', { artifacts: JSON.stringify(two.placed) })
    assert.equal(done.previous?.revision, one.revision)
    assert.equal(await said('production'), 'two')
    assert.deepEqual(
      (await look('production')).volumes.filter(({ labels }) => labels[LABEL.role] === 'data'),
      volumes,
    )
    assert.equal((await history(world.engine, world.target('production')))[0]?.pullRequest, 1)
  })

  it('goes back by one command, to an image that only the history needs: its pull request is long gone', async () => {
    await removeEnvironment(world.engine, world.owner, world.target('pr-1').id, silent)
    await removeEnvironment(world.engine, world.owner, world.target('staging').id, silent)
    const done = await goBack('production')
    assert.equal(done.to.revision, one.revision)
    assert.equal(await said('production'), 'one')
    assert.deepEqual(await images('production'), [one.placed[0]?.reference])
    await assert.rejects(goBack('production'), /Nothing ran in .* before/)
    await goBack('production', '1.0.0-two')
    assert.equal(await said('production'), 'two')
    assert.deepEqual(await story('production'), ['rollback two', 'rollback one', 'promote two', 'promote one'])
    const entries = await history(world.engine, world.target('production'))
    for (const [at, entry] of entries.entries()) assert.deepEqual(entry.until, entries[at - 1]?.since)
  })

  it('puts back by itself what ran, where the next does not get healthy, networks and all; and remembers', async () => {
    const sick = await world.commit('sick', { healthy: false, networks: ['front'], volumes: [] })
    const failed = await world.promote('production', { artifacts: JSON.stringify(sick.placed) }).catch((error: unknown) => error)
    assert.ok(failed instanceof DeploymentError, String(failed))
    assert.equal(failed.left, 'the previous revision')
    assert.match(failed.message, /web .*unhealthy.* previous revision was put back/)
    assert.equal(await said('production'), 'two')
    assert.equal((await story('production'))[0], 'automatic-rollback two')
    const { networks } = await look('production')
    assert.ok(networks.some(({ name }) => name.endsWith('_default')))
    await goBack('production')
    assert.equal(await said('production'), 'one')
  })

  it('keeps a volume that the project lost, and says so', async () => {
    const bare = await world.commit('bare', { volumes: [] })
    const done = await world.promote('production', { artifacts: JSON.stringify(bare.placed) })
    assert.match(done.notices.join('\n'), /_data is kept although/)
    assert.ok((await look('production')).volumes.some(({ name }) => name.endsWith('_data')))
  })

  it('of a first deployment that fails nothing is left, but for data that was there before', async () => {
    const sick = await world.commit('never', { healthy: false, volumes: ['data', 'cache'] })
    const sources = { artifacts: JSON.stringify(sick.placed) }
    const failed = await world.promote('fresh', sources).catch((error: unknown) => error)
    assert.ok(failed instanceof DeploymentError && failed.left === 'nothing', String(failed))
    assert.deepEqual(await look('fresh'), { containers: [], networks: [], volumes: [] })
    const { id } = world.target('fresh')
    const labels = { [LABEL.owner]: world.owner, [LABEL.environment]: id, [LABEL.role]: 'data' }
    await world.docker(
      'volume',
      'create',
      ...Object.entries(labels).flatMap((label) => ['--label', label.join('=')]),
      `${id}_data`,
    )
    const again = await world.promote('fresh', sources).catch((error: unknown) => error)
    assert.ok(again instanceof DeploymentError && again.left === 'its data', String(again))
    const { containers, networks, volumes } = await look('fresh')
    assert.deepEqual([containers, networks, volumes.map(({ name }) => name)], [[], [], [`${id}_data`]])
  })

  it('of two promotions at once the later one is what runs, all of it, and the other gives way', async () => {
    // Ready to start, so that it does within milliseconds of the other's own start.
    const later = world.promotion('production', { artifacts: JSON.stringify(two.placed) })
    const ready = await preparePromotion(world.engine, later)
    let second: Promise<unknown> | undefined
    const log = watching((message) => {
      if (message.startsWith('Starting web')) second ??= promote(world.engine, later, ready)
    })
    const first = await world
      .promote('production', { artifacts: JSON.stringify(one.placed) }, { log })
      .catch((error: unknown) => error)
    await second
    assert.ok(first instanceof OvertakenError, String(first))
    assert.match(first.message, /started after this one/)
    assert.equal(await said('production'), 'two')
    assert.deepEqual(await images('production'), [two.placed[0]?.reference])
    assert.equal((await story('production'))[0], 'promote two')
  })

  it('and started at the very same time, one of them runs in full', async () => {
    const both = [one, two].map((built) => world.promote('production', { artifacts: JSON.stringify(built.placed) }))
    const outcomes = await Promise.allSettled(both)
    const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
    assert.ok(reasons.length < 2, String(reasons))
    for (const reason of reasons) assert.ok(reason instanceof OvertakenError, String(reason))
    const [now] = await history(world.engine, world.target('production'))
    assert.deepEqual(await images('production'), [now?.artifacts[0]?.digest])
    assert.equal(await said('production'), nameOf(now?.revision ?? ''))
    const { volumes } = await look('production')
    assert.deepEqual(
      volumes.filter(({ labels }) => labels[LABEL.role] === 'turn'),
      [],
    )
  })

  it('refuses before anything is changed, and says what is wrong', async () => {
    const artifacts = JSON.stringify(one.placed)
    const gone = JSON.stringify([{ ...one.placed[0], reference: `sha256:${'0'.repeat(64)}` }])
    const table: [sources: Parameters<World['promote']>[1], more: Parameters<World['promote']>[2], message: RegExp][] = [
      [{}, {}, /Nothing says what to promote/],
      [{ artifacts, from: 'staging' }, {}, /said in 2 ways: artifacts, from/],
      [{ from: 'production' }, {}, /the very environment/],
      [{ from: 'nowhere' }, {}, /Nothing is deployed in acme-way\d+-nowhere/],
      [{ from: 'pr-404' }, {}, /Nothing is deployed in acme-way\d+-pr-404/],
      [{ from: '../x' }, {}, /no name of an environment/],
      [{ versions: ['web'] }, {}, /"web" is not the version of an artifact/],
      [{ versions: ['web@1.0.0'] }, {}, /Versions are not known here/],
      [
        { versions: ['web@1.0.0'] },
        { means: { resolveVersions: async () => ({ placed: [], revision: '' }) } },
        /None of the artifacts says which commit/,
      ],
      [{ artifacts: '{' }, {}, /not JSON/],
      [{ artifacts: '[]' }, {}, /not a list of artifacts/],
      [
        { artifacts: JSON.stringify([{ ...one.placed[0], reference: 'nginx:latest' }]) },
        {},
        /"nginx:latest", which is no digest/,
      ],
      [{ artifacts: JSON.stringify([{ ...one.placed[0], service: 'api' }]) }, {}, /has web, for which there is no artifact/],
      [{ artifacts: gone }, {}, /The image of web \(web@1.0.0-one, sha256:0{12}\) is not on the local engine/],
      [{ artifacts }, { requireTested: true }, /nothing here can say/],
      [{ artifacts }, { requireTested: true, means: { tested: async () => 'no tests ran' } }, /web@1.0.0-one: no tests ran/],
      [{ artifacts }, { revision: 'f'.repeat(40) }, /cannot be fetched/],
    ]
    const before = await names('production')
    for (const [sources, more, message] of table) {
      await assert.rejects(world.promote('production', sources, more), (error: unknown) => {
        assert.ok(error instanceof UserError, String(error))
        assert.match(error.message, message)
        assert.notEqual(error.cure ?? '', '', error.message)
        return true
      })
    }
    assert.deepEqual(await names('production'), before)
    const tested = {
      requireTested: true,
      means: { tested: async () => undefined, resolveVersions: async () => ({ placed: one.placed, revision: one.revision }) },
    }
    await world.promote('production', { versions: ['web@1.0.0-one'] }, tested)
    assert.equal(await said('production'), 'one')
  })

  it('does not begin to go back where an image is gone', async () => {
    const last = await world.commit('last')
    await world.promote('production', { artifacts: JSON.stringify(last.placed) })
    await world.promote('production', { artifacts: JSON.stringify(two.placed) })
    await world.docker('image', 'rm', '--force', last.placed[0]?.reference ?? '')
    const before = await names('production')
    await assert.rejects(goBack('production'), (error: unknown) => {
      assert.ok(error instanceof UserError)
      assert.match(error.message, /The image of web \(web@1.0.0-last, sha256:\w{12}\) is not on/)
      assert.match(error.cure ?? '', /--to/)
      return true
    })
    assert.deepEqual(await names('production'), before)
  })

  it('and when the last environment goes, the images that only its history needed go with it', async () => {
    for (const name of ['staging', 'production', 'fresh'])
      await removeEnvironment(world.engine, world.owner, world.target(name).id, silent)
    const left = (await observeImages(world.engine, world.owner)).map(({ id }) => id)
    for (const { placed } of [one, two]) assert.ok(!left.includes(placed[0]?.reference ?? ''))
  })
})
