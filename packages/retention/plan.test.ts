import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Item } from './item.ts'
import { planRetention } from './plan.ts'
import { defaultPolicy, type RetentionPolicy } from './policy.ts'
import type { Root } from './root.ts'

const DAY = 86_400_000
const NOW = new Date('2026-03-01T00:00:00Z')
const ago = (days: number) => new Date(NOW.getTime() - days * DAY)

function item(digest: string, more: Partial<Item> = {}): Item {
  return {
    store: 'registry',
    place: 'registry.test',
    repository: 'shop/web',
    digest,
    aliases: [],
    mediaType: '',
    tags: [digest],
    at: ago(30),
    created: undefined,
    children: [],
    subject: undefined,
    fallbackFor: [],
    versionId: 0,
    owned: true,
    ttl: 10 * DAY,
    name: 'shop/web',
    version: '',
    key: '',
    revision: '',
    base: undefined,
    ...more,
  }
}

function plan(items: Item[], roots: Omit<Root, 'why'>[] = [], policy: Partial<RetentionPolicy> = {}) {
  const named = roots.map((root) => ({ ...root, why: 'a root' }))
  return planRetention({ items }, named, { ...defaultPolicy, keepLast: 0, ...policy }, NOW)
}

const deleted = (...asked: Parameters<typeof plan>) =>
  plan(...asked).flatMap((decision) => (decision.action === 'delete' ? [decision.item.digest] : []))

describe('one item alone', () => {
  const cases: [string, Partial<Item>, Omit<Root, 'why'>[], Partial<RetentionPolicy>, 'delete' | 'keep', RegExp][] = [
    ['past its time', {}, [], {}, 'delete', /its time, 10d, is over/],
    ['before its time', { ttl: 40 * DAY }, [], {}, 'keep', /^until 2026-03-11/],
    ['at its time to the millisecond', { ttl: 30 * DAY }, [], {}, 'delete', /over/],
    ['younger than the grace', { at: ago(6), ttl: DAY }, [], {}, 'keep', /younger than 7d/],
    ['without a tag and past the grace', { tags: [], ttl: 90 * DAY }, [], {}, 'delete', /has no tag/],
    ['without a tag in the grace', { tags: [], at: ago(6) }, [], {}, 'keep', /younger/],
    ['without a time to live', { ttl: undefined }, [], {}, 'keep', /no time to live/],
    ['without a time to live in an engine', { ttl: undefined, store: 'engine' }, [], {}, 'delete', /over/],
    ['of an unknown age', { at: undefined }, [], {}, 'keep', /nothing says when/],
    ['from the future', { at: ago(-5) }, [], {}, 'keep', /younger/],
    ["somebody else's", { owned: false }, [], {}, 'keep', /owner label/],
    ["nobody's", { owned: undefined }, [], {}, 'keep', /owner label/],
    ['whose digest is a root', {}, [{ digest: 'x' }], {}, 'keep', /a root/],
    ['whose other digest is a root', { aliases: ['config'] }, [{ digest: 'config' }], {}, 'keep', /a root/],
    ['whose tag is a root', {}, [{ reference: 'registry.test/shop/web:x' }], {}, 'keep', /a root/],
    ["whose tag is another repository's root", {}, [{ reference: 'registry.test/shop/api:x' }], {}, 'delete', /over/],
    ['whose key is a root', { key: 'k' }, [{ key: 'k' }], {}, 'keep', /a root/],
    ['without a key beside a root without one', {}, [{ key: '', revision: '', digest: '' }], {}, 'delete', /over/],
    ['whose commit is a root', { revision: 'r' }, [{ revision: 'r' }], {}, 'keep', /a root/],
    ['whose tag is protected', { tags: ['a', 'release-1'] }, [], { protect: ['release-*'] }, 'keep', /pattern release-\*/],
    ['whose version is protected', { version: '1.2.0' }, [], { protect: ['1.?.0'] }, 'keep', /pattern/],
    ['whose tag a pattern only begins', { tags: ['releases'] }, [], { protect: ['release', '1.?.0'] }, 'delete', /over/],
    [
      'an engine names with its repository',
      { store: 'engine', tags: ['shop.local/web:keep'] },
      [],
      { protect: ['keep'] },
      'keep',
      /pattern/,
    ],
  ]
  for (const [what, more, roots, policy, action, why] of cases) {
    it(`${action}s what is ${what}`.replace('is whose', 'has one whose'), () => {
      const [decision] = plan([item('x', more)], roots, policy)
      assert.equal(decision?.action, action)
      assert.match(decision?.why ?? '', why)
    })
  }
})

