import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type FileCoverage, NO_CODE } from '@mayfly/coverage'
import { aims, timesTable } from './figures.ts'
import { compareFiles } from './lines.ts'
import type { Row } from './measure.ts'

const MIB = 1024 * 1024

function row(aim?: { milliseconds: number; bytes: number }): Row {
  const argv = () => ['true'] as const
  return {
    contest: {
      name: 'merge',
      arms: [
        { name: 'Mayfly', argv },
        { name: 'nyc', argv },
      ],
      ...(aim === undefined ? {} : { aim }),
    },
    arms: new Map([
      ['Mayfly', { times: [100, 200, 300], memory: [100 * MIB] }],
      ['nyc', { times: [400, 500, 600], memory: [] }],
    ]),
    phases: [],
  }
}

describe('the tables of bench/measure.ts', () => {
  it('say how many times as long the other took, by the medians and round by round', () => {
    const [, , , nyc] = timesTable([row()]).split('\n')
    assert.match(nyc ?? '', /nyc \| +500 ms \| 400–600 \| +2\.5 × \| +2\.5 × \| +\? \|/)
  })

  it('say where an aim is missed', () => {
    const met = (milliseconds: number, bytes: number) => aims([row({ milliseconds, bytes })]).map((one) => one.met)
    assert.deepEqual(met(201, 101 * MIB), [true, true])
    assert.deepEqual(met(200, 100 * MIB), [false, false])
    assert.deepEqual(aims([row()]), [])
  })
})

describe('compareFiles', () => {
  it('counts what both call code and see otherwise, and what only one calls code', () => {
    const file = (...hits: number[]): FileCoverage => ({ hits: Uint32Array.of(NO_CODE, ...hits), branches: new Map() })
    const ours = new Map([
      ['same', file(1, 0)],
      ['other', file(1, 0, NO_CODE, 4)],
      ['mine', file(1)],
    ])
    const theirs = new Map([
      ['same', file(7, 0)],
      ['other', file(0, 0, 3)],
    ])
    const expected = { name: 'x', files: 3, equal: 1, lines: 4, differ: 1, onlyOurs: 2, onlyTheirs: 1 }
    assert.deepEqual(compareFiles('x', ours, theirs), expected)
  })
})
