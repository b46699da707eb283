import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fasterThan, memoryTable, promotionSingles, type Row, timesTable } from './figures.ts'

const row: Row = {
  name: 'cold',
  aims: { 'multi-stage': 8, copy: 2 },
  times: { mayfly: [100, 200, 300], 'multi-stage': [1600, 1600, 1500], copy: [100, 300, 600] },
  memory: { mayfly: [3 * 1024 * 1024], 'multi-stage': [], copy: [1024 * 1024] },
}

describe('figures of artifacts', () => {
  it('say how many times as fast Mayfly was, by the medians and by the median of each round', () => {
    assert.deepEqual(fasterThan(row, 'multi-stage'), { medians: 8, pairs: 8 })
    assert.deepEqual(fasterThan(row, 'copy'), { medians: 1.5, pairs: 1.5 })
  })

  it('say of each arm whether its aim was missed', () => {
    assert.match(timesTable([row]), /\| +8\.0 × \| +8\.0 × \| ≥ 8 × \|.*\| +1\.5 × \| +1\.5 × \| ≥ 2 × missed \|$/)
  })

  it('promise nothing where there is no aim', () => {
    assert.doesNotMatch(timesTable([{ ...row, aims: {} }]), /≥|missed/)
  })

  it('show a question mark where the kernel did not say how much memory it was', () => {
    assert.match(memoryTable([row]), /\| cold +\| +3 MiB \| +3–3 \| +\? \| +\| +1 MiB \|/)
  })

  it('hold the promotion in the same repository, and nothing else of it, to its limit', () => {
    const [same, ...others] = promotionSingles([{ put: 99, same: 15, other: 99, whole: 99 }])
    assert.deepEqual([same?.aim, same?.met], ['< 15 ms', false])
    assert.ok(others.every(({ aim, met }) => aim === '' && met))
    assert.equal(promotionSingles([{ put: 1, same: 14.9, other: 1, whole: 1 }])[0]?.met, true)
  })
})