describe('items together', () => {
  it('what stays keeps children, referrers, their fallback tag and the base, and all that those keep', () => {
    const items = [
      item('base', { repository: 'shop/base' }),
      item('index', { children: ['child'] }),
      item('child', { tags: [], base: 'base' }),
      item('note', { tags: [], subject: 'child', owned: undefined }),
      item('list', { tags: [], fallbackFor: ['child'], children: ['note'], owned: undefined }),
      item('note-on-note', { tags: [], subject: 'note' }),
      item('other'),
    ]
    assert.deepEqual(deleted(items, [{ digest: 'index' }]), ['other'])
    assert.equal(deleted(items).length, items.length)
  })

  it('an index that is not ours or not due keeps its children as one that runs does', () => {
    const child = item('child', { tags: [] })
    for (const more of [{ owned: false }, { ttl: 90 * DAY }, { at: ago(1) }]) {
      assert.deepEqual(deleted([item('index', { children: ['child'], ...more }), child]), [])
    }
  })

  it('a child does not keep its index, nor a referrer its subject', () => {
    const items = [
      item('index', { children: ['child'] }),
      item('child'),
      item('image'),
      item('note', { tags: [], subject: 'image' }),
    ]
    assert.deepEqual(deleted(items, [{ digest: 'child' }, { digest: 'note' }]).sort(), ['image', 'index'])
  })

  it('a referrer is judged with its subject whatever its own age says', () => {
    const items = [
      item('image', { ttl: 90 * DAY }),
      item('note', { tags: [], subject: 'image', at: undefined, owned: undefined }),
    ]
    assert.deepEqual(deleted(items), [])
    assert.deepEqual(deleted([{ ...items[0], ttl: DAY } as Item, items[1] as Item]), ['image', 'note'])
  })

  it('one fallback list under the tags of two subjects stays with either', () => {
    const items = [item('a'), item('b'), item('list', { tags: [], fallbackFor: ['a', 'b'], owned: undefined, at: undefined })]
    assert.deepEqual(deleted(items, [{ digest: 'b' }]), ['a'])
  })

  it("somebody else's index keeps its children, and children without an owner are theirs", () => {
    const items = [item('index', { children: ['child'], owned: false }), item('child', { tags: [], owned: undefined })]
    assert.deepEqual(deleted(items), [])
  })

  it('the newest so many of each name stay, whatever their time', () => {
    const items = [1, 2, 3, 4].map((days) => item(`web-${days}`, { at: ago(20 + days) }))
    items.push(item('api', { name: 'shop/api' }), item('loose', { tags: [], at: ago(8) }))
    assert.deepEqual(deleted(items, [], { keepLast: 2 }).sort(), ['loose', 'web-3', 'web-4'])
  })

  it('goes from the outside in: index, children, base, fallback list, referrers', () => {
    const items = [
      item('note', { tags: [], subject: 'child' }),
      item('list', { tags: [], fallbackFor: ['child'], children: ['note'] }),
      item('base', { repository: 'shop/base', at: ago(90) }),
      item('child', { tags: [], base: 'base' }),
      item('inner', { tags: [], children: ['child'] }),
      item('outer', { children: ['inner', 'child'] }),
    ]
    assert.deepEqual(deleted(items), ['outer', 'inner', 'child', 'list', 'note', 'base'])
  })

  it('what belongs together has one number, and circles of claims end', () => {
    const circle = [
      item('a', { base: 'b' }),
      item('b', { base: 'a' }),
      item('c', { subject: 'd' }),
      item('d', { fallbackFor: ['c'] }),
    ]
    assert.equal(deleted(circle).length, 4)
    const numbers = plan([item('index', { children: ['child'] }), item('child', { tags: [] }), item('other')]).map(
      ({ group }) => group,
    )
    assert.equal(new Set(numbers).size, 2)
  })

  it('plans the same again over what a plan leaves', () => {
    const items = [item('a'), item('b', { ttl: undefined }), item('c', { tags: [] })]
    const left = plan(items).flatMap((decision) => (decision.action === 'keep' ? [decision.item] : []))
    assert.deepEqual(deleted(left), [])
  })
})
