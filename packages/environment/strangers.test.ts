import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LABEL, nameBelongsTo } from '@mayfly/core'
import type { Observed } from '@mayfly/engine'
import fc from 'fast-check'
import { planEnvironment } from './plan.ts'
import { labelsOf, namedTarget, previewTarget } from './target.ts'

const reach = { domain: 'localhost', listen: 80, tls: 'off', limits: { memory: 2 ** 30, cpus: 1, pids: 512 } } as const
const target = previewTarget('github.test', 'Acme/Shop', 1, reach)
const createdAt = new Date(0)
const labels = (role: string) => ({ ...labelsOf(target), [LABEL.role]: role, [LABEL.service]: 'web' })

/** Of this environment, of a pull request whose number begins the same, and of somebody who copied the labels. */
const name = fc.constantFrom('acme-shop-pr-1-web-1', 'acme-shop-pr-1_old', 'acme-shop-pr-12-web-1', 'acme-shop-pr-1x', 'postgres')
const role = fc.constantFrom('service', 'data', 'record', 'network', 'gateway', '')
const observed: fc.Arbitrary<Observed> = fc.array(fc.tuple(name, role)).map((all) => ({
  containers: all.map(([name, role]) => ({
    id: name,
    name,
    labels: labels(role),
    state: 'running',
    health: 'none',
    exitCode: undefined,
    imageId: '',
    addresses: {},
    volumes: [],
    createdAt,
  })),
  networks: all.map(([name, role]) => ({ id: name, name, labels: labels(role), subnet: undefined, createdAt })),
  volumes: all.map(([name, role]) => ({ name: `${name}_${role}`, labels: labels(role), createdAt })),
}))

describe('what carries our labels', () => {
  it('goes only where its name is the environment’s too, and a record never', () => {
    const isolated = { model: { services: {} }, networks: [], services: [], notices: [] }
    fc.assert(
      fc.property(observed, (before) => {
        for (const step of planEnvironment({ target, revision: 'a', isolated }, before, undefined)) {
          if (!('name' in step)) continue
          assert.ok(nameBelongsTo(step.name, target.id), step.name)
          assert.ok(!(step.do === 'remove-volume' && step.name.endsWith('record')), step.name)
        }
      }),
    )
  })

  it('carries every one of them, so that none an image brings along ever counts', () => {
    const named = namedTarget('github.test', 'Acme/Shop', 'staging', reach)
    for (const one of [target, named]) {
      assert.deepEqual(Object.keys(labelsOf(one)).sort(), Object.values(LABEL).sort())
      assert.equal(labelsOf(one)[LABEL.owner], 'github.test/acme/shop')
    }
    assert.equal(labelsOf(target)[LABEL.pullRequest], '1')
    assert.equal(labelsOf(named)[LABEL.pullRequest], '')
  })
})
