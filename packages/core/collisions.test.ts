import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { hostName, namedId, previewId } from './names.ts'

/** Few words, joined as names are joined: wide alphabets never meet by chance. */
const words = fc.array(fc.constantFrom('a', 'b', 'pr', '1'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('-'))
const repository = words.map((name) => `a/${name}`)
const service = fc.array(fc.constantFrom(...'aA-._'), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''))

/** An environment by what makes it one. */
const environment = fc.oneof(
  fc.tuple(repository, fc.constantFrom(1, 11)).map(([of, pull]) => ({ what: `${of} #${pull}`, name: previewId(of, pull) })),
  fc.tuple(repository, words).map(([of, called]) => ({ what: `${of} ${called}`, name: namedId(of, called) })),
)

const route = fc
  .record({ of: repository, pull: fc.integer({ min: 1, max: 3 }), service: fc.option(service, { nil: undefined }) })
  .map(({ of, pull, service }) => ({
    what: JSON.stringify([of, pull, service]),
    name: hostName(previewId(of, pull), 'localhost', service),
  }))

function neverShared(all: { what: string; name: string }[]): void {
  const owners = new Map<string, string>()
  for (const { what, name } of all) {
    // To a browser, and to DNS, letter case is no difference.
    const key = name.toLowerCase()
    assert.equal(owners.get(key) ?? what, what, name)
    owners.set(key, what)
  }
}

describe('names that nearly meet', () => {
  it('belong to one repository, number or environment each', () => {
    fc.assert(fc.property(fc.array(environment, { minLength: 20, maxLength: 80 }), neverShared), { numRuns: 1000 })
  })

  it('lead to one service each, over all environments', () => {
    fc.assert(fc.property(fc.array(route, { minLength: 20, maxLength: 80 }), neverShared), { numRuns: 1000 })
  })

  it('are kept apart at every place where a repository could end', () => {
    assert.notEqual(namedId('a/b', 'c-staging'), namedId('a/b-c', 'staging'))
    assert.notEqual(namedId('a/b', 'x-pr-1'), previewId('a/b-x', 1))
    assert.notEqual(namedId('a/b-pr', '1'), previewId('a/b', 1))
  })
})
