import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { toHash } from './integrity.ts'

const sri = (name: string, length: number) => `${name}-${Buffer.alloc(length, 1).toString('base64')}`

describe('an integrity', () => {
  const cases: [text: string, hash: { alg: string; content: string } | undefined][] = [
    [sri('sha512', 64), { alg: 'SHA-512', content: '01'.repeat(64) }],
    [sri('sha384', 48), { alg: 'SHA-384', content: '01'.repeat(48) }],
    [sri('sha256', 32), { alg: 'SHA-256', content: '01'.repeat(32) }],
    [sri('sha1', 20), { alg: 'SHA-1', content: '01'.repeat(20) }],
    [`${sri('sha1', 20)} ${sri('sha512', 64)}`, { alg: 'SHA-512', content: '01'.repeat(64) }],
    [`${sri('sha512', 3)} ${sri('sha1', 20)}`, { alg: 'SHA-1', content: '01'.repeat(20) }],
    [`${sri('sha512', 64)}?option`, { alg: 'SHA-512', content: '01'.repeat(64) }],
    [sri('sha512', 63), undefined],
    ['', undefined],
    ['sha512-', undefined],
    [`${sri('sha512', 64)} `.repeat(50), undefined],
  ]
  for (const [text, hash] of cases) {
    it(`such as "${text.slice(0, 24)}" (${text.length} characters) is ${hash?.alg ?? 'refused'}`, () =>
      assert.deepEqual(toHash(text), hash))
  }
})
