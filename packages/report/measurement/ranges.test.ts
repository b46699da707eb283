import assert from 'node:assert/strict'
import test from 'node:test'
import type { LineRange } from '@mayfly/core'
import fc from 'fast-check'
import { joinRanges, reachedBy } from './ranges.ts'

const joins: [what: string, missed: LineRange[], runs: number[], joined: LineRange[]][] = [
  [
    'neighbours',
    [
      [1, 2],
      [3, 3],
    ],
    [1, 3, 0],
    [[1, 3]],
  ],
  [
    'three lines without code between them',
    [
      [1, 1],
      [5, 5],
    ],
    [1, 1, 0, 5, 1, 0],
    [[1, 5]],
  ],
  [
    'four lines without code between them',
    [
      [1, 1],
      [6, 6],
    ],
    [1, 1, 0, 6, 1, 0],
    [
      [1, 1],
      [6, 6],
    ],
  ],
  [
    'a line that ran between them',
    [
      [1, 1],
      [3, 3],
    ],
    [1, 1, 0, 2, 1, 1, 3, 1, 0],
    [
      [1, 1],
      [3, 3],
    ],
  ],
  [
    'unchanged code that did not run between them',
    [
      [1, 1],
      [3, 3],
    ],
    [1, 3, 0],
    [
      [1, 1],
      [3, 3],
    ],
  ],
  [
    'a long run that covers the gap',
    [
      [10, 10],
      [12, 12],
    ],
    [1, 9, 1, 10, 1, 0, 11, 1, 1, 12, 1, 0],
    [
      [10, 10],
      [12, 12],
    ],
  ],
  [
    'ranges out of order',
    [
      [5, 5],
      [1, 1],
    ],
    [1, 1, 0, 5, 1, 0],
    [[1, 5]],
  ],
  ['nothing', [], [], []],
]
for (const [what, missed, runs, joined] of joins) {
  test(`ranges with ${what} become ${JSON.stringify(joined)}`, () => assert.deepEqual(joinRanges(missed, runs), joined))
}

test('however lines lie: every missed line is in one range, no line of code that is not missed is in any, and nothing is changed', () => {
  const file = fc.array(fc.constantFrom('missed', 'ran', 'none'), { maxLength: 60 })
  fc.assert(
    fc.property(file, (lines) => {
      const missed: LineRange[] = []
      const runs: number[] = []
      for (const [index, line] of lines.entries()) {
        if (line === 'missed') missed.push([index + 1, index + 1])
        if (line !== 'none') runs.push(index + 1, 1, line === 'ran' ? 1 : 0)
      }
      const before = structuredClone(missed)
      const joined = joinRanges(missed, runs)
      assert.deepEqual(missed, before)
      for (const [index, line] of lines.entries()) {
        const within = joined.filter(([first, last]) => first <= index + 1 && index + 1 <= last).length
        if (line === 'missed') assert.equal(within, 1)
        if (line === 'ran') assert.equal(within, 0)
      }
    }),
  )
})

test('who reached a file is who reached any of its lines', () => {
  assert.equal(reachedBy({ runs: [1, 2, 1, 3, 1, 0, 4, 1, 4] }), 5)
  assert.equal(reachedBy({ runs: [1, 2, 1 << 30] }), 1 << 30)
  assert.equal(reachedBy({ runs: [] }), 0)
})
