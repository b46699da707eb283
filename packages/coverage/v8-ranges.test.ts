import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { mergeDumps } from './v8-merge.ts'
import type { V8Function, V8Range, V8ScriptCoverage } from './v8-model.ts'
import { flatten } from './v8-ranges.ts'

interface Theirs {
  mergeProcessCovs: (dumps: { result: V8ScriptCoverage[] }[]) => { result: V8ScriptCoverage[] }
}
const { mergeProcessCovs }: Theirs = createRequire(import.meta.url)('@bcoe/v8-coverage')

const SIZE = 60
const URL = 'file:///app/a.js'

/** The count at each offset. */
function painted(row: readonly V8Range[]): number[] {
  const counts = new Array<number>(SIZE).fill(0)
  for (const { startOffset, endOffset, count } of row) counts.fill(count, startOffset, endOffset)
  return counts
}

/** Nested ranges as V8 orders them: outer before inner, painted over one another they say the same. */
const nested: fc.Arbitrary<V8Range[]> = fc
  .array(fc.tuple(fc.nat(SIZE), fc.nat(SIZE), fc.nat(5)), { maxLength: 12 })
  .map((found) => {
    const ranges: V8Range[] = [{ startOffset: 0, endOffset: SIZE, count: 1 }]
    for (const [one, other, count] of found) {
      const [startOffset, endOffset] = [Math.min(one, other), Math.max(one, other)]
      const apart = (range: V8Range) =>
        range.endOffset <= startOffset ||
        endOffset <= range.startOffset ||
        (range.startOffset <= startOffset && endOffset <= range.endOffset) ||
        (startOffset <= range.startOffset && range.endOffset <= endOffset)
      const same = (range: V8Range) => range.startOffset === startOffset && range.endOffset === endOffset
      if (startOffset < endOffset && ranges.every(apart) && !ranges.some(same)) ranges.push({ startOffset, endOffset, count })
    }
    return ranges.sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset)
  })

const anything: fc.Arbitrary<V8Range[]> = fc.array(
  fc
    .record({ startOffset: fc.nat(SIZE - 1), endOffset: fc.nat(SIZE), count: fc.nat(5) })
    .filter((one) => one.startOffset < one.endOffset),
  { maxLength: 20 },
)

const functionOf = (ranges: V8Range[]): V8Function => ({ functionName: '', ranges, isBlockCoverage: true })
const dumpOf = (ranges: V8Range[]): V8ScriptCoverage[] => [{ url: URL, functions: [functionOf(ranges)] }]

describe('flatten', () => {
  it('says of each offset what the innermost range around it says', () => {
    fc.assert(fc.property(nested, (ranges) => assert.deepEqual(painted(flatten(ranges)), painted(ranges))))
  })

  it('gives a row without overlaps whatever the ranges are', () => {
    fc.assert(
      fc.property(anything, (ranges) => {
        let at = 0
        for (const { startOffset, endOffset } of flatten(ranges)) {
          assert.ok(at <= startOffset && startOffset < endOffset)
          at = endOffset
        }
      }),
    )
  })

  it('takes a hundred thousand ranges within each other', () => {
    const ranges = Array.from({ length: 100_000 }, (_, at) => ({ startOffset: at, endOffset: 200_000 - at, count: at % 7 }))
    assert.equal(flatten(ranges).length, 199_999)
  })
})

describe('mergeDumps', () => {
  it('adds up as @bcoe/v8-coverage does', () => {
    fc.assert(
      fc.property(fc.array(nested, { minLength: 1, maxLength: 4 }), (dumps) => {
        const theirs = mergeProcessCovs(
          structuredClone(dumps.map((ranges) => ({ result: dumpOf(ranges).map((one) => ({ scriptId: '', ...one })) }))),
        )
        const [ours] = mergeDumps(dumps.map(dumpOf), assert.fail)
        assert.deepEqual(painted(ours?.row ?? []), painted(theirs.result[0]?.functions.flatMap((one) => one.ranges) ?? []))
      }),
    )
  })

  it('believes counted blocks rather than a counted call', () => {
    const call: V8Function = { functionName: 'f', isBlockCoverage: false, ranges: [{ startOffset: 0, endOffset: 10, count: 3 }] }
    const blocks = functionOf([
      { startOffset: 0, endOffset: 10, count: 1 },
      { startOffset: 4, endOffset: 6, count: 0 },
    ])
    const [merged] = mergeDumps([[{ url: URL, functions: [call] }], [{ url: URL, functions: [blocks] }]], assert.fail)
    assert.deepEqual(
      merged?.row.map(({ count }) => count),
      [1, 0, 1],
    )
  })

  it('keeps two sources of one url apart', () => {
    const one = { url: URL, functions: [functionOf([{ startOffset: 0, endOffset: 5, count: 1 }])] }
    assert.equal(
      mergeDumps(
        [
          [
            { ...one, hash: 'a' },
            { ...one, hash: 'b' },
          ],
        ],
        assert.fail,
      ).length,
      2,
    )
  })
})
