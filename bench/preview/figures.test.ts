import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { spreadOf } from '../figures.ts'
import { phasesTable, ratiosOf, tableOf } from './figures.ts'

describe('figures', () => {
  it('sums up by the middle value, or the mean of the two in the middle', () => {
    assert.deepEqual(spreadOf([5, 1, 3]), { min: 1, median: 3, max: 5 })
    assert.deepEqual(spreadOf([4, 1, 3, 2]), { min: 1, median: 2.5, max: 4 })
    assert.deepEqual(spreadOf([7]), { min: 7, median: 7, max: 7 })
    assert.throws(() => spreadOf([]), /no figures/)
  })

  it('tells the ratio of the medians from the median of the ratios of each round', () => {
    const row = { name: '', aim: undefined, mayfly: [10, 20, 90], compose: [20, 10, 30] }
    assert.deepEqual(ratiosOf(row), { medians: 1, pairs: 2 })
  })

  it('says in the row that an aim was missed', () => {
    const row = { name: 'a push', aim: 1, mayfly: [150], compose: [100] }
    assert.match(
      tableOf([row]),
      /\| a push +\| 150 ms \| 150–150 \| +100 ms \| 100–100 \| 1\.50 × +\| +1\.50 × \| ≤ 1\.00 missed \|$/,
    )
    assert.doesNotMatch(tableOf([{ ...row, aim: 1.5 }]), /missed/)
  })

  it('shows a phase that one row does not have as nothing', () => {
    const phases = new Map([
      ['first', [[['read', 10] as const, ['deploy', 30] as const]]],
      ['removal', [[['read', 4] as const]]],
    ])
    assert.match(phasesTable(phases), /\| first +\| 10 ms +\| +30 ms \|\n\| removal \| +4 ms \| +0 ms \|$/)
  })
})
