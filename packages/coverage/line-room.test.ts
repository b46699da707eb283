import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { lineRoom } from './line-room.ts'

describe('lineRoom', () => {
  it('gives as many places as asked for, zero at first, and to each its own', () => {
    const lengths = fc.array(fc.oneof(fc.nat(300), fc.nat(10_000)), { maxLength: 60 })
    fc.assert(
      fc.property(lengths, (asked) => {
        const room = lineRoom()
        const given = asked.map((length, at) => {
          const own = room(length)
          assert.deepEqual([own.length, own.every((place) => place === 0)], [length, true])
          return own.fill(at + 1)
        })
        assert.ok(given.every((own, at) => own.every((place) => place === at + 1)))
      }),
      { numRuns: 30 },
    )
  })
})
