import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { ARTIFACT_TYPE, provenanceOf, sbomOf, sign, testResultOf } from '@mayfly/attestation'
import { command, LABEL, OCI } from '@mayfly/core'
import { attach, readManifest } from '@mayfly/registry'
import { inspectArtifact } from '@mayfly/release'
import { type Built, made, startWorld, type World } from './traced.ts'

describe('inspect', () => {
  let world: World
  let one: Built
  let preview: Built
  let first: string
  let keyid: string

  before(async () => {
    world = await startWorld()
    first = await world.place.git(world.place.checkout, 'rev-parse', 'HEAD')
    one = await world.build('1.0.0-pr.12.gaaaaaaa', 'b'.repeat(40), {
      [LABEL.pullRequest]: '12',
      [LABEL.runtime]: 'node24',
      [LABEL.ttl]: '7d',
      [LABEL.key]: 'k1',
      [LABEL.dependencies]: '{"hono":"^4.0.0"}',
      [OCI.baseName]: 'node:24-slim',
      [OCI.baseDigest]: `sha256:${'c'.repeat(64)}`,
      [OCI.licenses]: 'MIT',
      [OCI.source]: 'https://test.invalid/acme/shop',
      [OCI.created]: '2026-11-01T12:00:00Z',
      hostile: '\u001b[31mred\u202e',
    })
    preview = await world.build('1.1.0-pr.14.gbbbbbbb', 'd'.repeat(40), { [LABEL.pullRequest]: '14' })
    await world.release(one, '1.0.0', first)
    await world.deploy('production', one)
    await world.deploy('pr-14', preview)
    keyid = await attachAll()
  })

  after(() => world.close())

  /** Everything that a release attaches, a stranger's statement about something else, and rubbish. */
  async function attachAll(): Promise<string> {
    const registry = world.tracing.registries(world.registry.host)
    const stored = await readManifest(registry, 'acme/shop/web', one.digest)
    assert.ok(stored)
    const { privateKey } = generateKeyPairSync('ed25519')
    const about = made(one, world)
    const envelope = sign(provenanceOf(about), privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
    const result = { passed: true, url: 'https://run.test/8', environment: 'pr-12', revision: one.revision }
    const part = { name: 'hono', version: '4.0.0', purl: 'pkg:npm/hono@4.0.0', license: 'MIT' }
    const documents: [string, Uint8Array][] = [
      [ARTIFACT_TYPE.sbom, sbomOf(about, [part])],
      [ARTIFACT_TYPE.envelope, envelope],
      [ARTIFACT_TYPE.statement, testResultOf({ name: world.repository, digest: one.digest }, result)],
      [ARTIFACT_TYPE.statement, testResultOf({ name: world.repository, digest: preview.digest }, result)],
      [ARTIFACT_TYPE.statement, Buffer.from('{"predicateType":"x"}')],
      ['application/vnd.example+text', Buffer.from('anything')],
    ]
    for (const [type, bytes] of documents)
      await attach(registry, 'acme/shop/web', stored.descriptor, { artifactType: type, mediaType: type, bytes })
    return JSON.parse(envelope.toString()).signatures[0].keyid
  }

  it('tells everything that ledger, registry and hosts know of a release', async () => {
    const found = await inspectArtifact(world.tracing, 'web@1.0.0')
    assert.deepEqual(
      found.notChecked.filter(({ what }) => !what.includes(' on here')),
      [],
    )
    const { entry, attached, running, labels, annotations, platforms, size, notChecked: _, ...facts } = found
    assert.deepEqual(facts, {
      name: 'web',
      version: '1.0.0',
      digest: one.digest,
      repository: world.repository,
      reference: one.reference,
      created: facts.created,
      revision: 'b'.repeat(40),
      source: 'https://test.invalid/acme/shop',
      licenses: 'MIT',
      base: { name: 'node:24-slim', digest: `sha256:${'c'.repeat(64)}` },
      runtime: 'node24',
      ttl: '7d',
      pullRequest: 12,
      key: 'k'.repeat(64),
      dependencies: { hono: '^4.0.0' },
    })
    assert.equal(entry?.revision, first)
    assert.match(running.map(({ environment }) => environment).join(), /^acme-.*-production$/)
    assert.equal(labels[LABEL.runtime], 'node24')
    assert.deepEqual([annotations, platforms.length], [{}, 1])
    const env = { PATH: process.env.PATH ?? '', HOME: world.place.directory }
    const skopeo = (...args: string[]) =>
      command(['skopeo', 'inspect', ...args, '--tls-verify=false', `docker://${one.reference}`], { env })
    const [read, raw] = [await skopeo(), await skopeo('--raw')]
    assert.equal(read.code, 0, read.stderr)
    const seen: { Digest: string; Labels: object; Created: string } = JSON.parse(read.stdout)
    assert.deepEqual([seen.Digest, seen.Labels], [one.digest, labels])
    const { layers }: { layers: { size: number }[] } = JSON.parse(raw.stdout)
    assert.equal(
      layers.reduce((sum, layer) => sum + layer.size, 0),
      size,
    )
    assert.equal(Date.parse(seen.Created), Date.parse(facts.created))
    const told = attached.map(({ kind, says, signedBy }) => [kind, says, signedBy]).sort()
    assert.deepEqual(told, [
      ['other', 'It cannot be read: This is no in-toto statement: its type is another.', undefined],
      ['other', 'application/vnd.example+text', undefined],
      ['other', 'https://in-toto.io/attestation/test-result/v0.1, about something else', undefined],
      ['provenance', 'built by https://mayfly.dev/builder, run https://run.test/7', keyid],
      ['sbom', '1 component', undefined],
      ['test-result', 'PASSED, https://run.test/8', undefined],
    ])
  })

  it('takes every way to write the same artifact', async () => {
    const tag = `${world.repository}:1.0.0-pr.12.gaaaaaaa`
    for (const text of [one.digest, `web@${one.digest}`, one.reference, tag, 'shop/web@1.0.0']) {
      const { name, version, digest } = await inspectArtifact(world.tracing, text)
      assert.deepEqual([name, version, digest], ['web', '1.0.0', one.digest], text)
    }
  })

  it('tells of a preview that runs, which no ledger knows', async () => {
    const found = await inspectArtifact(world.tracing, 'shop/web@1.1.0-pr.14.gbbbbbbb')
    const { entry, digest, pullRequest, revision, repository, running } = found
    assert.deepEqual([entry, digest, pullRequest, revision], [undefined, preview.digest, 14, 'd'.repeat(40)])
    assert.deepEqual([repository, running.length], [world.repository, 1])
  })

  it('says that a registry is not to be reached, and tells what ledger and engine know', async () => {
    const alone = { ...world.tracing, registries: () => world.tracing.registries('127.0.0.1:1') }
    const found = await inspectArtifact(alone, 'web@1.0.0')
    assert.match(found.notChecked.map(({ what, why }) => `${what}: ${why}`).join('\n'), /127\.0\.0\.1:1 cannot be reached/)
    assert.deepEqual([found.runtime, found.running.length, found.attached], ['node24', 1, []])
    assert.ok((found.size ?? 0) > 0)
  })
})
