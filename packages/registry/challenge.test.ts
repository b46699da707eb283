import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { readChallenge } from './challenge.ts'

const cases: [header: string, scheme: string | undefined, parameters?: Record<string, string>][] = [
  ['Basic realm="Registry"', 'basic', { realm: 'Registry' }],
  ['bearer Realm="https://a/token",service="a"', 'bearer', { realm: 'https://a/token', service: 'a' }],
  [
    'Bearer realm="https://a/token", service="a", scope="repository:x:pull,push", error="invalid_token"',
    'bearer',
    { realm: 'https://a/token', service: 'a', scope: 'repository:x:pull,push', error: 'invalid_token' },
  ],
  ['Basic realm="x", Bearer realm="https://a/token"', 'bearer', { realm: 'https://a/token' }],
  ['Negotiate, Basic realm="x"', 'basic', { realm: 'x' }],
  ['Basic', 'basic', {}],
  ['Negotiate', undefined],
  ['Digest realm="Basic"', undefined],
  ['', undefined],
]
for (const [header, scheme, parameters] of cases) {
  it(`${JSON.stringify(header)} asks for ${scheme ?? 'nothing that is known'}`, () => {
    assert.deepEqual(readChallenge(header), scheme === undefined ? undefined : { scheme, parameters })
  })
}

it('whatever is between the quotes of a parameter comes out as it is, and nothing is read from it', () => {
  const quoted = fc.string().filter((text) => !/["\\]/.test(text))
  fc.assert(
    fc.property(quoted, quoted, (realm, service) => {
      const parameters = { realm, service }
      assert.deepEqual(readChallenge(`Bearer realm="${realm}",service="${service}"`), { scheme: 'bearer', parameters })
    }),
  )
})
