import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { overheadSingles, overheadTables } from './figures.ts'
import type { Overhead } from './overhead.ts'

function taken(measured: number[]): Overhead {
  const times = (waits: number[]) => ({ waits, passes: [10], answers: [10], computes: [10] })
  return { times: { plain: times([100, 200, 400]), mayfly: times(measured), node: times([300]) }, around: 3000 }
}

describe('the tables of what gathering costs', () => {
  it('judge by each round: a slow moment of the machine is a whole round of it', () => {
    const met = (measured: number[]) => overheadSingles(taken(measured)).map((single) => single.met)
    assert.deepEqual(met([105, 210, 420]), [true, true, true, true])
    assert.deepEqual(met([106, 212, 400]), [false, true, true, true])
  })

  it('say the ratio by medians and by pairs, of each way to run the services', () => {
    const [, , plain, measured, node] = overheadTables(taken([102, 220, 408])).split('\n')
    assert.match(plain ?? '', /as they are \| 200 ms \| 100–400 \| +\| +\|$/)
    assert.match(measured ?? '', /measured \| 220 ms \| 102–408 \| 1\.100 × \| +1\.020 × \|$/)
    assert.match(node ?? '', /NODE_V8_COVERAGE \| 300 ms \| 300–300 \| 1\.500 × \| +3\.000 × \|$/)
  })
})
