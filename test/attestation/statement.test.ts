import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { provenanceOf, readStatement, testResultOf } from '@mayfly/attestation'
import fc from 'fast-check'
import { MADE } from './made.ts'

const SUBJECT = { name: MADE.repository, digest: MADE.digest }

describe('provenance', () => {
  it('has the fields of SLSA v1, and no others', () => {
    assert.deepEqual(JSON.parse(provenanceOf(MADE).toString()), {
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'ghcr.io/acme/shop/web', digest: { sha256: 'ab'.repeat(32) } }],
      predicateType: 'https://slsa.dev/provenance/v1',
      predicate: {
        buildDefinition: {
          buildType: 'https://mayfly.dev/build/function/v1',
          externalParameters: { source: MADE.source, revision: MADE.revision, parameters: { node: '24' } },
          internalParameters: { key: 'k' },
          resolvedDependencies: [
            { uri: 'git+https://github.com/acme/shop', digest: { gitCommit: MADE.revision } },
            { uri: 'oci://node:24-slim', digest: { sha256: 'cd'.repeat(32) } },
          ],
        },
        runDetails: {
          builder: { id: 'https://mayfly.dev/builder', version: { mayfly: '1' } },
          metadata: { invocationId: MADE.runUrl },
        },
      },
    })
  })

  it('leaves out what is not known', () => {
    const { predicate } = readStatement(provenanceOf({ ...MADE, source: '', base: undefined, runUrl: undefined }))
    assert.partialDeepStrictEqual(predicate, { buildDefinition: { resolvedDependencies: [] }, runDetails: { metadata: {} } })
  })

  it('says the commit that it was built from, whatever the build arguments are called', () => {
    const parameters = { revision: 'another', source: 'https://evil.test', key: 'x', ['__proto__']: 'x', constructor: 'x' }
    const { predicate } = readStatement(provenanceOf({ ...MADE, parameters }))
    assert.partialDeepStrictEqual(predicate, {
      buildDefinition: {
        externalParameters: { source: MADE.source, revision: MADE.revision, parameters: { revision: 'another' } },
        internalParameters: { key: 'k' },
      },
    })
  })

  it('is the same bytes for the same parameters in any order, and keeps each of them', () => {
    const entries = fc.uniqueArray(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), {
      selector: ([name]) => name,
      maxLength: 6,
    })
    const both = entries.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })))
    fc.assert(
      fc.property(both, ([all, again]) => {
        const bytes = provenanceOf({ ...MADE, parameters: Object.fromEntries(all) })
        assert.deepEqual(provenanceOf({ ...MADE, parameters: Object.fromEntries(again) }), bytes)
        const { parameters } = JSON.parse(bytes.toString()).predicate.buildDefinition.externalParameters
        assert.deepEqual(Object.entries(parameters).sort(), all.toSorted())
      }),
    )
  })
})

describe('a test result', () => {
  const result = { passed: true, url: 'https://ci.test/1', environment: 'acme-shop-pr-1', revision: '2'.repeat(40) }

  it('has the fields of in-toto test-result v0.1', () => {
    assert.deepEqual(JSON.parse(testResultOf(SUBJECT, result).toString()), {
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'ghcr.io/acme/shop/web', digest: { sha256: 'ab'.repeat(32) } }],
      predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
      predicate: {
        result: 'PASSED',
        configuration: [{ name: 'acme-shop-pr-1', digest: { gitCommit: '2'.repeat(40) } }],
        url: 'https://ci.test/1',
      },
    })
  })

  it('that failed says so, and leaves out what is not known', () => {
    const { predicate } = readStatement(testResultOf(SUBJECT, { ...result, passed: false, url: '', revision: '' }))
    assert.deepEqual(predicate, { result: 'FAILED', configuration: [{ name: 'acme-shop-pr-1' }] })
  })
})

