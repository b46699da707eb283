import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cyclonedxLicense, readLicense } from './license.ts'

describe('the licence in a package.json', () => {
  const manifests: [manifest: unknown, license: string][] = [
    [{ license: 'MIT' }, 'MIT'],
    [{ license: ' (MIT OR Apache-2.0) ' }, '(MIT OR Apache-2.0)'],
    [{ license: { type: 'BSD', url: 'https://x.test' } }, 'BSD'],
    [{ licenses: [{ type: 'MIT' }, { type: 'Apache-2.0' }] }, 'MIT OR Apache-2.0'],
    [{ license: 'MIT', licenses: ['MIT'] }, 'MIT'],
    [{}, ''],
    [{ license: ['MIT'] }, ''],
    [{ license: 7, licenses: { type: 'MIT' } }, ''],
    [{ license: 'x'.repeat(1001) }, ''],
    [null, ''],
    ['MIT', ''],
  ]
  for (const [manifest, license] of manifests) {
    it(`is "${license.slice(0, 40)}" in ${JSON.stringify(manifest)?.slice(0, 60)}`, () =>
      assert.equal(readLicense(manifest), license))
  }
})

describe('a licence in a bill of materials', () => {
  const expressions = [
    'MIT OR Apache-2.0',
    '(MIT AND (ISC OR Zlib))',
    'GPL-2.0-or-later WITH Bison-exception-2.2',
    'MIT OR (GPL-2.0+ WITH x AND ISC)',
    'DocumentRef-a:LicenseRef-b OR MIT',
    'constructor OR ISC',
  ]
  for (const text of expressions) {
    it(`is an expression: ${text}`, () => assert.deepEqual(cyclonedxLicense(text), { expression: text }))
  }

  const names = [
    'SEE LICENSE IN license.txt',
    'UNLICENSED',
    'MIT OR',
    'MIT OR OR ISC',
    '(MIT OR ISC',
    'MIT ISC OR Zlib',
    'MIT WITH a WITH b',
    'MIT or ISC',
    'Mine_ OR ISC',
    'Mine OR <script>',
  ]
  for (const text of names) {
    it(`is a name: ${text}`, () => assert.deepEqual(cyclonedxLicense(text), { license: { name: text } }))
  }

  it('is an identifier where it is one that nearly all use', () =>
    assert.deepEqual(cyclonedxLicense('MIT'), { license: { id: 'MIT' } }))
})
