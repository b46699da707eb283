import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { silent } from '@mayfly/core'
import { attachAhead, attachAll, beginUploads, hasBlob, mountBlob, openRegistry, pushBlob, type Registry } from '@mayfly/registry'
import { type Faults, startFaults } from './faults.ts'
import { documentOf, pushImage, sourceOf } from './fixtures.ts'
import { type RunningRegistry, startRegistry } from './registry.ts'

describe('a push that begins before there is something to push', () => {
  let running: RunningRegistry
  let faults: Faults
  let registry: Registry
  let refused = false

  before(async () => {
    running = await startRegistry()
    faults = await startFaults(running.host, (method) =>
      refused && method === 'POST' ? { kind: 'answer', status: 403, body: '{"errors":[{"code":"DENIED"}]}' } : undefined,
    )
    registry = openRegistry({ host: faults.host, credentials: async () => undefined, log: silent, pause: 1 })
  })
  after(async () => {
    await faults.stop()
    await running.stop()
  })

  const posts = () => faults.seen.filter((one) => one.startsWith('POST ')).length

  it('sends each blob to an upload that was begun, and begins others where those are used up', async () => {
    beginUploads(registry, 'begin/used', 2)
    const blobs = [1, 2, 3].map(() => sourceOf(randomBytes(1000)))
    const before = posts()
    await Promise.all(blobs.map((blob) => pushBlob(registry, 'begin/used', { ...blob, look: false })))
    assert.ok(posts() - before <= 3)
    for (const { digest } of blobs) assert.ok(await hasBlob(registry, 'begin/used', digest))
  })

  it('begins anew where the registry has forgotten what was begun', async () => {
    beginUploads(registry, 'begin/forgotten', 1)
    await Promise.all(registry.inside.begun.get('begin/forgotten') ?? [])
    const uploads = join(running.directory, 'docker/registry/v2/repositories/begin/forgotten/_uploads')
    await rm(uploads, { recursive: true })
    assert.equal(await pushBlob(registry, 'begin/forgotten', { ...sourceOf(randomBytes(1000)), look: false }), 'uploaded')
  })

  it('says that it may not be when it is used, and not before', async () => {
    refused = true
    try {
      beginUploads(registry, 'begin/refused', 2)
      attachAhead(registry, 'begin/refused')
      await Promise.all(registry.inside.begun.get('begin/refused') ?? [])
      const pushed = pushBlob(registry, 'begin/refused', { ...sourceOf(randomBytes(10)), look: false })
      await assert.rejects(pushed, /does not let an anonymous caller write to begin\/refused/)
    } finally {
      refused = false
    }
  })

  it('mounts what another repository has, and sends nothing where it has not', async () => {
    const blob = sourceOf(randomBytes(1000))
    await pushBlob(registry, 'begin/from', blob)
    assert.equal(await mountBlob(registry, 'begin/to', blob.digest, 'begin/from'), true)
    assert.ok(await hasBlob(registry, 'begin/to', blob.digest))
    const other = sourceOf(randomBytes(1000))
    assert.equal(await mountBlob(registry, 'begin/to', other.digest, 'begin/from'), false)
    assert.equal(await hasBlob(registry, 'begin/to', other.digest), false)
    // The upload that it has become is the next one's.
    const before = posts()
    await pushBlob(registry, 'begin/to', { ...other, look: false })
    assert.equal(posts(), before)
  })

  it('sends what attachments have in common once', async () => {
    const { descriptor } = await pushImage(registry, 'begin/attached', 'hello')
    attachAhead(registry, 'begin/attached')
    const before = faults.seen.length
    await attachAll(registry, 'begin/attached', descriptor, [documentOf('one'), documentOf('two')], 0)
    const puts = faults.seen.slice(before).filter((one) => one.startsWith('PUT ') && one.includes('/blobs/uploads/'))
    assert.ok(puts.length <= 3, puts.join('\n'))
  })
})
