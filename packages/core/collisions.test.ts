import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { hostName, namedId, previewId } from './names.ts'

/** Few characters, and the very ones that names are joined and cut at: wide alphabets never meet by chance. */
const near = (characters: string, longest: number) =>
  fc.array(fc.constantFrom(...characters), { minLength: 1, maxLength: longest }).map((parts) => parts.join(''))
const repository = fc.tuple(near('ab-', 3), near('abpr-1.', 5)).map((parts) => parts.join('/'))

/** An environment by what makes it one. GitHub does not tell names apart by letter case alone, so neither do ids. */
const environment = fc.oneof(
  fc
    .tuple(repository, fc.integer({ min: 1, max: 112 }))
    .map(([of, pull]) => ({ what: `${of} #${pull}`, name: previewId(of, pull) })),
  fc.tuple(repository, near('abpr-1/', 5)).map(([of, called]) => ({ what: `${of} ${called}`, name: namedId(of, called) })),
)

const route = fc
  .record({ of: repository, pull: fc.integer({ min: 1, max: 3 }), service: fc.option(near('aB-._', 4), { nil: undefined }) })
  .map(({ of, pull, service }) => ({
    what: JSON.stringify([of, pull, service]),
    name: hostName(previewId(of, pull), 'localhost', service),
  }))

function neverShared(all: { what: string; name: string }[]): void {
  const owners = new Map<string, string>()
  for (const { what, name } of all) {
    assert.equal(owners.get(name) ?? what, what, name)
    owners.set(name, what)
  }
}

describe('names that nearly meet', () => {
  it('belong to one repository, number or environment each', () => {
    fc.assert(fc.property(fc.array(environment, { maxLength: 60 }), neverShared), { numRuns: 1000 })
  })

  it('lead to one service each, over all environments', () => {
    fc.assert(fc.property(fc.array(route, { maxLength: 60 }), neverShared), { numRuns: 1000 })
  })

  it('are kept apart at every place where a repository could end', () => {
    assert.notEqual(namedId('a/b', 'c-staging'), namedId('a/b-c', 'staging'))
    assert.notEqual(namedId('a/b', 'x-pr-1'), previewId('a/b-x', 1))
    assert.notEqual(namedId('a/b-pr', '1'), previewId('a/b', 1))
  })
})
