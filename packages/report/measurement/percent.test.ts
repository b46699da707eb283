import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { delta, percent, signed, time } from './percent.ts'

const shares: [covered: number, total: number, shown: string][] = [
  [0, 0, 'n/a'],
  [0, 7, '0 %'],
  [7, 7, '100 %'],
  [5, 7, '71.4 %'],
  [55, 60, '91.6 %'],
  [9996, 10_000, '99.9 %'],
  [99_999, 100_000, '99.9 %'],
  [1, 100_000, '0.1 %'],
  [29, 100, '29.0 %'],
  [9, 7, '100 %'],
]
for (const [covered, total, shown] of shares) {
  test(`${covered} of ${total} is ${shown}`, () => assert.equal(percent({ covered, total }), shown))
}

const ratio = fc.tuple(fc.nat(1_000_000), fc.nat(1_000_000)).map(([a, b]) => ({ covered: Math.min(a, b), total: Math.max(a, b) }))

test('100 % is said only where nothing is missing, 0 % only where nothing is covered, and never more than there is', () => {
  fc.assert(
    fc.property(ratio, ({ covered, total }) => {
      fc.pre(total > 0)
      const shown = percent({ covered, total })
      assert.equal(shown === '100 %', covered === total)
      assert.equal(shown === '0 %', covered === 0)
      // What a tenth is too little for is said as a tenth.
      if (shown !== '0.1 %') assert.ok(Number.parseFloat(shown) * total <= covered * 100 + 1e-6)
    }),
  )
})

test('a difference is what a reader gets who subtracts what is shown', () => {
  fc.assert(
    fc.property(ratio, ratio, (head, base) => {
      fc.pre(head.total > 0 && base.total > 0)
      const [now, before] = [head, base].map((one) => Math.round(Number.parseFloat(percent(one)) * 10))
      const said = delta(head, base)
      const value = said === '±0' ? 0 : Math.round(Number(said.replace('−', '-')) * 10)
      assert.equal(value, (now ?? 0) - (before ?? 0))
    }),
  )
})

test('there is no difference to nothing', () => {
  assert.equal(delta({ covered: 1, total: 2 }, { covered: 0, total: 0 }), '')
  assert.equal(delta({ covered: 0, total: 0 }, { covered: 1, total: 2 }), '')
})

test('differences carry a sign', () => {
  assert.deepEqual([signed(2), signed(-2), signed(0), signed(-0)], ['+2', '−2', '±0', '±0'])
  assert.equal(delta({ covered: 742, total: 1000 }, { covered: 736, total: 1000 }), '+0.6')
})

for (const [value, shown] of [
  [0, '0 ms'],
  [3.44, '3.4 ms'],
  [41.4, '41 ms'],
  [6400, '6.4 s'],
  [600_000, '10 min 0 s'],
] as const) {
  test(`${value} milliseconds read ${shown}`, () => assert.equal(time(value), shown))
}
