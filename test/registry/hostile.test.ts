import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { after, before, beforeEach, describe, it } from 'node:test'
import { UserError } from '@mayfly/core'
import { digestOf, MEDIA } from '@mayfly/oci'
import { headManifest, listReferrers, listTags, pushBlob, type Registry, readBlob, readManifest } from '@mayfly/registry'
import { type Fault, type Faults, startFaults } from './faults.ts'
import { connect, pushImage, sourceOf, user } from './fixtures.ts'
import { type RunningRegistry, startRegistry } from './registry.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`
const PART = { mediaType: MEDIA.layer, digest: DIGEST, size: 1 }
const IMAGE = { schemaVersion: 2, mediaType: MEDIA.manifest, config: PART, layers: [PART] }

describe('what a registry answers', () => {
  let running: RunningRegistry
  let faults: Faults
  let registry: Registry
  let fault: (method: string, path: string) => Fault | undefined
  before(async () => {
    running = await startRegistry()
    faults = await startFaults(running.host, (method, path) => fault(method, path))
  })
  beforeEach(() => {
    faults.seen.length = 0
    registry = connect(faults.host)
    fault = () => undefined
  })
  after(async () => {
    await faults.stop()
    await running.stop()
  })
  const answers = (body: string, type: string, more: Record<string, string> = {}) => {
    fault = () => ({ kind: 'answer', status: 200, body, headers: { 'content-type': type, ...more } })
  }
  const first = (matches: RegExp, what: Fault) => {
    let met = false
    fault = (method, path) => {
      if (met || !matches.test(`${method} ${path}`)) return undefined
      met = true
      return what
    }
  }

  const signed = 'application/vnd.docker.distribution.manifest.v1+prettyjws'
  const cases: [what: string, type: string, body: unknown, error: RegExp][] = [
    ['a page of a log-in', 'text/html', '<html>', /no JSON object/],
    ['a list', MEDIA.manifest, [], /no JSON object/],
    [
      'a manifest of schema version 1',
      signed,
      { schemaVersion: 1, name: 'x' },
      /media type is "application\/vnd\.docker.*v1\+prettyjws"/,
    ],
    ['a media type with an escape', `text/x`, { mediaType: '\u001b[2J' }, /media type is "\\u001b\[2J"/],
    [
      'an index served as an image',
      MEDIA.manifest,
      { mediaType: MEDIA.index, manifests: [] },
      /says .*index.* served as .*manifest/,
    ],
    ['an image with manifests', MEDIA.manifest, { ...IMAGE, manifests: [] }, /image with manifests/],
    ['an index with layers', MEDIA.index, { manifests: [], layers: [] }, /index with config or layers/],
    ['an image without a config', MEDIA.manifest, { ...IMAGE, config: undefined }, /config and layers are no descriptors/],
    ['a layer with a path for a digest', MEDIA.manifest, { ...IMAGE, layers: [{ ...PART, digest: '../x' }] }, /no descriptors/],
    ['a layer of less than nothing', MEDIA.manifest, { ...IMAGE, layers: [{ ...PART, size: -1 }] }, /no descriptors/],
    ['annotations that are not text', MEDIA.manifest, { ...IMAGE, annotations: { a: 1 } }, /annotations are not text/],
    ['a subject that is none', MEDIA.manifest, { ...IMAGE, subject: 'x' }, /subject is no descriptor/],
    ['a platform without a name', MEDIA.index, { manifests: [{ ...PART, platform: {} }] }, /manifests are no descriptors/],
    ['more children than anybody has', MEDIA.index, { manifests: Array(10_001).fill(PART) }, /manifests are no descriptors/],
  ]
  for (const [what, type, body, error] of cases) {
    it(`as a manifest is refused where it is ${what}`, async () => {
      answers(typeof body === 'string' ? body : JSON.stringify(body), type)
      await assert.rejects(readManifest(registry, 'acme/web', 'v1'), (thrown) => {
        assert.ok(thrown instanceof UserError)
        assert.match(thrown.message, error)
        assert.ok(thrown.message.includes(`${faults.host}/acme/web:v1`), thrown.message)
        return true
      })
    })
  }

  it('as a manifest is taken without a media type of its own, with parameters, and from the bytes where the head says nothing', async () => {
    const body = JSON.stringify({ ...IMAGE, mediaType: undefined })
    answers(body, `${MEDIA.manifest}; charset=utf-8`)
    const expected = { mediaType: MEDIA.manifest, digest: digestOf(body), size: body.length }
    assert.deepEqual((await readManifest(registry, 'acme/web', 'v1'))?.descriptor, expected)
    assert.deepEqual(await headManifest(registry, 'acme/web', 'v1'), expected)
  })

  it('is read no further than four megabytes for a manifest and than its size for a blob', async () => {
    answers(' '.repeat(4 * 1024 * 1024 + 1), MEDIA.manifest)
    await assert.rejects(readManifest(registry, 'acme/web', 'v1'), /cannot be read: it is larger than 4194304 bytes/)
    const blob = { mediaType: '', digest: DIGEST, size: 10 }
    await assert.rejects(readBlob(registry, 'acme/web', blob), /cannot be read: it is larger than 10 bytes/)
    const before = registry.requests
    await assert.rejects(readBlob(registry, 'acme/web', { ...blob, size: 1000 }, 999), /larger than 999 bytes/)
    assert.equal(registry.requests, before)
  })

  it('to a question for a digest is not another digest', async () => {
    const other = `sha256:${'b'.repeat(64)}`
    answers('', MEDIA.manifest, { 'docker-content-digest': other, 'content-length': '10' })
    fault = (method) =>
      method === 'HEAD'
        ? {
            kind: 'answer',
            status: 200,
            headers: { 'content-type': MEDIA.manifest, 'docker-content-digest': other, 'content-length': '9' },
          }
        : undefined
    await assert.rejects(headManifest(registry, 'acme/web', DIGEST), new RegExp(`lies about a digest: it answered ${other}`))
  })

  it('is asked for again where the connection breaks in the middle of it', async () => {
    const { descriptor, layer } = await pushImage(connect(running.host), 'acme/cut', 'cut')
    first(/^GET .*manifests/, { kind: 'cut', after: 20 })
    assert.deepEqual((await readManifest(registry, 'acme/cut', descriptor.digest))?.descriptor, descriptor)
    first(/^GET .*blobs/, { kind: 'cut', after: 20 })
    assert.deepEqual(await readBlob(registry, 'acme/cut', layer.descriptor), layer.bytes)
    assert.equal(faults.seen.filter((one) => one.startsWith('GET')).length, 4)
  })

  it('in its errors is told without anything that a terminal would obey', async () => {
    const body = '{"errors":[{"code":"DENIED","message":"no\u001b[31m way\n::error::x"}]}'
    fault = () => ({ kind: 'answer', status: 400, body })
    await assert.rejects(readManifest(registry, 'acme/web', 'v1'), /answered 400 .*: DENIED, no \[31m way ::error::x\.$/)
  })

  it('as tags or referrers is refused where it is no list, and where it has no end', async () => {
    for (const body of ['{', '{"tags":"all"}', '{"tags":[1]}', '[]']) {
      answers(body, 'application/json')
      await assert.rejects(listTags(registry, 'acme/web'), /answered with no list of tags/)
    }
    answers('{"tags":["a"]}', 'application/json', { link: '</v2/acme/web/tags/list?last=a>; rel="next"' })
    await assert.rejects(listTags(registry, 'acme/web'), /answered with no list of tags/)
    for (const body of ['{', '[]', '{"manifests":{}}', `{"manifests":[{"digest":"${DIGEST}"}]}`]) {
      answers(body, MEDIA.index)
      await assert.rejects(listReferrers(registry, 'acme/web', DIGEST), /answered with no list of manifests/)
    }
  })

  it('as tags comes in pages, all of which are read from the same registry', async () => {
    fault = (_, path) => {
      const last = /last=(\w)/.exec(path)?.[1]
      const [tag, next] = last === undefined ? ['a', 'a'] : last === 'a' ? ['b', 'b'] : ['c', undefined]
      const link = { link: `<http://elsewhere.invalid/v2/acme/web/tags/list?last=${next}>; rel="next"` }
      return { kind: 'answer', status: 200, body: JSON.stringify({ tags: [tag] }), headers: next === undefined ? {} : link }
    }
    assert.deepEqual(await listTags(registry, 'acme/web'), ['a', 'b', 'c'])
  })

  it('as referrers comes in pages where it has an API for them, and counts before the fallback tag', async () => {
    const one = { ...PART, mediaType: MEDIA.manifest, artifactType: 'application/vnd.test' }
    const other = { ...one, digest: digestOf('other'), artifactType: 'application/vnd.other' }
    fault = (_, path) => {
      const second = path.endsWith('page=2')
      const headers = { 'content-type': MEDIA.index, ...(second ? {} : { link: '<?page=2>; rel="next"' }) }
      return { kind: 'answer', status: 200, headers, body: JSON.stringify({ manifests: [second ? other : one] }) }
    }
    assert.deepEqual(await listReferrers(registry, 'acme/web', DIGEST), [one, other])
    assert.deepEqual(await listReferrers(registry, 'acme/web', DIGEST, 'application/vnd.other'), [other])
    assert.ok(faults.seen.every((seen) => seen.includes('/referrers/')))
  })

  it('that it is too busy for is asked for again when it says, not before', async () => {
    const started = performance.now()
    first(/^HEAD/, { kind: 'answer', status: 429, headers: { 'retry-after': '0.3' } })
    assert.equal(await headManifest(registry, 'acme/web', 'none'), undefined)
    assert.ok(performance.now() - started >= 290)
  })

  it('with a place to upload to is followed with the query that it gave, byte for byte', async () => {
    const place = `/v2/acme/web/blobs/uploads/1?_state=a%2Fb+c%7E~&sig=(x)`
    fault = (method, path) => {
      if (method === 'POST') return { kind: 'answer', status: 202, headers: { location: place } }
      return method === 'PUT' ? { kind: 'answer', status: path.startsWith(`${place}&digest=sha256%3A`) ? 201 : 400 } : undefined
    }
    assert.equal(await pushBlob(registry, 'acme/web', sourceOf(randomBytes(10))), 'uploaded')
  })

  it('before it has read all that is sent to it ends the sending, and what was read for it is closed', async () => {
    const impatient = createServer((request, response) => {
      if (request.method !== 'PUT') response.writeHead(request.method === 'POST' ? 202 : 404, { location: '/upload' }).end()
      else response.writeHead(413).end('{"errors":[{"code":"SIZE_INVALID","message":"too large"}]}')
    }).listen(0, '127.0.0.1')
    await once(impatient, 'listening')
    const address = impatient.address()
    assert.ok(typeof address === 'object' && address !== null)
    const piece = Buffer.alloc(65_536)
    // It would never come to an end by itself.
    const source = new Readable({ read: () => void source.push(piece) })
    const closed = new Promise((resolve) => source.once('close', resolve).once('error', () => {}))
    const blob = { digest: DIGEST, size: Number.MAX_SAFE_INTEGER, open: () => source }
    try {
      await assert.rejects(pushBlob(connect(`127.0.0.1:${address.port}`), 'acme/web', blob), /answered 413 .*too large/)
      await closed
    } finally {
      impatient.closeAllConnections()
      impatient.close()
    }
  })

  it('with a place of its own to read from is followed as the same caller', async () => {
    const secured = await startRegistry({ auth: 'basic' })
    const front = await startFaults(secured.host, (method, path) =>
      method === 'GET' && path.startsWith('/v2/acme/old/')
        ? { kind: 'answer', status: 307, headers: { location: path.replace('/old/', '/new/') } }
        : undefined,
    )
    try {
      const { descriptor } = await pushImage(connect(secured.host, user), 'acme/new', 'moved')
      const moved = await readManifest(connect(front.host, user), 'acme/old', descriptor.digest)
      assert.deepEqual(moved?.descriptor, descriptor)
    } finally {
      await front.stop()
      await secured.stop()
    }
  })
})
