import assert from 'node:assert/strict'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { provenanceOf } from '@mayfly/attestation'
import { attach, deleteManifest, fallbackTag, headManifest, readManifest, type Stored, writeManifest } from '@mayfly/registry'
import { type Drift, verifyAll } from '@mayfly/release'
import { digestOf } from '../ledger/place.ts'
import { type Built, made, startWorld, type World } from './traced.ts'

const PATH = 'acme/shop/web'

describe('verify', () => {
  let world: World
  let one: Built
  let two: Built
  let first: string

  before(async () => {
    world = await startWorld()
    first = await world.place.git(world.place.checkout, 'rev-parse', 'HEAD')
    one = await world.build('1.0.0', first)
    two = await world.build('1.1.0', first)
    await world.release(one, '1.0.0', first)
    await world.release(two, '1.1.0', first)
    const bytes = provenanceOf(made(one, world))
    const subject = { mediaType: (await manifest(one.digest)).descriptor.mediaType, digest: one.digest, size: 1 }
    await attach(registry(), PATH, subject, {
      artifactType: 'application/vnd.in-toto+json',
      mediaType: 'application/vnd.in-toto+json',
      bytes,
    })
    await world.deploy('production', one)
    await world.deploy('staging', two)
  })

  after(() => world.close())

  const registry = () => world.tracing.registries(world.registry.host)
  const manifest = async (reference: string): Promise<Stored> => {
    const found = await readManifest(registry(), PATH, reference)
    assert.ok(found, `${reference} is gone`)
    return found
  }
  const put = ({ descriptor, bytes }: Stored, tag?: string) =>
    writeManifest(registry(), PATH, { mediaType: descriptor.mediaType, bytes }, tag)
  const onDisk = (...path: string[]) => join(world.registry.directory, 'docker', 'registry', 'v2', ...path)
  /** What is wrong, and nothing that could not be looked at. */
  const drifts = async (repair = false): Promise<Drift[]> => {
    const { drifts: found, notChecked } = await verifyAll(world.tracing, { repair })
    assert.deepEqual(notChecked, [])
    return found
  }
  const only = async (): Promise<Drift> => {
    const [drift, ...more] = await drifts()
    assert.ok(drift, 'nothing was found')
    assert.deepEqual(more, [])
    assert.notEqual(drift.cure, '')
    return drift
  }

  it('finds nothing where ledger, registry and environments agree, and says how much it looked at', async () => {
    const { checked, ...found } = await verifyAll(world.tracing)
    assert.deepEqual(found, { drifts: [], notChecked: [], repaired: [] })
    assert.deepEqual(checked, { versions: 2, tags: 3, referrers: 1, environments: 2 })
  })

  it('names a tag that was moved, with both digests; repair sets that tag right and nothing else', async () => {
    await put(await manifest(two.digest), '1.0.0')
    const drift = await only()
    assert.deepEqual(
      [drift.kind, drift.what, drift.expected, drift.found],
      ['tag-moved', `tag web:1.0.0 of ${world.repository}`, one.digest, two.digest],
    )
    const { drifts: left, repaired } = await verifyAll(world.tracing, { repair: true })
    assert.deepEqual(left, [])
    assert.equal(repaired.length, 1)
    assert.equal((await headManifest(registry(), PATH, '1.0.0'))?.digest, one.digest)
    assert.equal((await headManifest(registry(), PATH, '1.1.0'))?.digest, two.digest)
    assert.deepEqual((await verifyAll(world.tracing, { repair: true })).repaired, [])
  })

  it('names a tag that is missing, and repair writes it again', async () => {
    await rm(onDisk('repositories', PATH, '_manifests', 'tags', '1.1.0'), { recursive: true })
    assert.deepEqual([(await only()).kind, (await only()).found], ['tag-missing', 'nothing'])
    assert.deepEqual(await drifts(true), [])
    assert.equal((await headManifest(registry(), PATH, '1.1.0'))?.digest, two.digest)
  })

  it('names a tag that looks like a release and is none; previews and keys are left alone', async () => {
    const stored = await manifest(one.digest)
    for (const tag of ['1.2.0-pr.3.g1a2b3c4', '1.2.0-dev.g1a2b3c4', 'key-abc', 'latest']) await put(stored, tag)
    assert.deepEqual(await drifts(), [])
    for (const tag of ['6.6.6', '7.0.0-rc.1', '7.0.0_build']) {
      await put(stored, tag)
      const drift = await only()
      assert.deepEqual([drift.kind, drift.what], ['tag-unknown', `tag ${world.repository}:${tag}`])
      await rm(onDisk('repositories', PATH, '_manifests', 'tags', tag), { recursive: true })
    }
  })

  it('names a released manifest that was deleted: the version, what runs it, and what was attached to it', async () => {
    const stored = await manifest(one.digest)
    await deleteManifest(registry(), PATH, one.digest)
    const found = await drifts(true)
    assert.deepEqual(found.map(({ kind }) => kind).sort(), ['digest-gone', 'manifest-missing', 'subject-missing', 'tag-missing'])
    assert.match(found.find(({ kind }) => kind === 'digest-gone')?.what ?? '', /^web of acme-.*-production on here$/)
    await put(stored, '1.0.0')
    assert.deepEqual(await drifts(), [])
  })

  it('names an attachment that was deleted', async () => {
    const list = await manifest(fallbackTag(one.digest))
    assert.ok('manifests' in list.manifest)
    const [attached] = list.manifest.manifests
    assert.ok(attached)
    const stored = await manifest(attached.digest)
    await deleteManifest(registry(), PATH, attached.digest)
    assert.deepEqual([(await only()).kind, (await only()).found], ['referrer-broken', 'nothing'])
    await put(stored)
    assert.deepEqual(await drifts(), [])
  })

  it('names a manifest whose bytes are not what its digest says', async () => {
    const hex = two.digest.slice('sha256:'.length)
    const file = onDisk('blobs', 'sha256', hex.slice(0, 2), hex, 'data')
    const bytes = await readFile(file)
    await writeFile(file, `${bytes} `)
    const { drifts: found } = await verifyAll(world.tracing)
    assert.deepEqual(
      found.map(({ kind, what, expected }) => [kind, what, expected]),
      [['manifest-altered', 'web@1.1.0', two.digest]],
    )
    await writeFile(file, bytes)
    assert.deepEqual(await drifts(), [])
  })

  it('names a container that does not run what its record says, or is gone', async () => {
    const id = await world.deploy('production', one, { image: two.reference })
    const drift = await only()
    assert.deepEqual([drift.kind, drift.what, drift.expected], ['container-differs', `web of ${id} on here`, one.reference])
    await world.docker('rm', '--force', `${id}-web-1`)
    assert.deepEqual([(await only()).kind, (await only()).found], ['service-missing', 'no container'])
    await world.deploy('production', one)
    assert.deepEqual(await drifts(), [])
  })

  it('asks the registry where the host has lost the name of what is recorded', async () => {
    const image = await world.docker('image', 'inspect', '--format', '{{.Id}}', one.reference)
    const three = await world.build('1.2.0-pr.3.g1a2b3c4', first)
    const id = await world.deploy('lost', three, { image })
    await world.docker('rmi', three.reference, `${world.repository}:1.2.0-pr.3.g1a2b3c4`)
    const drift = await only()
    assert.deepEqual([drift.kind, drift.what, drift.expected], ['container-differs', `web of ${id} on here`, three.reference])
    await deleteManifest(registry(), PATH, three.digest)
    const { drifts: found, notChecked } = await verifyAll(world.tracing)
    assert.deepEqual(
      found.map(({ kind }) => kind),
      ['digest-gone'],
    )
    assert.deepEqual(
      notChecked.map(({ what }) => what),
      [`web of ${id} on here`],
    )
    await world.forget(id)
  })

  it('names an environment that runs other bytes under the name of a release, or under one that nobody released', async () => {
    const id = await world.deploy('production', two, { name: 'shop/web@1.0.0' })
    const drift = await only()
    assert.deepEqual(
      [drift.kind, drift.what, drift.expected, drift.found],
      ['version-differs', `web of ${id} on here: shop/web@1.0.0`, one.digest, two.digest],
    )
    await world.forget(id)
    await world.deploy('production', one, { name: 'shop/web@9.9.9' })
    assert.equal((await only()).kind, 'version-unknown')
    await world.forget(id)
    await world.deploy('production', one, { name: 'shop/web@1.0.1-pr.3.g1a2b3c4' })
    assert.deepEqual(await drifts(), [])
    await world.forget(id)
  })

  it('takes the id that an engine gives to a released image for the release', async () => {
    const image = await world.docker('image', 'inspect', '--format', '{{.Id}}', one.reference)
    const id = await world.deploy('local', { ...one, reference: image })
    assert.deepEqual(await drifts(), [])
    await world.forget(id)
  })

  it('names what it could not look at, and does not call it right or wrong', async () => {
    const dead = { ...world.tracing, registries: () => world.tracing.registries('127.0.0.1:1') }
    const noRegistry = await verifyAll(dead)
    assert.deepEqual(noRegistry.drifts, [])
    assert.match(noRegistry.notChecked.map(({ what }) => what).join('\n'), /web@1\.0\.0, web@1\.1\.0/)
    assert.match(noRegistry.notChecked.map(({ why }) => why).join('\n'), /cannot be reached/)
    const noLedger = await verifyAll({ ...world.tracing, ledger: world.place.ledger({ remote: 'file:///nowhere' }) })
    assert.deepEqual(noLedger.drifts, [])
    assert.deepEqual(
      noLedger.notChecked.map(({ what }) => what),
      ['the ledger'],
    )
    const hosts = [...world.tracing.hosts, { name: 'ssh://far', unreachable: 'No engine answers' }]
    const noHost = await verifyAll({ ...world.tracing, hosts })
    assert.deepEqual(noHost.drifts, [])
    assert.deepEqual(noHost.notChecked, [{ what: 'what runs on ssh://far', why: 'No engine answers' }])
  })

  it('does not find a version of an engine alone in a registry, but on a host', async () => {
    const image = await world.docker('image', 'inspect', '--format', '{{.Id}}', one.reference)
    await world.release({ ...one, digest: image }, '0.1.0', first, { repository: '' })
    assert.deepEqual(await drifts(), [])
    await world.release({ ...one, digest: digestOf('e') }, '0.2.0', first, { repository: '' })
    assert.deepEqual([(await only()).kind, (await only()).what], ['manifest-missing', 'web@0.2.0'])
  })
})
