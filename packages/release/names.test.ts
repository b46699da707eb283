import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type Entry, isReleaseVersion } from '@mayfly/ledger'
import { entryOf, splitName } from './names.ts'

const SAMPLE: Entry = {
  name: 'web',
  version: '1.0.0',
  digest: `sha256:${'a'.repeat(64)}`,
  repository: '',
  revision: '',
  key: '',
  base: '',
  pullRequest: undefined,
  createdAt: new Date(0),
}

it('a name and a version are told apart at the last @, and a digest is no version', () => {
  const table: [string, { name: string; version: string } | undefined][] = [
    ['web@1.4.2', { name: 'web', version: '1.4.2' }],
    ['shop/web@1.4.2-rc.1+b', { name: 'shop/web', version: '1.4.2-rc.1+b' }],
    ['@acme/web@1.4.2', { name: '@acme/web', version: '1.4.2' }],
    ['postgres:17-alpine', undefined],
    [`postgres@sha256:${'a'.repeat(64)}`, undefined],
    ['@acme/web', undefined],
    ['', undefined],
  ]
  for (const [text, expected] of table) assert.deepEqual(splitName(text), expected, text)
})

it('a release is a semantic version that no build of a pull request or branch has', () => {
  for (const version of ['1.0.0', '2.0.0-rc.1', '1.0.0+build', '1.0.0-pr', '1.0.0-dev.1'])
    assert.ok(isReleaseVersion(version), version)
  const others = [
    '1.4.3-pr.12.g1a2b3c4',
    '1.4.3-dev.g1a2b3c4',
    '1.4.3-dev.g1a2b3c4.dirty.abc',
    'latest',
    'v1.0.0',
    '1.0',
    'key-abc',
  ]
  for (const version of others) assert.equal(isReleaseVersion(version), false, version)
})

it('a deployment finds its entry by its service before any other that is called alike', () => {
  const entries = [SAMPLE, { ...SAMPLE, name: 'shop/web' }, { ...SAMPLE, name: 'eb' }, { ...SAMPLE, version: '2.0.0' }]
  const find = (name: string, service = 'web') => {
    const found = entryOf(entries, { name, service })
    return found && `${found.name}@${found.version}`
  }
  assert.equal(find('shop/web@1.0.0'), 'web@1.0.0')
  assert.equal(find('shop/web@1.0.0', 'shop/web'), 'shop/web@1.0.0')
  assert.equal(find('web@2.0.0'), 'web@2.0.0')
  assert.equal(find('other/api@1.0.0'), undefined)
  assert.equal(find('web@3.0.0'), undefined)
  assert.equal(find('web'), undefined)
})
