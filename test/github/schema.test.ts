import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { cutOperations } from './cut.ts'
import { pageOf } from './page.ts'
import { readable, unknownProperties } from './schema.ts'
import { createState, type Repository } from './state.ts'

const source = { package: 'x', version: '1.0.0', licence: 'MIT' }

test('a slice holds what its operations lead to, and no prose', () => {
  const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` })
  const operation = (name: string) => ({ operationId: name, description: 'Long.', responses: { 200: reference(name) } })
  const slice = cutOperations(
    {
      openapi: '3.0.3',
      paths: { '/a': { get: operation('a') }, '/b': { get: operation('b') } },
      components: {
        schemas: {
          a: { properties: { description: { type: 'string', example: 'gone' }, inner: reference('c') } },
          b: { type: 'string' },
          c: { type: 'array', items: reference('a') },
        },
      },
    },
    ['a'],
    source,
  )
  assert.deepEqual(slice, {
    openapi: '3.0.3',
    'x-source': source,
    paths: { '/a': { get: { operationId: 'a', responses: { 200: reference('a') } } } },
    components: {
      schemas: {
        a: { properties: { description: { type: 'string' }, inner: reference('c') } },
        c: { type: 'array', items: reference('a') },
      },
    },
  })
})

test('an operation that does not exist is not left out silently', () => {
  assert.throws(() => cutOperations({ paths: {}, components: {} }, ['gone'], source), /no operation gone/)
})

const nullables: [string, unknown, unknown][] = [
  ['nullable without a type', { nullable: true, allOf: [] }, { anyOf: [{ allOf: [] }, { type: 'null' }] }],
  [
    'nullable with an enum',
    { type: 'string', nullable: true, enum: ['a'] },
    { type: 'string', nullable: true, enum: ['a', null] },
  ],
  ['nothing nullable', { type: 'string' }, { type: 'string' }],
  ['deep inside', { items: [{ nullable: true }] }, { items: [{ anyOf: [{}, { type: 'null' }] }] }],
]
for (const [name, from, to] of nullables) {
  test(`${name} becomes words that ajv reads`, () => assert.deepEqual(readable(from), to))
}

const inner = { properties: { known: {} } }
const unknowns: [string, unknown, unknown, string[]][] = [
  ['a known property', inner, { known: 1 }, []],
  ['an unknown one', inner, { other: 1 }, ['/other']],
  ['one that another branch knows', { anyOf: [inner, { properties: { other: {} } }] }, { known: 1, other: 1 }, []],
  ['one behind a reference, in a list', { items: { $ref: '#/x' } }, [{ known: 1 }, { typo: 1 }], ['/1/typo']],
  ['an object that is open', { type: 'object', additionalProperties: true }, { anything: { at: 'all' } }, []],
  ['a map of objects', { additionalProperties: inner }, { a: { typo: 1 } }, ['/a/typo']],
]
for (const [name, schema, value, found] of unknowns) {
  test(`${name} is ${found.length === 0 ? 'let pass' : 'found'}`, () => {
    assert.deepEqual(
      unknownProperties(value, [schema], () => inner),
      found,
    )
  })
}

test('following next from the first page sees every item once, whatever page size is asked for', () => {
  const state = createState(() => new Date(0))
  const repository: Pick<Repository, 'id'> = { id: state.nextId() }
  fc.assert(
    fc.property(fc.nat(350), fc.option(fc.integer({ min: -5, max: 1000 }), { nil: undefined }), (total, size) => {
      const all = Array.from({ length: total }, (_, index) => index)
      const seen: unknown[] = []
      let query: URLSearchParams | undefined = new URLSearchParams(size === undefined ? {} : { per_page: String(size) })
      for (let pages = 0; query !== undefined; pages++) {
        assert.ok(pages <= total)
        const page = pageOf(all, query, { api: 'http://a', html: 'http://h' }, repository, '/x')
        assert.ok(page.items.length <= 100)
        seen.push(...page.items)
        const next: string | undefined = /<([^>]+)>; rel="next"/.exec(page.link ?? '')?.[1]
        query = next === undefined ? undefined : new URL(next).searchParams
      }
      assert.deepEqual(seen, all)
    }),
  )
})
