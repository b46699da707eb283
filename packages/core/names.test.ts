import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { hostName, nameBelongsTo, namedId, previewId, repositorySlug, slug } from './names.ts'

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
const owner = fc.stringMatching(/^[A-Za-z0-9](-?[A-Za-z0-9]){0,38}$/)
const name = fc.stringMatching(/^[A-Za-z0-9._-]{1,100}$/)
const repository = fc.tuple(owner, name).map(([left, right]) => `${left}/${right}`)
const number = fc.integer({ min: 1, max: 10_000_000 })

describe('names', () => {
  it('are as a reader expects where nothing odd is in them', () => {
    assert.equal(previewId('acme/shop', 12), 'acme-shop-pr-12')
    assert.equal(previewId('Acme/Shop', 12), 'acme-shop-pr-12')
    assert.equal(namedId('acme/shop', 'staging'), 'acme-shop-staging')
    assert.equal(hostName('acme-shop-pr-12', 'localhost'), 'acme-shop-pr-12.localhost')
    assert.equal(hostName('acme-shop-pr-12', 'localhost', 'api'), 'api--acme-shop-pr-12.localhost')
  })

  it('keep apart what only looks alike', () => {
    assert.notEqual(repositorySlug('a-b/c'), repositorySlug('a/b-c'))
    assert.notEqual(namedId('acme/shop', 'pr-12'), previewId('acme/shop', 12))
    assert.notEqual(slug('a_b'), slug('a-b'))
    assert.notEqual(slug(''), slug('-'))
  })

  it('of environments are DNS labels of at most 63 characters, whatever they are made of', () => {
    fc.assert(
      fc.property(
        repository,
        number,
        (from, pull) => LABEL.test(previewId(from, pull)) && previewId(from, pull).endsWith(`-pr-${pull}`),
      ),
    )
    fc.assert(fc.property(repository, fc.string(), (from, named) => LABEL.test(namedId(from, named))))
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => LABEL.test(slug(text))))
  })

  it('never meet: two repositories, two pull requests, a pull request and a name', () => {
    const different = (a: string, b: string) => a.toLowerCase() !== b.toLowerCase()
    fc.assert(
      fc.property(repository, repository, number, (a, b, pull) => !different(a, b) || previewId(a, pull) !== previewId(b, pull)),
    )
    fc.assert(fc.property(repository, number, number, (from, a, b) => a === b || previewId(from, a) !== previewId(from, b)))
    fc.assert(fc.property(repository, number, fc.string(), (from, pull, named) => previewId(from, pull) !== namedId(from, named)))
  })

  it('of hosts are one label deep, and two services of an environment never share one', () => {
    const service = fc.stringMatching(/^[a-zA-Z0-9._-]{1,80}$/)
    fc.assert(
      fc.property(repository, number, service, service, (from, pull, a, b) => {
        const id = previewId(from, pull)
        const [first, second] = [hostName(id, 'localhost', a), hostName(id, 'localhost', b)]
        return LABEL.test(first.slice(0, first.indexOf('.'))) && first.endsWith('.localhost') && (a === b || first !== second)
      }),
    )
  })

  it('decide what may be removed: only an environment’s own', () => {
    for (const own of ['0123456789ab_acme-shop-pr-1-web-1', 'acme-shop-pr-1', 'acme-shop-pr-1-web-1', 'acme-shop-pr-1_default'])
      assert.ok(nameBelongsTo(own, 'acme-shop-pr-1'))
    for (const other of ['acme-shop-pr-12', 'acme-shop-pr-12-web-1', 'x-acme-shop-pr-1', 'acme-shop-pr', '']) {
      assert.ok(!nameBelongsTo(other, 'acme-shop-pr-1'), other)
    }
  })
})