describe('a statement that somebody else wrote', () => {
  const HEX = 'ef'.repeat(32)
  const good = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'x', digest: { sha256: HEX } }],
    predicateType: 'https://example.test/p',
    predicate: { a: 1 },
  }
  const read = (statement: unknown) => readStatement(Buffer.from(JSON.stringify(statement)))

  it('may have what the specification lets it have', () => {
    const { predicate: _, ...bare } = good
    assert.deepEqual(read({ ...bare, more: 1 }).predicate, {})
    const unnamed = { ...good, subject: [{ digest: { sha256: HEX, gitCommit: '1' } }, { uri: 'x', digest: { sha512: '1' } }] }
    assert.deepEqual(read(unnamed).subject, [{ name: '', digest: `sha256:${HEX}` }])
  })

  const refused: [what: string, statement: unknown, why: RegExp][] = [
    ['null', null, /its type is another/],
    ['a list', [good], /its type is another/],
    ['of another type', { ...good, _type: 'https://in-toto.io/Statement/v0.1' }, /its type is another/],
    ['without a type of predicate', { ...good, predicateType: '' }, /does not say what its predicate is/],
    ['whose type of predicate is no text', { ...good, predicateType: ['x'] }, /does not say what its predicate is/],
    ['whose predicate is a list', { ...good, predicate: [] }, /its predicate is no object/],
    ['whose predicate is a text', { ...good, predicate: 'PASSED' }, /its predicate is no object/],
    ['whose subject is no list', { ...good, subject: { 0: {} } }, /no list of subjects/],
    ['about nothing', { ...good, subject: [] }, /about nothing that has a SHA-256/],
    ['about what has no digest', { ...good, subject: [{ name: 'x' }, null, 7] }, /about nothing that has a SHA-256/],
    ['about what has no SHA-256', { ...good, subject: [{ digest: { gitCommit: '1' } }] }, /about nothing that has a SHA-256/],
    ['with a short SHA-256', { ...good, subject: [{ digest: { sha256: 'ab' } }] }, /SHA-256 of a subject is none/],
    [
      'with a SHA-256 in capitals',
      { ...good, subject: [{ digest: { sha256: 'AB'.repeat(32) } }] },
      /SHA-256 of a subject is none/,
    ],
    ['with a SHA-256 that is a list', { ...good, subject: [{ digest: { sha256: [HEX] } }] }, /SHA-256 of a subject is none/],
    [
      'with a name that is no text',
      { ...good, subject: [{ name: {}, digest: { sha256: HEX } }] },
      /name of a subject is no text/,
    ],
    ['about too much', { ...good, subject: Array(1001).fill(good.subject[0]) }, /about more than 1000 things/],
  ]
  for (const [what, statement, why] of refused) {
    it(`is refused: ${what}`, () => assert.throws(() => read(statement), { name: 'UserError', message: why }))
  }

  it('is refused where it is huge, is not JSON or is not UTF-8', () => {
    const refuse = (bytes: Uint8Array, message: RegExp) =>
      assert.throws(() => readStatement(bytes), { name: 'UserError', message })
    refuse(Buffer.alloc(4 * 1024 * 1024 + 1, ' '), /larger than 4 MiB/)
    refuse(Buffer.from('{'), /not JSON/)
    refuse(Buffer.alloc(0), /not JSON/)
    refuse(Buffer.from(JSON.stringify({ ...good, predicateType: 'é' }), 'latin1'), /not JSON/)
    refuse(Buffer.from('['.repeat(1_000_000)), /not JSON/)
  })

  it('is read or refused, whatever it is, and never anything else', () => {
    const field = fc.oneof(fc.jsonValue(), fc.constantFrom(...Object.values(good)))
    const any = fc.oneof(
      fc.uint8Array(),
      fc
        .record({ _type: field, subject: field, predicateType: field, predicate: field }, { requiredKeys: [] })
        .map((one) => Buffer.from(JSON.stringify(one))),
    )
    fc.assert(
      fc.property(any, (bytes) => {
        try {
          for (const { digest } of readStatement(bytes).subject) assert.match(digest, /^sha256:[0-9a-f]{64}$/)
        } catch (error) {
          if (!(error instanceof Error) || error.name !== 'UserError') throw error
        }
      }),
      { numRuns: 500 },
    )
  })
})
