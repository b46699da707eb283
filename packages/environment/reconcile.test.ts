import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LABEL, namedId } from '@mayfly/core'
import type { Container, Observed } from '@mayfly/engine'
import type { Isolated } from '@mayfly/project'
import fc from 'fast-check'
import { type Environment, environmentsOf } from './list.ts'
import { type Desired, keptVolumes, planEnvironment, type Step } from './plan.ts'
import { recordLabels, recordName, recordsOf } from './record.ts'
import { planSweep } from './sweep.ts'
import { labelsOf, namedTarget, previewTarget } from './target.ts'

const target = previewTarget('github.com', 'acme/shop', 7, {
  domain: 'localhost',
  listen: 80,
  tls: 'off',
  limits: { memory: 1, cpus: 1, pids: 1 },
})

function containerOf(service: string, config: string, more: Partial<Container> = {}): Container {
  return {
    id: `id-${service}`,
    name: `${target.id}-${service}-1`,
    labels: { ...labelsOf(target), [LABEL.role]: 'service', [LABEL.service]: service, [LABEL.config]: config },
    state: 'running',
    health: 'healthy',
    exitCode: undefined,
    imageId: '',
    addresses: {},
    volumes: [],
    createdAt: new Date(0),
    ...more,
  }
}

/** What a record of exactly this would say. */
const recordOf = ({ revision, isolated }: Desired) => ({
  revision,
  model: {
    services: Object.fromEntries(isolated.services.map(({ name, config }) => [name, { labels: { [LABEL.config]: config } }])),
  },
})

function desiredOf(services: Record<string, string>, volumes: string[] = []): Desired {
  const isolated: Isolated = {
    model: {
      services: Object.fromEntries(Object.keys(services).map((name) => [name, { restart: 'always' }])),
      volumes: Object.fromEntries(volumes.map((name) => [name, { name: `${target.id}_${name}` }])),
    },
    networks: [{ key: 'default', name: `${target.id}_default`, internal: false, members: Object.keys(services).length }],
    services: Object.entries(services).map(([name, config]) => ({ name, config, urls: [], fixedOn: undefined })),
    notices: [],
  }
  return { target, revision: 'head', isolated }
}

/** What an engine would show after these steps. */
function carriedOut(steps: readonly Step[], observed: Observed, desired: Desired): Observed {
  const next = structuredClone(observed)
  for (const step of steps) {
    if (step.do === 'create-network') {
      next.networks.push({ id: step.name, name: step.name, labels: labelsOf(target), subnet: undefined, createdAt: new Date(0) })
    }
    if (step.do === 'remove-container') next.containers = next.containers.filter((container) => container.id !== step.id)
    if (step.do === 'remove-network') next.networks = next.networks.filter((network) => network.id !== step.id)
    if (step.do === 'remove-volume') next.volumes = next.volumes.filter((volume) => volume.name !== step.name)
    if (step.do === 'start') {
      const config = desired.isolated.services.find((service) => service.name === step.service)?.config ?? ''
      next.containers = next.containers.filter((container) => container.labels[LABEL.service] !== step.service)
      next.containers.push(containerOf(step.service, config))
    }
  }
  return next
}

const old = { revision: 'old', model: undefined }
const services = fc.dictionary(fc.constantFrom('web', 'api', 'db', 'worker'), fc.constantFrom('a', 'b'), { minKeys: 1 })
const observedOf = (running: Record<string, string>, states: string): Observed => ({
  containers: Object.entries(running).map(([name, config]) => containerOf(name, config, { state: states, health: 'none' })),
  networks: [],
  volumes: [],
})

