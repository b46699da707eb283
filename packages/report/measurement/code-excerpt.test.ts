import assert from 'node:assert/strict'
import test from 'node:test'
import type { LineRange } from '@mayfly/core'
import { excerpt } from './code-excerpt.ts'

const source = Array.from({ length: 20 }, (_, at) => `line ${at + 1}`).join('\r\n')

const excerpts: [what: string, ranges: LineRange[], longest: number, lines: string[]][] = [
  ['three lines around a range', [[5, 5]], 99, ['  2', '  3', '  4', '✗ 5', '  6', '  7', '  8']],
  [
    'no more than there are',
    [
      [1, 1],
      [20, 20],
    ],
    99,
    ['✗ 1', '  2', '  3', '  4', '⋮', '  17', '  18', '  19', '✗ 20'],
  ],
  [
    'two near ranges as one piece',
    [
      [2, 2],
      [6, 6],
    ],
    99,
    ['  1', '✗ 2', '  3', '  4', '  5', '✗ 6', '  7', '  8', '  9'],
  ],
  [
    'as many lines as there is room for',
    [
      [5, 5],
      [15, 15],
    ],
    3,
    ['  2', '  3', '  4'],
  ],
  ['nothing of lines that the file does not have', [[40, 41]], 99, []],
]
for (const [what, ranges, longest, lines] of excerpts) {
  test(`an excerpt shows ${what}`, () => {
    const shown = excerpt(source, ranges, longest)
      .split('\n')
      .filter((line) => line !== '')
    assert.deepEqual(
      shown.map((line) => line.replace(/^(.) +(\d+) │.*$/, '$1 $2')),
      lines,
    )
  })
}

test('characters that only some take for the end of a line do not shift the numbers', () => {
  assert.equal(excerpt('a\u2028b\n\tc\fd', [[2, 2]], 9), '  1 │ a b\n✗ 2 │ \tc d')
})
