import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { command } from '@mayfly/core'
import fc from 'fast-check'
import { componentsOf } from './components.ts'
import { preAuthentication, readEnvelope, sign, verify } from './dsse.ts'
import type { Made } from './made.ts'
import { sbomOf } from './sbom.ts'
import { provenanceOf, readStatement, testResultOf } from './statement.ts'

const MADE: Made = {
  name: 'shop/web',
  version: '1.4.3',
  digest: `sha256:${'ab'.repeat(32)}`,
  repository: 'ghcr.io/acme/shop/web',
  source: 'https://github.com/acme/shop',
  revision: '1'.repeat(40),
  committedAt: new Date('2026-01-02T03:04:05Z'),
  key: 'k',
  base: { name: 'node:24-slim', digest: `sha256:${'cd'.repeat(32)}` },
  kind: 'function',
  runUrl: 'https://github.com/acme/shop/actions/runs/1',
  parameters: { node: '24' },
}

const PACKAGES: Record<string, string> = {
  '/r/node_modules/hono/package.json': '{"name":"hono","version":"4.1.0","license":"MIT"}',
  '/r/node_modules/@scope/x/package.json': '{"name":"@scope/x","version":"1.0.0","license":"(MIT OR Apache-2.0)"}',
  '/r/node_modules/a/node_modules/hono/package.json': '{"name":"hono","version":"3.0.0"}',
  '/r/node_modules/broken/package.json': '{',
}
const read = async (path: string) => PACKAGES[path]

describe('the packages of a bundle', () => {
  it('are those whose files are in it: each version once, nested ones too, in one order', async () => {
    const files = [
      '/r/node_modules/hono/dist/a.js',
      '/r/node_modules/hono/dist/b.js',
      '/r/node_modules/@scope/x/i.js',
      '/r/node_modules/a/node_modules/hono/i.js',
      '/r/node_modules/broken/i.js',
      '/r/src/own.ts',
    ]
    const expected = ['pkg:npm/%40scope/x@1.0.0', 'pkg:npm/hono@3.0.0', 'pkg:npm/hono@4.1.0']
    assert.deepEqual(
      (await componentsOf(files, read)).map(({ purl }) => purl),
      expected,
    )
    assert.deepEqual(
      (await componentsOf(files.toReversed(), read)).map(({ purl }) => purl),
      expected,
    )
  })
})

