import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatReference, parseReference } from './reference.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`

const READ: [string, string][] = [
  ['node', 'docker.io/library/node'],
  ['node:24-slim', 'docker.io/library/node:24-slim'],
  ['acme/shop', 'docker.io/acme/shop'],
  ['docker.io/library/node:24', 'docker.io/library/node:24'],
  ['index.docker.io/acme/shop', 'docker.io/acme/shop'],
  ['localhost/shop', 'localhost/shop'],
  ['localhost:5000/shop:1', 'localhost:5000/shop:1'],
  ['127.0.0.1:5000/a/b/c', '127.0.0.1:5000/a/b/c'],
  ['[::1]:5000/shop:1', '[::1]:5000/shop:1'],
  ['ghcr.io/acme/shop/web@'.concat(DIGEST), `ghcr.io/acme/shop/web@${DIGEST}`],
  ['ghcr.io/acme/shop:1.0.0@'.concat(DIGEST), `ghcr.io/acme/shop:1.0.0@${DIGEST}`],
  ['GHCR.io/acme/x__y-z.q', 'ghcr.io/acme/x__y-z.q'],
]

for (const [text, meant] of READ) {
  test(`${text} is ${meant}`, () => assert.equal(formatReference(parseReference(text, 'x')), meant))
}

const REFUSED: [string, RegExp][] = [
  ['', /is not a name/],
  ['acme/Shop', /is not a name/],
  ['https://ghcr.io/acme', /"https:" is not a host/],
  ['ghcr.io/acme/shop:', /"" is not a tag/],
  ['ghcr.io/acme/shop:a b', /is not a tag/],
  ['ghcr.io/acme/shop@sha256:12', /is not a digest/],
  [`ghcr.io/acme/shop@${DIGEST}@${DIGEST}`, /more than one @/],
  ['ghcr.io/../etc', /is not a name/],
  ['ghcr.io/a//b', /is not a name/],
  ['-bad.host/a.b', /is not a host/],
]

for (const [text, why] of REFUSED) {
  test(`"${text.slice(0, 40)}" is refused, and the part that is wrong is named`, () =>
    assert.throws(
      () => parseReference(text, 'The input x'),
      (error: Error) => why.test(error.message) && /^The input x is/.test(error.message),
    ))
}
