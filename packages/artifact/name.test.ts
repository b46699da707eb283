import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeMajor } from './function-image.ts'
import { nameArtifact } from './name.ts'
import { pinned } from './ready-image.ts'

const REQUEST = { owner: 'github.com/acme/shop', pullRequest: 12, revision: '1a2b3c4d5e6f', registry: undefined, dirty: '' }
const SERVICE = { name: 'web', version: '1.4.2' }

test('an artifact is named after repository, service and version; its tag is for reading', () => {
  assert.deepEqual(nameArtifact(REQUEST, SERVICE), {
    version: '1.4.3-pr.12.g1a2b3c4',
    name: 'shop/web@1.4.3-pr.12.g1a2b3c4',
    repository: 'mayfly.local/acme-shop/web',
    tag: 'mayfly.local/acme-shop/web:1.4.3-pr.12.g1a2b3c4',
  })
  assert.equal(
    nameArtifact({ ...REQUEST, registry: 'ghcr.io/acme/shop/' }, SERVICE).tag,
    'ghcr.io/acme/shop/web:1.4.3-pr.12.g1a2b3c4',
  )
})

test('what is not committed is marked by what lies there, so that two states never share a version', () => {
  const { version, tag } = nameArtifact({ ...REQUEST, dirty: 'a1b2c3d' }, SERVICE)
  assert.equal(version, '1.4.3-pr.12.g1a2b3c4.dirty.a1b2c3d')
  assert.equal(tag, 'mayfly.local/acme-shop/web:1.4.3-pr.12.g1a2b3c4.dirty.a1b2c3d')
})

test('every service name and version makes a tag that an engine takes, and different services never share one', () => {
  const names = ['Web', 'web', 'web_1', 'web.1', 'web-1', '_web', `${'x'.repeat(200)}1`, `${'x'.repeat(200)}2`]
  const tags = names.map((name) => nameArtifact(REQUEST, { name, version: `1.0.0-${'a'.repeat(200)}+b` }).tag)
  for (const tag of tags) assert.match(tag, /^mayfly\.local\/acme-shop\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*:[\w][\w.-]{0,127}$/)
  // Letter case alone is no difference to an engine; the key tells such images apart.
  assert.equal(new Set(tags).size, names.length - 1)
})

const MAJORS: [string | undefined, number | undefined][] = [
  [undefined, 24],
  ['>=20', 24],
  ['>=22 <24', 22],
  ['^20.11', 20],
  ['26.x', 26],
  ['*', 24],
  ['18 || 22', 22],
  ['<18', undefined],
  ['latest', undefined],
]

test('the version of Node.js is the preferred one that engines.node admits', () => {
  for (const [range, expected] of MAJORS) {
    if (expected === undefined) assert.throws(() => nodeMajor(range, 'f: engines.node'), { name: 'UserError' }, range)
    else assert.equal(nodeMajor(range, 'f'), expected, range)
  }
})

test('a ready image is deployed by its registry digest, or by its id where none is known', () => {
  const id = `sha256:${'0'.repeat(64)}`
  const a = `sha256:${'a'.repeat(64)}`
  const b = `sha256:${'b'.repeat(64)}`
  assert.equal(pinned('nginx:1', { id, digests: [] }), id)
  assert.equal(pinned('nginx:1', { id, digests: [`mirror/nginx@${b}`, `nginx@${a}`] }), `nginx@${a}`)
  assert.equal(pinned('docker.io/library/nginx', { id, digests: [`nginx@${a}`] }), `nginx@${a}`)
  assert.equal(pinned('localhost:5000/x', { id, digests: [`localhost:5000/x@${a}`] }), `localhost:5000/x@${a}`)
})