describe('the bill of materials', () => {
  it('names the artifact, its base and its packages, and is the same bytes every time', () => {
    const component = { name: 'hono', version: '4.1.0', purl: 'pkg:npm/hono@4.1.0', license: 'MIT' }
    const other = { name: 'x', version: '1.0.0', purl: 'pkg:npm/x@1.0.0', license: 'MIT OR ISC' }
    const bytes = sbomOf(MADE, [component, other])
    assert.deepEqual(sbomOf(MADE, [other, component]), bytes)
    const document = JSON.parse(bytes.toString())
    assert.match(document.serialNumber, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    assert.partialDeepStrictEqual(document, {
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      metadata: { timestamp: '2026-01-02T03:04:05.000Z', component: { type: 'container', name: 'shop/web', version: '1.4.3' } },
      components: [
        { type: 'container', name: 'node:24-slim' },
        { name: 'hono', licenses: [{ license: { name: 'MIT' } }] },
        { name: 'x', licenses: [{ expression: 'MIT OR ISC' }] },
      ],
    })
  })
})

describe('statements', () => {
  it('say how an artifact was made, from which commit and base, by which run', () => {
    const { predicateType, subject, predicate } = readStatement(provenanceOf(MADE))
    assert.equal(predicateType, 'https://slsa.dev/provenance/v1')
    assert.deepEqual(subject, [{ name: MADE.repository, digest: MADE.digest }])
    assert.partialDeepStrictEqual(predicate, {
      buildDefinition: {
        externalParameters: { source: MADE.source, revision: MADE.revision, node: '24' },
        resolvedDependencies: [
          { uri: 'git+https://github.com/acme/shop', digest: { gitCommit: MADE.revision } },
          { uri: 'oci://node:24-slim' },
        ],
      },
      runDetails: { metadata: { invocationId: MADE.runUrl } },
    })
  })

  it('say how tests against it ended', () => {
    const result = { passed: false, url: 'https://ci.test/1', environment: 'acme-shop-pr-1', revision: '2'.repeat(40) }
    assert.equal(readStatement(testResultOf({ name: 'x', digest: MADE.digest }, result)).predicate.result, 'FAILED')
  })

  for (const [what, text] of [
    ['no JSON', '{'],
    ['another type', '{"_type":"x","subject":[],"predicateType":"x","predicate":{}}'],
    ['no predicate', '{"_type":"https://in-toto.io/Statement/v1","subject":[],"predicateType":"x"}'],
    [
      'a subject without a hash',
      '{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"x"}],"predicateType":"x","predicate":{}}',
    ],
  ] as const) {
    it(`with ${what} are refused`, () => assert.throws(() => readStatement(Buffer.from(text)), { name: 'UserError' }))
  }
})

describe('a signature', () => {
  const pairs = {
    Ed25519: generateKeyPairSync('ed25519'),
    'ECDSA on P-256': generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  }
  for (const [name, pair] of Object.entries(pairs)) {
    const secret = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const open = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()

    it(`of ${name} is known by its key, and by no other`, () => {
      const other = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString()
      const envelope = sign(provenanceOf(MADE), secret)
      const { statement, keyid } = verify(envelope, [other, open])
      assert.equal(statement.predicateType, 'https://slsa.dev/provenance/v1')
      assert.deepEqual(readEnvelope(envelope).keyids, [keyid])
      assert.throws(() => verify(envelope, [other]), /signed by none of the keys/)
    })

    it(`of ${name} does not survive a change of any byte of what is signed`, () => {
      const envelope = JSON.parse(sign(provenanceOf(MADE), secret).toString())
      const payload = Buffer.from(envelope.payload, 'base64')
      fc.assert(
        fc.property(fc.nat(payload.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
          const altered = Buffer.from(payload)
          altered[at] = (altered[at] ?? 0) ^ change
          const forged = { ...envelope, payload: altered.toString('base64') }
          assert.throws(() => verify(Buffer.from(JSON.stringify(forged)), [open]), { name: 'UserError' })
        }),
        { numRuns: 40 },
      )
      const typed = { ...envelope, payloadType: 'application/json' }
      assert.throws(() => verify(Buffer.from(JSON.stringify(typed)), [open]), /holds "application\/json"/)
    })

    it(`of ${name} is one that openssl finds right`, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'mayfly-dsse-'))
      try {
        const { payload, payloadType, signatures } = readEnvelope(sign(provenanceOf(MADE), secret))
        const [signature] = signatures
        assert.ok(signature)
        await writeFile(join(folder, 'key.pem'), open)
        await writeFile(join(folder, 'signed'), preAuthentication(payloadType, payload))
        await writeFile(join(folder, 'signature'), signature)
        const raw = name === 'Ed25519' ? ['-rawin'] : ['-rawin', '-digest', 'sha256']
        const options = ['-verify', '-pubin', '-inkey', 'key.pem', ...raw, '-in', 'signed', '-sigfile', 'signature']
        const { code, stderr } = await command(['openssl', 'pkeyutl', ...options], {
          cwd: folder,
          env: { PATH: process.env.PATH ?? '' },
        })
        assert.equal(code, 0, stderr)
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    })
  }

  it('needs a key of a kind that others can verify', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    assert.throws(() => sign(Buffer.from('{}'), rsa), /of the type rsa/)
    assert.throws(() => sign(Buffer.from('{}'), 'no key'), /no PEM of a key/)
  })
})
