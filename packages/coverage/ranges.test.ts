import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UserError } from '@mayfly/core'
import fc from 'fast-check'
import { NO_CODE } from './model.ts'
import { decodeRuns, encodeRuns, subtract, toRanges } from './ranges.ts'

const line = fc.record({ hits: fc.constantFrom(NO_CODE, 0, 1, 7), mask: fc.integer({ min: 0, max: 2 ** 31 - 1 }) })
const lineNumbers = fc.uniqueArray(fc.integer({ min: 1, max: 60 })).map((all) => all.sort((a, b) => a - b))

describe('encodeRuns and decodeRuns', () => {
  it('give every line of code back with its mask, and no other', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), (lines) => {
        const hits = Uint32Array.of(NO_CODE, ...lines.map((one) => one.hits))
        const masks = Uint32Array.of(0, ...lines.map((one) => one.mask % 4))
        const decoded = decodeRuns(encodeRuns(hits, masks), 2).flatMap(({ first, count, mask }) =>
          Array.from({ length: count }, (_, at) => [first + at, mask]),
        )
        const expected = [...hits.entries()].filter(([, count]) => count !== NO_CODE).map(([at]) => [at, masks[at]])
        assert.deepEqual(decoded, expected)
      }),
    )
  })

  it('join lines that the same sources reached, and the 31st source has a bit', () => {
    const hits = Uint32Array.of(NO_CODE, 1, 5, 0, NO_CODE, 0, 2)
    const masks = Uint32Array.of(0, 3, 3, 0, 0, 0, 2 ** 30)
    assert.deepEqual(encodeRuns(hits, masks), [1, 2, 3, 3, 1, 0, 5, 1, 0, 6, 1, 2 ** 30])
    assert.equal(decodeRuns([6, 1, 2 ** 30], 31).at(-1)?.mask, 2 ** 30)
  })

  it('refuse what no encoding gives', () => {
    const table: [string, unknown][] = [
      ['no list', {}],
      ['nothing', null],
      ['no triples', [1, 1]],
      ['line 0', [0, 1, 0]],
      ['no lines', [1, 0, 0]],
      ['less than none', [1, -1, 0]],
      ['parts of a line', [1.5, 1, 0]],
      ['no number', ['1', 1, 0]],
      ['not finite', [1, Number.POSITIVE_INFINITY, 0]],
      ['overlapping', [1, 3, 0, 3, 1, 1]],
      ['falling', [5, 1, 0, 1, 1, 0]],
      ['an endless file', [1, 2 ** 40, 0]],
      ['an unknown source', [1, 1, 4]],
      ['a sign', [1, 1, 2 ** 31]],
    ]
    for (const [name, runs] of table) assert.throws(() => decodeRuns(runs, 2), UserError, name)
    assert.throws(() => decodeRuns([1, 1, 2 ** 31], 40), UserError)
  })
})

describe('toRanges and subtract', () => {
  it('leave exactly the lines that are in the first and not in the second', () => {
    fc.assert(
      fc.property(lineNumbers, lineNumbers, (some, others) => {
        const left = subtract(toRanges(some), toRanges(others))
        assert.deepEqual(left, toRanges(some.filter((one) => !others.includes(one))))
      }),
    )
  })

  it('joins neighbours', () => {
    assert.deepEqual(toRanges([1, 2, 3, 5, 7, 8]), [
      [1, 3],
      [5, 5],
      [7, 8],
    ])
  })
})
