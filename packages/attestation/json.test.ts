import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fieldOf } from './json.ts'

describe('a field of what was parsed', () => {
  const cases: [value: unknown, name: string, field: unknown][] = [
    [{ a: 1 }, 'a', 1],
    [{ a: null }, 'a', null],
    [JSON.parse('{"__proto__":{"a":1}}'), 'a', undefined],
    [{}, 'constructor', undefined],
    [[1], 'length', undefined],
    [[1], '0', undefined],
    ['text', 'length', undefined],
    [null, 'a', undefined],
    [undefined, 'a', undefined],
  ]
  for (const [value, name, field] of cases) {
    it(`"${name}" of ${JSON.stringify(value)} is ${field}`, () => assert.equal(fieldOf(value, name), field))
  }
})