describe('the plan', () => {
  it('planned again on its own outcome is empty', () => {
    fc.assert(
      fc.property(services, services, fc.constantFrom('running', 'exited', 'created'), (wanted, running, state) => {
        const desired = desiredOf(wanted)
        const observed = observedOf(running, state)
        const after = carriedOut(planEnvironment(desired, observed, old), observed, desired)
        return planEnvironment(desired, after, recordOf(desired)).length === 0
      }),
    )
  })

  it('starts what is missing or changed, and leaves the rest and its data alone', () => {
    const desired = desiredOf({ web: 'a', api: 'b' }, ['data'])
    const observed: Observed = {
      containers: [containerOf('web', 'a'), containerOf('api', 'a'), containerOf('old', 'a')],
      networks: [{ id: 'n', name: `${target.id}_default`, labels: labelsOf(target), subnet: undefined, createdAt: new Date(0) }],
      volumes: ['data', 'gone'].map((name) => ({
        name: `${target.id}_${name}`,
        labels: { ...labelsOf(target), [LABEL.role]: 'data' },
        createdAt: new Date(0),
      })),
    }
    const steps = planEnvironment(desired, observed, old)
    assert.deepEqual(
      steps.map((step) => [step.do, 'service' in step ? step.service : 'name' in step ? step.name : '']),
      [
        ['start', 'api'],
        ['remove-container', `${target.id}-old-1`],
        ['remove-volume', `${target.id}_gone`],
        ['record', ''],
      ],
    )
  })

  it('never takes a volume from a named environment, and says so', () => {
    const named = namedTarget('github.com', 'acme/shop', 'staging', target)
    const desired = { ...desiredOf({ web: 'a' }), target: named }
    const volumes = [`${named.id}_gone`, 'acme-other_data'].map((name) => ({
      name,
      labels: { ...labelsOf(named), [LABEL.role]: 'data' },
      createdAt: new Date(0),
    }))
    const observed = { containers: [], networks: [], volumes }
    assert.deepEqual(
      planEnvironment(desired, observed, old).filter((step) => step.do === 'remove-volume'),
      [],
    )
    const [sentence, ...more] = keptVolumes(desired, observed)
    assert.match(sentence ?? '', /acme-shop-staging_gone is kept/)
    assert.deepEqual(more, [])
  })

  it('records anew what another run was killed over: the same commit, other images', () => {
    const desired = desiredOf({ web: 'b' })
    const observed = { ...observedOf({ web: 'b' }, 'running'), networks: [] }
    const ready = carriedOut(planEnvironment(desired, observed, old), observed, desired)
    const before = recordOf({ ...desired, isolated: desiredOf({ web: 'a' }).isolated })
    assert.deepEqual(planEnvironment(desired, ready, before), [{ do: 'record', revision: 'head' }])
  })

  it('restarts what has ended, but not what was meant to end', () => {
    const desired = desiredOf({ migrate: 'a' })
    const ended = {
      containers: [containerOf('migrate', 'a', { state: 'exited', health: 'none', exitCode: 0 })],
      networks: [],
      volumes: [],
    }
    assert.equal(planEnvironment(desired, ended, recordOf(desired)).filter((step) => step.do === 'start').length, 1)
    desired.isolated.model.services = { migrate: {} }
    assert.equal(planEnvironment(desired, ended, recordOf(desired)).filter((step) => step.do === 'start').length, 0)
  })
})

describe('the record', () => {
  it('is read as it was written, the newest first', () => {
    const model = { services: { web: { image: 'x', environment: { TEXT: 'ü'.repeat(5000) } } } }
    const networks = [{ key: 'default', name: 'x_default', internal: true, members: 2 }]
    const placed = [
      { service: 'web', reference: `sha256:${'a'.repeat(64)}`, name: 'web@1', revision: 'r', key: 'k', ports: [80] },
    ]
    const record = { revision: 'r', ttl: 3_600_000, run: 'u', by: 'mona', pullRequest: 12, placed, model, networks }
    for (const reason of ['deploy', 'promote', 'rollback', 'automatic-rollback'] as const) {
      const volumes = [1000, 2000].map((time) => {
        const one = { ...record, reason, deployedAt: new Date(time) }
        return { name: recordName(target, one.deployedAt), labels: recordLabels(target, one), createdAt: new Date(time) }
      })
      const [newest, oldest, ...more] = recordsOf({ volumes })
      assert.deepEqual(newest?.record, { ...record, reason, deployedAt: new Date(2000) })
      assert.deepEqual(oldest?.record.deployedAt, new Date(1000))
      assert.deepEqual(more, [])
    }
  })

  it('of a Mayfly that wrote less is read as a deployment of which no more is known', () => {
    const labels = {
      ...labelsOf(target),
      [LABEL.role]: 'record',
      [LABEL.deployedAt]: '2026-01-01T00:00:00Z',
      [LABEL.revision]: 'r',
    }
    const [only] = recordsOf({ volumes: [{ name: 'x', labels, createdAt: new Date(0) }] })
    const { reason, by, placed, pullRequest, model } = only?.record ?? {}
    assert.deepEqual([reason, by, placed, pullRequest, model], ['deploy', '', [], undefined, undefined])
  })

  it('that cannot be read ends the question: what nobody understands is nobody’s to delete', () => {
    for (const broken of [
      { [LABEL.deployedAt]: 'yesterday' },
      { [LABEL.deployedAt]: '2026-01-01T00:00:00Z', [LABEL.ttl]: 'long' },
    ]) {
      const volumes = [{ name: 'x', labels: { ...labelsOf(target), [LABEL.role]: 'record', ...broken }, createdAt: new Date(0) }]
      assert.throws(() => environmentsOf({ containers: [], networks: [], volumes }))
    }
  })
})

