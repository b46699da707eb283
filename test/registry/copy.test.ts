import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { after, before, describe, it } from 'node:test'
import { command, silent } from '@mayfly/core'
import { MEDIA } from '@mayfly/oci'
import {
  attach,
  copyImage,
  deleteManifest,
  hasBlob,
  headManifest,
  listReferrers,
  listTags,
  readManifest,
  writeManifest,
} from '@mayfly/registry'
import { type Fault, type Faults, startFaults } from './faults.ts'
import { connect, documentOf, pushImage, pushIndex } from './fixtures.ts'
import { type RunningRegistry, startRegistry } from './registry.ts'

describe('copying', () => {
  let here: RunningRegistry
  let there: RunningRegistry
  let faults: Faults
  let fault: (method: string, path: string) => Fault | undefined
  before(async () => {
    ;[here, there] = await Promise.all([startRegistry(), startRegistry()])
    faults = await startFaults(there.host, (method, path) => fault(method, path))
  })
  after(async () => {
    await faults.stop()
    await Promise.all([here.stop(), there.stop()])
  })

  it('an index between registries takes its children and all that is attached to any of them, byte for byte', async () => {
    const [source, target] = [connect(here.host), connect(there.host)]
    const index = await pushIndex(source, 'acme/all', ['one', 'two'])
    const [first] = index.manifests
    assert.ok(first)
    const ofIndex = await attach(source, 'acme/all', index.descriptor, documentOf('about the index'))
    const ofChild = await attach(source, 'acme/all', first, documentOf('about a child'))
    const ofReferrer = await attach(source, 'acme/all', ofIndex, documentOf('about what is attached'))
    const from = { registry: source, repository: 'acme/all', digest: index.descriptor.digest }
    const to = { registry: target, repository: 'prod/all' }
    // Two configs, two layers, three documents, and one `{}` for each of the two repositories' first attachment.
    const counts = await copyImage(from, to, { referrers: true, log: silent })
    assert.equal(counts.mounted, 0)
    assert.equal(counts.uploaded, 8)
    assert.deepEqual((await readManifest(target, 'prod/all', index.descriptor.digest))?.bytes, index.bytes)
    assert.deepEqual(await listReferrers(target, 'prod/all', index.descriptor.digest), [ofIndex])
    assert.deepEqual(await listReferrers(target, 'prod/all', first.digest), [ofChild])
    assert.deepEqual(await listReferrers(target, 'prod/all', ofIndex.digest), [ofReferrer])
    assert.equal((await copyImage(from, to, { referrers: true, log: silent })).uploaded, 0)
  })

  it('an image of one platform stays one, and nothing is attached where that is not wanted', async () => {
    const [source, target] = [connect(here.host), connect(there.host)]
    const { descriptor, image } = await pushImage(source, 'acme/single', 'single')
    await attach(source, 'acme/single', descriptor, documentOf('about it'))
    const from = { registry: source, repository: 'acme/single', digest: descriptor.digest }
    await copyImage(from, { registry: target, repository: 'prod/single' }, { referrers: false, log: silent })
    const copied = await readManifest(target, 'prod/single', descriptor.digest)
    assert.deepEqual([copied?.descriptor.mediaType, copied?.bytes], [MEDIA.manifest, image.manifest.bytes])
    assert.deepEqual(await listTags(target, 'prod/single'), [])
  })

  it('that breaks off anywhere leaves no manifest without its parts, and is completed by the next', async () => {
    const source = connect(here.host)
    const index = await pushIndex(source, 'acme/torn', ['left', 'right'])
    await attach(source, 'acme/torn', index.descriptor, documentOf('about it'))
    const from = { registry: source, repository: 'acme/torn', digest: index.descriptor.digest }
    let completed = false
    for (let most = 1; !completed; most += 3) {
      const repository = `prod/torn-${most}`
      let sent = 0
      fault = () => (++sent > most ? { kind: 'answer', status: 403 } : undefined)
      const to = { registry: connect(faults.host), repository }
      completed = await copyImage(from, to, { referrers: true, log: silent }).then(
        () => true,
        () => false,
      )
      const target = connect(there.host)
      for (const digest of [...index.manifests.map((one) => one.digest), index.descriptor.digest]) {
        const stored = await readManifest(target, repository, digest)
        if (stored === undefined) continue
        const { manifest } = stored
        const parts = 'manifests' in manifest ? manifest.manifests : [manifest.config, ...manifest.layers]
        for (const part of parts)
          assert.ok(
            'manifests' in manifest
              ? await headManifest(target, repository, part.digest)
              : await hasBlob(target, repository, part.digest),
          )
      }
      fault = () => undefined
      await copyImage(from, to, { referrers: true, log: silent })
      assert.deepEqual((await readManifest(target, repository, index.descriptor.digest))?.bytes, index.bytes)
      assert.equal((await listReferrers(target, repository, index.descriptor.digest)).length, 1)
    }
  })

  it('goes on without what is listed as attached but gone, and says so', async () => {
    const [source, target] = [connect(here.host), connect(there.host)]
    const { descriptor } = await pushImage(source, 'acme/gap', 'gap')
    const gone = await attach(source, 'acme/gap', descriptor, documentOf('gone'))
    const kept = await attach(source, 'acme/gap', descriptor, documentOf('kept'))
    // The registry refuses to write an index with a hole, but leaves one when a part is deleted.
    await deleteManifest(source, 'acme/gap', gone.digest)
    const warnings: string[] = []
    const log = { ...silent, warn: (text: string) => void warnings.push(text) }
    const from = { registry: source, repository: 'acme/gap', digest: descriptor.digest }
    await copyImage(from, { registry: target, repository: 'prod/gap' }, { referrers: true, log })
    assert.deepEqual(await listReferrers(target, 'prod/gap', descriptor.digest), [kept])
    assert.match(warnings.join(), new RegExp(`lists ${gone.digest} as attached`))
  })

  it('does not happen where a part is gone', async () => {
    const [source, target] = [connect(here.host), connect(there.host)]
    const index = await pushIndex(source, 'acme/hole', ['whole', 'hole'])
    await deleteManifest(source, 'acme/hole', index.manifests[1]?.digest ?? '')
    const from = { registry: source, repository: 'acme/hole', digest: index.descriptor.digest }
    const to = { registry: target, repository: 'prod/hole' }
    await assert.rejects(
      copyImage(from, to, { referrers: true, log: silent }),
      /does not have sha256:.*part of what is to be copied/,
    )
    assert.equal(await headManifest(target, 'prod/hole', index.descriptor.digest), undefined)
  })

  it('makes what skopeo, another client, copies on under the same digest', async () => {
    const [source, target] = [connect(here.host), connect(there.host)]
    const index = await pushIndex(source, 'acme/other', ['amd', 'arm'])
    const stored = await readManifest(source, 'acme/other', index.descriptor.digest)
    assert.ok(stored)
    await writeManifest(source, 'acme/other', { mediaType: MEDIA.index, bytes: stored.bytes }, 'v1')
    const from = { registry: source, repository: 'acme/other', digest: index.descriptor.digest }
    await copyImage(from, { registry: target, repository: 'prod/other' }, { referrers: true, log: silent })
    const [one, two] = [`${there.host}/prod/other@${index.descriptor.digest}`, `${here.host}/again/other:v1`]
    const copied = await command(
      [
        'skopeo',
        'copy',
        '--all',
        '--preserve-digests',
        '--src-tls-verify=false',
        '--dest-tls-verify=false',
        `docker://${one}`,
        `docker://${two}`,
      ],
      { env: { PATH: process.env.PATH ?? '', HOME: tmpdir() } },
    )
    assert.equal(copied.code, 0, copied.stderr)
    assert.equal((await headManifest(source, 'again/other', 'v1'))?.digest, index.descriptor.digest)
  })
})
