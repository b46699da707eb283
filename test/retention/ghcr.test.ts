import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { silent } from '@mayfly/core'
import { connectEngine, type Engine } from '@mayfly/engine'
import { connectGitHub, deletePackageVersion, listPackageVersions } from '@mayfly/github'
import type { Descriptor } from '@mayfly/oci'
import { retain } from '@mayfly/pipeline'
import { deleteManifest, type Registry } from '@mayfly/registry'
import { defaultPolicy, ghcrStore } from '@mayfly/retention'
import { type GitHub, startGitHub } from '../github/server.ts'
import { type RunningRegistry, startRegistry } from '../registry/registry.ts'
import { connect, OWNER, push, pushIndex, sign } from './images.ts'

const NOW = new Date('2026-03-01T00:00:00Z')
const OLD = new Date('2026-01-02T00:00:00Z')

describe("retention over GitHub's packages API, with a real registry behind it", () => {
  let engine: Engine
  let running: RunningRegistry
  let registry: Registry
  let server: GitHub
  before(async () => {
    engine = await connectEngine({ host: undefined }, process.env)
    running = await startRegistry()
    registry = connect(running.host)
    server = await startGitHub()
    server.organization('acme')
    await server.createRepository('acme/shop')
  })
  after(async () => {
    await server.close()
    await running.stop()
    await engine.close()
  })

  function add(name: string, { digest }: Descriptor, tags: readonly string[] = [], createdAt = OLD): void {
    server.addPackageVersion('acme', name, { digest, tags, createdAt })
  }

  function run(names: string[], dryRun = false) {
    const options = { token: 'workflow-token', apiUrl: server.apiUrl, repository: 'acme/shop', log: silent, second: 1 }
    return retain({
      owner: OWNER,
      engines: [engine],
      registries: [],
      packages: { registry, account: 'acme', names },
      github: connectGitHub(options),
      ledger: async () => [],
      policy: { ...defaultPolicy, keepLast: 0, protect: ['stable'] },
      dryRun,
      log: silent,
      now: () => NOW,
    })
  }

  const digests = (name: string) => server.packageVersions('acme', name).map(({ digest }) => digest)

  it('knows when each version came, what has no tag, and what an index that stays lists', async () => {
    const image = (name: string) => push(registry, 'acme/shop/web', { name })
    const [expired, young, untagged, child, orphan] = [
      await image('expired'),
      await image('young'),
      await image('untagged'),
      await image('child'),
      await image('orphan'),
    ]
    const index = await pushIndex(registry, 'acme/shop/web', [child], [])
    const [childsNote, expiredsNote] = [
      await sign(registry, 'acme/shop/web', child),
      await sign(registry, 'acme/shop/web', expired),
    ]
    add('shop/web', expired, ['pr-1', 'pr-1-latest'])
    add('shop/web', young, ['pr-2'], new Date(NOW.getTime() - 1000))
    add('shop/web', untagged)
    add('shop/web', orphan, [], new Date(NOW.getTime() - 1000))
    for (const one of [child, childsNote, expiredsNote]) add('shop/web', one)
    add('shop/web', index, ['stable', 'pr-9'])
    const dry = await run(['shop/web'], true)
    assert.equal(dry.items.filter(({ outcome }) => outcome === 'would go').length, 3)
    assert.equal(digests('shop/web').length, 8)
    const result = await run(['shop/web'])
    assert.equal(result.stopped, '')
    assert.deepEqual(digests('shop/web').sort(), [young, orphan, child, childsNote, index].map(({ digest }) => digest).sort())
    assert.deepEqual(server.violations, [])
  })

  it('reads each manifest once, however often it looks: GitHub counts every reading as a download', async () => {
    const image = await push(registry, 'acme/once', { name: 'once' })
    add('once', image, ['1'], NOW)
    const before = registry.requests
    await run(['once'])
    // The manifest and its config; the second look asks GitHub alone.
    assert.equal(registry.requests - before, 2)
  })

  it('says what GitHub will not delete, and spares what that needs', async () => {
    const child = await push(registry, 'acme/popular', { name: 'popular' })
    const index = await pushIndex(registry, 'acme/popular', [child], [])
    server.addPackageVersion('acme', 'popular', { digest: index.digest, tags: ['1'], createdAt: OLD, downloads: 6000 })
    add('popular', child)
    const { items } = await run(['popular'])
    assert.deepEqual(
      items.map(({ outcome }) => outcome),
      ['refused', 'refused'],
    )
    assert.match(items[0]?.why ?? '', /5000 downloads/)
    assert.equal(digests('popular').length, 2)
  })

  for (const [what, fault, versions, said] of [
    [
      'a list of versions that ends early',
      { response: 'short-page', path: /versions$/ },
      120,
      /shorter than it should be|changed/,
    ],
    ['a list of versions that is an error', { response: 'status 500', path: /versions$/, times: 10 }, 0, /answered 500/],
    ['a list of pull requests that is an error', { response: 'status 500', path: /pulls$/, times: 10 }, 0, /answered 500/],
  ] as const) {
    it(`deletes nothing after ${what}`, async () => {
      const name = what.replaceAll(' ', '-')
      const image = await push(registry, `acme/${name}`, { name })
      add(name, image, ['1'])
      add(name, await push(registry, `acme/${name}`, { name: `${name}-other` }), ['2'])
      for (let count = 0; count < versions; count++) {
        const digest = `sha256:${String(count).padStart(64, '0')}`
        server.addPackageVersion('acme', name, { digest, createdAt: OLD })
      }
      const injection = server.inject(fault)
      await assert.rejects(run([name]), said)
      injection.remove()
      assert.equal(digests(name).length, versions + 2)
    })
  }

  it('is not stopped by another run that deletes a version while this one reads', async () => {
    const gone = await push(registry, 'acme/shared', { name: 'gone' })
    add('shared', gone, ['1'])
    add('shared', await push(registry, 'acme/shared', { name: 'stays' }), ['2'], NOW)
    await deleteManifest(registry, 'acme/shared', gone.digest)
    const id = server.packageVersions('acme', 'shared').find(({ digest }) => digest === gone.digest)?.id ?? 0
    const account = { login: 'acme', kind: 'orgs' as const }
    const github = connectGitHub({ token: 'workflow-token', apiUrl: server.apiUrl, repository: 'acme/shop', log: silent })
    let listed = 0
    const packages = {
      account: 'acme',
      list: async (name: string) => {
        const versions = await listPackageVersions(github, account, name)
        if (++listed === 1) await deletePackageVersion(github, account, name, id)
        return versions
      },
      remove: async () => 'gone' as const,
    }
    const { items } = await ghcrStore(registry, packages, { owner: OWNER, packages: ['shared'] }).read()
    assert.deepEqual(
      items.map(({ tags }) => tags),
      [['2']],
    )
  })

  it('deletes nothing where a version that is listed has nothing behind it', async () => {
    const image = await push(registry, 'acme/hollow', { name: 'hollow' })
    add('hollow', image, ['1'])
    server.addPackageVersion('acme', 'hollow', { digest: `sha256:${'0'.repeat(64)}`, createdAt: OLD })
    await assert.rejects(run(['hollow']), /acme\/hollow cannot be read to its end.*has nothing behind it/s)
    assert.equal(digests('hollow').length, 2)
  })
})
