import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { command, silent, UserError } from '@mayfly/core'
import type { Entry } from '@mayfly/ledger'
import { headManifest, listReferrers, listTags, type Registry } from '@mayfly/registry'
import { defaultPolicy, ledgerRoots, type RetentionPolicy, type Root, registryStore, retire } from '@mayfly/retention'
import { type RunningRegistry, startRegistry } from '../registry/registry.ts'
import { connect, OWNER, push, pushIndex, sign } from './images.ts'

const NOW = new Date('2026-03-01T00:00:00Z')
const YOUNG = new Date('2026-02-28T00:00:00Z')
const policy: RetentionPolicy = { ...defaultPolicy, keepLast: 0 }

describe('retention in a real registry', () => {
  let running: RunningRegistry
  let registry: Registry
  before(async () => {
    running = await startRegistry()
    registry = connect(running.host)
  })
  after(() => running.stop())

  function run(
    repositories: string[],
    more: { roots?: Root[]; policy?: Partial<RetentionPolicy>; dryRun?: boolean; known?: string } = {},
  ) {
    const known = more.known === undefined ? [] : [{ repository: repositories[0] ?? '', digest: more.known }]
    return retire({
      stores: [registryStore(registry, { owner: OWNER, repositories, known })],
      roots: async () => more.roots ?? [],
      policy: { ...policy, ...more.policy },
      now: () => NOW,
      dryRun: more.dryRun ?? false,
      log: silent,
    })
  }

  const there = async (repository: string, digest: string) => (await headManifest(registry, repository, digest)) !== undefined
  const outcomes = ({ items }: Awaited<ReturnType<typeof run>>) =>
    Object.fromEntries(items.map(({ item, outcome }) => [item.tags.toSorted()[0] ?? item.digest, outcome]))

  it('deletes what nothing needs and keeps each kind of root, and skopeo still copies what was kept', async () => {
    const repository = 'shop/kinds'
    const image = (name: string, more = {}) => push(registry, repository, { name, tags: [name], ...more })
    const [old, runs, released, , , , shared] = [
      await image('old'),
      await image('runs'),
      await image('released'),
      await image('young', { created: YOUNG }),
      await image('stranger', { owner: 'github.com/somebody/else' }),
      await image('for-ever', { ttl: '' }),
      await image('shared', { tags: ['shared', 'keep-this'] }),
      await image('long', { ttl: '90d' }),
    ]
    const entry: Entry = {
      name: 'shop/web',
      version: '1.0.0',
      digest: released.digest,
      repository: `${running.host}/${repository}`,
      revision: '',
      key: '',
      base: '',
      pullRequest: undefined,
      createdAt: NOW,
    }
    const roots = [{ digest: runs.digest, why: 'it runs' }, ...ledgerRoots([entry])]
    const result = await run([repository], { roots, policy: { protect: ['keep-*'] } })
    assert.deepEqual(outcomes(result), {
      old: 'deleted',
      runs: 'kept',
      released: 'kept',
      young: 'kept',
      stranger: 'kept',
      'for-ever': 'kept',
      'keep-this': 'kept',
      long: 'kept',
    })
    assert.equal(await there(repository, old.digest), false)
    const tags = (await listTags(registry, repository)).sort()
    assert.deepEqual(tags, ['for-ever', 'keep-this', 'long', 'released', 'runs', 'shared', 'stranger', 'young'])
    assert.match(result.notices.join(' '), /does not tell when/)
    await skopeo(repository, tags)
    assert.ok(await there(repository, shared.digest))
  })

  it('takes an index before its children and its referrers, and leaves no tag of theirs', async () => {
    const repository = 'shop/index'
    const children = [await push(registry, repository, { name: 'amd64' }), await push(registry, repository, { name: 'arm64' })]
    const index = await pushIndex(registry, repository, children, ['1'])
    const note = await sign(registry, repository, index)
    await sign(registry, repository, children[0] ?? index)
    const { items, stopped } = await run([repository])
    const order = items.filter(({ outcome }) => outcome === 'deleted').map(({ item }) => item.digest)
    assert.equal(stopped, '')
    assert.equal(order[0], index.digest)
    assert.equal(order.length, 7)
    assert.ok(order.indexOf(note.digest) > order.indexOf(children[1]?.digest ?? ''))
    assert.deepEqual(await listTags(registry, repository), [])
    for (const digest of order) assert.equal(await there(repository, digest), false)
  })

  it('keeps the children of an index that runs, their referrers, and the base that they were built on', async () => {
    const repository = 'shop/live'
    const base = await push(registry, 'shop/base', { name: 'base', tags: ['base'] })
    const child = await push(registry, repository, { name: 'child', base: base.digest })
    const index = await pushIndex(registry, repository, [child], ['1'])
    const note = await sign(registry, repository, child)
    const { items } = await run([repository, 'shop/base'], { roots: [{ digest: index.digest, why: 'it runs' }] })
    assert.deepEqual(new Set(items.map(({ outcome }) => outcome)), new Set(['kept']))
    assert.deepEqual(
      (await listReferrers(registry, repository, child.digest)).map(({ digest }) => digest),
      [note.digest],
    )
    await skopeo(repository, ['1'])
  })

  it('sees that an engine runs an image by the digest of its config', async () => {
    const repository = 'shop/config'
    await push(registry, repository, { name: 'by-config', tags: ['1'] })
    const { items } = await run([repository], { dryRun: true })
    const [config = ''] = items[0]?.item.aliases ?? []
    const result = await run([repository], { roots: [{ digest: config, why: 'it runs' }] })
    assert.deepEqual(outcomes(result), { 1: 'kept' })
  })

  it('finds what has no tag where the ledger names it', async () => {
    const repository = 'shop/untagged'
    const image = await push(registry, repository, { name: 'untagged' })
    assert.equal((await run([repository])).items.length, 0)
    assert.deepEqual(outcomes(await run([repository], { known: image.digest })), { [image.digest]: 'deleted' })
  })

  it('deletes nothing in a dry run, and no more than the limit in another', async () => {
    const repository = 'shop/limit'
    for (const name of ['a', 'b', 'c']) await push(registry, repository, { name, tags: [name] })
    const dry = await run([repository], { dryRun: true, policy: { most: 2 } })
    assert.deepEqual(Object.values(outcomes(dry)).sort(), ['left', 'would go', 'would go'])
    assert.equal((await listTags(registry, repository)).length, 3)
    const real = await run([repository], { policy: { most: 2 } })
    assert.deepEqual(Object.values(outcomes(real)).sort(), ['deleted', 'deleted', 'left'])
    assert.equal((await listTags(registry, repository)).length, 1)
  })

  it('two runs at once end well and leave the same', async () => {
    const repository = 'shop/twice'
    const kept = await push(registry, repository, { name: 'kept', tags: ['kept'] })
    for (const name of ['d', 'e', 'f', 'g']) await push(registry, repository, { name, tags: [name] })
    const roots = [{ digest: kept.digest, why: 'it runs' }]
    const results = await Promise.all([run([repository], { roots }), run([repository], { roots })])
    assert.deepEqual(
      results.map(({ stopped }) => stopped),
      ['', ''],
    )
    assert.deepEqual(await listTags(registry, repository), ['kept'])
  })

  it('deletes nothing anywhere where one time to live cannot be read', async () => {
    await push(registry, 'shop/fine', { name: 'fine', tags: ['1'] })
    await push(registry, 'shop/odd', { name: 'odd', ttl: 'soon', tags: ['1'] })
    await refuses(['shop/fine', 'shop/odd'], /shop\/odd.*dev\.mayfly\.ttl.*"soon"/s)
    assert.deepEqual(await listTags(registry, 'shop/fine'), ['1'])
  })

  it('deletes nothing anywhere where one manifest cannot be read', async () => {
    await push(registry, 'shop/whole', { name: 'whole', tags: ['1'] })
    const broken = await push(registry, 'shop/broken', { name: 'broken', tags: ['1'] })
    const hex = broken.digest.slice('sha256:'.length)
    await writeFile(
      join(running.directory, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data'),
      '{"schemaVersion":2}',
    )
    await refuses(['shop/whole', 'shop/broken'], /shop\/broken cannot be read to its end/)
    assert.deepEqual(await listTags(registry, 'shop/whole'), ['1'])
  })

  it('deletes nothing where a registry does not answer, or what runs cannot be told', async () => {
    await push(registry, 'shop/alone', { name: 'alone', tags: ['1'] })
    const options = { policy, now: () => NOW, dryRun: false, log: silent }
    const silentOne = registryStore(connect('127.0.0.1:1'), { owner: OWNER, repositories: ['shop/alone'] })
    const store = registryStore(registry, { owner: OWNER, repositories: ['shop/alone'] })
    await assert.rejects(retire({ ...options, stores: [store, silentOne], roots: async () => [] }), UserError)
    let asked = 0
    const roots = async () => {
      if (++asked > 1) throw new UserError('No engine answers at ssh://host.')
      return []
    }
    await assert.rejects(retire({ ...options, stores: [store], roots }), /No engine answers/)
    assert.deepEqual(await listTags(registry, 'shop/alone'), ['1'])
  })

  async function refuses(repositories: string[], why: RegExp): Promise<void> {
    await assert.rejects(run(repositories), (error) => {
      assert.ok(error instanceof UserError)
      assert.match(error.message, why)
      return true
    })
  }

  /** An independent client's word that these can still be pulled, whole. */
  async function skopeo(repository: string, tags: readonly string[]): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'retention-test-'))
    try {
      for (const tag of tags) {
        const from = `docker://${running.host}/${repository}:${tag}`
        const copied = await command(
          ['skopeo', '--insecure-policy', 'copy', '--all', '--src-tls-verify=false', from, `dir:${join(folder, tag)}`],
          { env: { PATH: process.env.PATH ?? '', HOME: folder } },
        )
        assert.equal(copied.code, 0, copied.stderr)
        assert.ok((await readdir(join(folder, tag))).includes('manifest.json'))
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
})
