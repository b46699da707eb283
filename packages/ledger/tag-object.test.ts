import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Entry } from './entry.ts'
import { readTagObject, writeTag } from './tag-object.ts'

const hex = (length: number) =>
  fc.array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length }).map((all) => all.join(''))
const digest = hex(64).map((text) => `sha256:${text}`)
const entries: fc.Arbitrary<Entry> = fc.record(
  {
    name: fc.constantFrom('web', '@acme/web', 'a/b/c', '.x', 'a..b.lock'),
    version: fc.constantFrom('1.0.0', '1.2.3-rc.1', '1.0.0-x.lock', '0.0.1+b.lock'),
    digest,
    repository: fc.constantFrom('', 'ghcr.io/acme/web', '[::1]:5000/a/b', '127.0.0.1:5000/x'),
    revision: fc.oneof(hex(40), hex(64)),
    key: fc.oneof(fc.constant(''), hex(64)),
    base: fc.oneof(fc.constant(''), digest),
    pullRequest: fc.option(fc.integer({ min: 1 }), { nil: undefined }),
    createdAt: fc.integer({ min: 0, max: 253_402_300_799 }).map((seconds) => new Date(seconds * 1000)),
  },
  { noNullPrototype: true },
)
const SAMPLE: Entry = {
  name: '@acme/web',
  version: '1.2.3',
  digest: `sha256:${'a'.repeat(64)}`,
  repository: 'ghcr.io/acme/web',
  revision: 'b'.repeat(40),
  key: 'c'.repeat(64),
  base: '',
  pullRequest: undefined,
  createdAt: new Date('2026-11-01T12:00:00Z'),
}

test('every entry is read back as it was written', () => {
  fc.assert(
    fc.property(entries, (entry) => {
      const object = writeTag(entry)
      const tag = /^tag (.*)$/m.exec(object)?.[1] ?? ''
      assert.deepEqual(readTagObject(tag, object), { kind: 'entry', entry })
    }),
  )
})

test('different entries are different objects', () => {
  fc.assert(
    fc.property(entries, entries, (one, two) => {
      fc.pre(JSON.stringify(one) !== JSON.stringify(two))
      assert.notEqual(writeTag(one), writeTag(two))
    }),
  )
})

test('an object with a changed byte is never read as the entry that it was, nor as one that it does not spell', () => {
  const object = writeTag(SAMPLE)
  fc.assert(
    fc.property(fc.nat(object.length - 1), fc.constantFrom(...'0aZ" {}\n:'), (at, character) => {
      fc.pre(object[at] !== character)
      const changed = object.slice(0, at) + character + object.slice(at + 1)
      try {
        const read = readTagObject('@acme/web@1.2.3', changed)
        if (read.kind === 'foreign') return
        assert.notDeepEqual(read.entry, SAMPLE)
        assert.equal(writeTag(read.entry), changed)
      } catch (error) {
        assert.equal(error instanceof Error && 'reason' in error && error.reason, 'damaged')
      }
    }),
    { numRuns: 3000 },
  )
})

test('the bytes of version 1 of the format are settled: ledgers hold them', () => {
  const object = writeTag(SAMPLE)
  const hash = createHash('sha1').update(`tag ${object.length}\0${object}`).digest('hex')
  assert.equal(hash, 'c3d91de996d9c1bfbad5ca8b84a9e3e725bdae66', object)
})
