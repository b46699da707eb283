import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LABEL, OCI, UserError } from '@mayfly/core'
import { type Facts, type Item, nameItem, readFacts } from './item.ts'
import type { Content } from './manifest.ts'
import { toItem, withFactsOfChildren } from './registry-item.ts'

const OWNER = 'github.com/acme/shop'
const DAY = 86_400_000

describe('what labels and annotations say', () => {
  const cases: [string, Record<string, string>, Record<string, string>, Partial<Facts>][] = [
    ['nothing', {}, {}, { owned: undefined, ttl: undefined, name: '', version: '', base: undefined, created: undefined }],
    ['an owner on the config', { [LABEL.owner]: OWNER }, {}, { owned: true }],
    ['an owner on the manifest', {}, { [LABEL.owner]: OWNER }, { owned: true }],
    ["somebody else's owner", { [LABEL.owner]: `${OWNER}2` }, {}, { owned: false }],
    ['two owners', { [LABEL.owner]: OWNER }, { [LABEL.owner]: 'github.com/x/y' }, { owned: false }],
    ['an empty owner', { [LABEL.owner]: '' }, {}, { owned: undefined }],
    ['two times, of which the longer counts', { [LABEL.ttl]: '1d' }, { [LABEL.ttl]: '2d' }, { ttl: 2 * DAY }],
    ['an empty time', { [LABEL.ttl]: '' }, {}, { ttl: undefined }],
    ['an artifact', { [LABEL.artifact]: 'shop/web@1.2.3' }, {}, { name: 'shop/web', version: '1.2.3' }],
    ['an artifact of a scope', { [LABEL.artifact]: '@acme/web@1.2.3' }, {}, { name: '@acme/web', version: '1.2.3' }],
    ['an artifact without a version', { [LABEL.artifact]: '@acme/web' }, {}, { name: '@acme/web', version: '' }],
    ['only the standard words', { [OCI.title]: 'web', [OCI.version]: '2' }, {}, { name: 'web', version: '2' }],
    ['a time that is none', { [OCI.created]: 'yesterday' }, {}, { created: undefined }],
    ['a time', { [OCI.created]: '2026-01-01T00:00:00Z' }, {}, { created: new Date('2026-01-01T00:00:00Z') }],
  ]
  for (const [what, labels, annotations, wanted] of cases) {
    it(what, () => {
      const facts = readFacts(OWNER, labels, annotations, 'x')
      assert.deepEqual({ ...facts, ...wanted }, facts)
    })
  }

  for (const ttl of ['soon', '7', '-1d', '7 d', '1e3d', '99999999999999999w']) {
    it(`a time to live of "${ttl}" is refused by name`, () => {
      assert.throws(
        () => readFacts(OWNER, { [LABEL.ttl]: ttl }, {}, 'ghcr.io/acme/web'),
        (error) => error instanceof UserError && error.message.includes('ghcr.io/acme/web') && error.message.includes(ttl),
      )
    })
  }
})

const hex = 'a'.repeat(64)
function content(digest: string, labels: Record<string, string>, children: string[] = []): Content {
  const descriptor = { mediaType: 'x', digest, size: 1 }
  return { descriptor, facts: readFacts(OWNER, labels, {}, digest), configDigest: undefined, children, subject: undefined }
}
function place(tags: string[], pushedAt?: Date) {
  return { store: 'registry' as const, host: 'ghcr.io', repository: 'acme/web', tags, pushedAt, versionId: 0 }
}

describe('items of a registry', () => {
  it('fallback tags are told from tags, the older form of cosign too', () => {
    const tags = ['1.0.0', `sha256-${hex}`, `sha256-${hex.replaceAll('a', 'b')}.sig`, `sha256-${hex.slice(1)}`]
    const item = toItem(content('d', {}), place(tags))
    assert.deepEqual(item.tags, ['1.0.0', `sha256-${hex.slice(1)}`])
    assert.deepEqual(item.fallbackFor, [`sha256:${hex}`, `sha256:${hex.replaceAll('a', 'b')}`])
  })

  it('the time of the push counts before the time of the commit', () => {
    const pushed = new Date('2026-02-01T00:00:00Z')
    const image = content('d', { [OCI.created]: '2026-01-01T00:00:00Z' })
    assert.deepEqual(toItem(image, place([], pushed)).at, pushed)
    assert.deepEqual(toItem(image, place([])).at, new Date('2026-01-01T00:00:00Z'))
  })

  const child = (digest: string, labels: Record<string, string>) => toItem(content(digest, labels), place([]))
  const index = (...children: Item[]) => {
    const item = toItem(
      content(
        'index',
        {},
        children.map(({ digest }) => digest),
      ),
      place(['1']),
    )
    return withFactsOfChildren([item, ...children])[0]
  }
  const ours = { [LABEL.owner]: OWNER, [LABEL.ttl]: '7d', [OCI.created]: '2026-01-01T00:00:00Z' }

  it('an index that says nothing has what its images agree on', () => {
    const found = index(child('a', ours), child('b', { ...ours, [LABEL.ttl]: '9d' }), child('attestation', {}))
    assert.deepEqual([found?.owned, found?.ttl, found?.at], [true, 9 * DAY, new Date('2026-01-01T00:00:00Z')])
  })

  it('one image that never expires keeps its index from it, and images of two owners make no owner', () => {
    assert.equal(index(child('a', ours), child('b', { ...ours, [LABEL.ttl]: '' }))?.ttl, undefined)
    assert.equal(index(child('a', ours), child('b', { ...ours, [LABEL.owner]: 'x' }))?.owned, undefined)
    assert.equal(index(child('a', {}))?.owned, undefined)
  })

  it('has a name that a person can look for', () => {
    assert.equal(nameItem(toItem(content(`sha256:${hex}`, {}), place(['1.0.0']))), 'ghcr.io/acme/web:1.0.0')
    assert.equal(nameItem(toItem(content(`sha256:${hex}`, {}), place([]))), 'ghcr.io/acme/web@sha256:aaaaaaaaaaaa')
  })
})