describe('the sweep', () => {
  const now = new Date('2026-06-01T12:00:00Z')
  const hours = (count: number) => new Date(now.getTime() + count * 3_600_000)
  const environment = (more: Partial<Environment> = {}): Environment => ({
    id: target.id,
    owner: target.owner,
    kind: 'preview',
    pullRequest: 7,
    record: {
      revision: 'r',
      deployedAt: hours(-5),
      ttl: 7_200_000,
      run: '',
      reason: 'deploy',
      by: '',
      pullRequest: 7,
      placed: [],
    },
    expiresAt: hours(5),
    services: [],
    touchedAt: hours(-5),
    observed: { containers: [], networks: [], volumes: [] },
    ...more,
  })
  const open = { state: 'open' as const, merged: false, labels: ['preview'] }
  const closed = { state: 'closed' as const, merged: false, labels: [] }

  it('decides by the state now', () => {
    const table: [Environment, typeof open | typeof closed, string | undefined, 'keep' | 'remove', RegExp][] = [
      [environment(), open, undefined, 'keep', /until/],
      [environment(), open, 'preview', 'keep', /until/],
      [environment(), closed, undefined, 'remove', /is closed/],
      [environment(), { ...closed, merged: true } as typeof closed, undefined, 'remove', /is merged|is closed/],
      [environment(), { ...open, labels: [] }, 'preview', 'remove', /does not carry/],
      [environment({ expiresAt: hours(-1) }), open, undefined, 'remove', /expired/],
      [environment({ record: undefined, expiresAt: undefined, touchedAt: hours(-2) }), open, undefined, 'remove', /half made/],
      [environment({ record: undefined, expiresAt: undefined, touchedAt: hours(-0.5) }), open, undefined, 'keep', /wanted/],
      [environment({ expiresAt: undefined }), open, undefined, 'keep', /wanted/],
    ]
    for (const [of, facts, label, action, why] of table) {
      const [decision] = planSweep([of], new Map([[7, facts]]), label, now)
      assert.equal(decision?.action, action)
      assert.match(decision?.why ?? '', why)
    }
  })

  it('never takes a named environment for half made, and removes it only where somebody gave it a time', () => {
    const named = { kind: 'named', pullRequest: undefined, expiresAt: undefined }
    const table: [Environment, 'keep' | 'remove'][] = [
      [environment({ ...named }), 'keep'],
      [environment({ ...named, record: undefined, touchedAt: hours(-1000) }), 'keep'],
      [environment({ ...named, expiresAt: hours(-1) }), 'remove'],
      // But for those that Mayfly makes for itself, where a run was killed.
      [environment({ ...named, id: namedId('acme/shop', 'mayfly-measure'), record: undefined, touchedAt: hours(-2) }), 'remove'],
      [
        environment({ ...named, id: namedId('acme/shop', 'mayfly-base-of-7'), record: undefined, touchedAt: hours(-2) }),
        'remove',
      ],
      [environment({ ...named, id: namedId('acme/shop', 'mayfly-measure'), record: undefined, touchedAt: hours(0) }), 'keep'],
      [
        environment({ ...named, id: namedId('acme/x-mayfly-measure', 'staging'), record: undefined, touchedAt: hours(-2) }),
        'keep',
      ],
    ]
    for (const facts of [undefined, new Map()])
      for (const [of, action] of table) assert.equal(planSweep([of], facts, 'preview', now)[0]?.action, action)
  })

  it('never removes an open, recorded preview that has time left', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 0, max: 100_000 }), (left, age) => {
        const young = environment({ expiresAt: hours(left / 60), touchedAt: hours(-age) })
        return planSweep([young], new Map([[7, open]]), undefined, now)[0]?.action === 'keep'
      }),
    )
  })

  it('decides nothing at all where one pull request’s state is not known', () => {
    assert.throws(
      () => planSweep([environment(), environment({ pullRequest: 8 })], new Map([[7, closed]]), undefined, now),
      /not known/,
    )
    assert.throws(() => planSweep([environment({ pullRequest: undefined })], new Map(), undefined, now), /not known/)
  })

  it('by hand, without GitHub, goes by time alone', () => {
    assert.equal(planSweep([environment()], undefined, undefined, now)[0]?.action, 'keep')
    assert.equal(planSweep([environment({ expiresAt: hours(-1) })], undefined, undefined, now)[0]?.action, 'remove')
  })
})
