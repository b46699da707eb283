import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { command, silent } from '@mayfly/core'
import { digestOf } from '@mayfly/oci'
import {
  attach,
  copyImage,
  deleteManifest,
  dockerCredentials,
  hasBlob,
  headManifest,
  listReferrers,
  listTags,
  openRegistry,
  pushBlob,
  type Registry,
  readBlob,
  readManifest,
  streamBlob,
} from '@mayfly/registry'
import { type Fault, type Faults, startFaults } from './faults.ts'
import { anonymous, connect, documentOf, pushImage, sourceOf, user } from './fixtures.ts'
import { type RunningRegistry, startRegistry, USER } from './registry.ts'

for (const auth of ['none', 'basic', 'bearer'] as const) {
  describe(`with a registry that asks for ${auth === 'none' ? 'nobody' : auth} authentication`, () => {
    let running: RunningRegistry
    let registry: Registry
    before(async () => {
      running = await startRegistry({ auth })
      registry = connect(running.host, auth === 'none' ? anonymous : user)
    })
    after(() => running.stop())

    it('blobs, manifests and tags are written and read back as they were', async () => {
      const { descriptor, image, layer } = await pushImage(registry, 'acme/web', 'hello', '1.0.0')
      assert.deepEqual(await headManifest(registry, 'acme/web', '1.0.0'), descriptor)
      const read = await readManifest(registry, 'acme/web', descriptor.digest)
      assert.deepEqual(read?.bytes, image.manifest.bytes)
      assert.deepEqual(await readBlob(registry, 'acme/web', layer.descriptor), layer.bytes)
      assert.deepEqual(await listTags(registry, 'acme/web'), ['1.0.0'])
      assert.equal(await headManifest(registry, 'acme/web', '2.0.0'), undefined)
      assert.equal(await hasBlob(registry, 'acme/web', digestOf('nothing')), false)
      assert.deepEqual(await listTags(registry, 'acme/none'), [])
    })

    it('a blob that another repository has is mounted, and one that is there is not sent', async () => {
      const blob = sourceOf(randomBytes(1000))
      const unread = { ...blob, open: () => assert.fail('it was read') }
      assert.equal(await pushBlob(registry, 'acme/one', blob), 'uploaded')
      assert.equal(await pushBlob(registry, 'acme/one', unread), 'present')
      assert.equal(await pushBlob(registry, 'acme/two', { ...unread, from: ['acme/one'] }), 'mounted')
      assert.equal(await pushBlob(registry, 'acme/three', { ...blob, from: ['acme/elsewhere'] }), 'uploaded')
    })

    it('a copy has the same digest and what is attached to it', async () => {
      const { descriptor } = await pushImage(registry, 'acme/source', 'copied')
      const attached = await attach(registry, 'acme/source', descriptor, documentOf('about it'))
      const from = { registry, repository: 'acme/source', digest: descriptor.digest }
      const to = { registry, repository: 'acme/target' }
      assert.deepEqual(await copyImage(from, to, { referrers: true, log: silent }), { uploaded: 0, mounted: 4, present: 0 })
      assert.deepEqual(await copyImage(from, to, { referrers: true, log: silent }), { uploaded: 0, mounted: 4, present: 0 })
      assert.deepEqual(await listReferrers(registry, 'acme/target', descriptor.digest), [attached])
      const inspected = await command(
        [
          'skopeo',
          'inspect',
          '--tls-verify=false',
          ...(auth === 'none' ? [] : ['--creds', `${USER.user}:${USER.password}`]),
          `docker://${running.host}/acme/target@${descriptor.digest}`,
        ],
        { env: { PATH: process.env.PATH ?? '', HOME: tmpdir() } },
      )
      assert.match(inspected.stdout, /"text": "copied"/, inspected.stderr)
    })
  })
}

describe('credentials', () => {
  let running: RunningRegistry
  let folder: string
  before(async () => {
    running = await startRegistry({ auth: 'basic' })
    folder = await mkdtemp(join(tmpdir(), 'mayfly-docker-'))
    await mkdir(join(folder, 'bin'))
  })
  after(async () => {
    await running.stop()
    await rm(folder, { recursive: true, force: true })
  })
  const environment = () => ({ DOCKER_CONFIG: folder, PATH: `${folder}/bin:${process.env.PATH}` })
  const configure = (config: unknown) => writeFile(join(folder, 'config.json'), JSON.stringify(config))
  const login = () => listTags(connect(running.host, dockerCredentials(environment())), 'acme/web')

  it("are Docker's own: its file, the helper of the host, the store", async () => {
    await configure({ auths: { [running.host]: { auth: Buffer.from(`${USER.user}:${USER.password}`).toString('base64') } } })
    assert.deepEqual(await login(), [])
    await writeFile(
      join(folder, 'bin', 'docker-credential-test'),
      `#!/bin/sh\nread host\n[ "$host" = "${running.host}" ] || exit 1\necho '{"Username":"${USER.user}","Secret":"${USER.password}"}'\n`,
    )
    await chmod(join(folder, 'bin', 'docker-credential-test'), 0o755)
    await configure({ credHelpers: { [running.host]: 'test' } })
    assert.deepEqual(await login(), [])
    await configure({ credsStore: 'test' })
    assert.deepEqual(await login(), [])
    await configure({ auths: { [`https://${running.host}/v2/`]: { username: USER.user, password: USER.password } } })
    assert.deepEqual(await login(), [])
  })

  it('of Docker Hub are found under the address that Docker keeps them under, and a token for what it is', async () => {
    const auth = Buffer.from('me:a:colon').toString('base64')
    await configure({ auths: { 'https://index.docker.io/v1/': { auth }, 'ghcr.io': { auth, identitytoken: 'token' } } })
    const from = join(folder, 'config.json')
    const find = dockerCredentials(environment())
    assert.deepEqual(await find('docker.io'), { user: 'me', password: 'a:colon', from })
    assert.deepEqual(await find('ghcr.io'), { identityToken: 'token', from })
    assert.equal(await find('quay.io'), undefined)
    assert.equal(await dockerCredentials({ DOCKER_CONFIG: join(folder, 'nowhere') })('ghcr.io'), undefined)
  })

  it('from a helper that breaks are named with the helper, and what it says is never shown', async () => {
    await configure({ credHelpers: { [running.host]: 'broken' } })
    const helper = join(folder, 'bin', 'docker-credential-broken')
    for (const script of ['echo hunter2; exit 3', 'echo hunter2']) {
      await writeFile(helper, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
      await assert.rejects(login(), (error: Error) => {
        assert.match(error.message, new RegExp(`docker-credential-broken has no answer for ${running.host}`))
        assert.doesNotMatch(String(error.stack), /hunter2/)
        return true
      })
    }
    await writeFile(helper, '#!/bin/sh\necho credentials not found in native keychain; exit 1\n', { mode: 0o755 })
    await assert.rejects(login(), /does not let an anonymous caller/)
    await configure({ credHelpers: { [running.host]: '../evil' } })
    await assert.rejects(login(), /is no name of a program/)
  })

  it('that are wrong, missing or out of reach are named with where they come from, and never shown', async () => {
    await configure({ auths: { [running.host]: { auth: Buffer.from(`${USER.user}:hunter2`).toString('base64') } } })
    await assert.rejects(login(), (error: Error) => {
      assert.match(error.message, new RegExp(`${running.host} refuses the user mayfly .* from ${join(folder, 'config.json')}`))
      assert.doesNotMatch(JSON.stringify(error), /hunter2/)
      return true
    })
    await configure({ credHelpers: { [running.host]: 'missing' } })
    await assert.rejects(login(), /docker-credential-missing, which is not installed/)
    await configure({})
    await assert.rejects(login(), /does not let an anonymous caller/)
    await writeFile(join(folder, 'config.json'), '{"auths": hunter2')
    await assert.rejects(login(), (error: Error) => {
      assert.match(error.message, /config\.json is not JSON/)
      assert.equal(error.cause, undefined)
      return true
    })
  })
})

describe('when things go wrong on the way', () => {
  let running: RunningRegistry
  let faults: Faults
  let choose: (method: string, path: string) => Fault | undefined
  let registry: Registry
  before(async () => {
    running = await startRegistry()
    faults = await startFaults(running.host, (method, path) => choose(method, path))
  })
  after(async () => {
    await faults.stop()
    await running.stop()
  })
  /** The first `times` requests that match meet the fault. */
  const begin = (times: number, matches: RegExp, fault: Fault) => {
    let left = times
    faults.seen.length = 0
    faults.headers.length = 0
    registry = connect(faults.host)
    choose = (method, path) => (matches.test(`${method} ${path}`) && left-- > 0 ? fault : undefined)
  }

  for (const [method, status] of [
    ['HEAD', 500],
    ['POST', 503],
    ['PUT', 502],
    ['PUT', 429],
    ['HEAD', 504],
  ] as const) {
    it(`${status} to a ${method} is asked again`, async () => {
      begin(2, new RegExp(`^${method} `), { kind: 'answer', status })
      const blob = sourceOf(randomBytes(2000))
      assert.equal(await pushBlob(registry, 'acme/again', blob), 'uploaded')
      assert.equal(await hasBlob(connect(running.host), 'acme/again', blob.digest), true)
    })
  }

  it('an upload that breaks in the middle is sent again and completed', async () => {
    const bytes = randomBytes(4_000_000)
    begin(1, /^PUT .*uploads/, { kind: 'break', after: 1_000_000 })
    assert.equal(
      await pushBlob(registry, 'acme/broken', { ...sourceOf(bytes), open: () => Readable.from(inPieces(bytes)) }),
      'uploaded',
    )
    assert.deepEqual(
      await readBlob(connect(running.host), 'acme/broken', { mediaType: '', digest: digestOf(bytes), size: bytes.length }),
      bytes,
    )
  })

  it('an upload that the registry forgot begins anew', async () => {
    const blob = sourceOf(randomBytes(2000))
    begin(1, /^PUT .*uploads/, { kind: 'answer', status: 404, body: '{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}' })
    assert.equal(await pushBlob(registry, 'acme/forgot', blob), 'uploaded')
  })

  it('what does not stop failing is told in the words of the registry', async () => {
    begin(99, /^PUT /, { kind: 'answer', status: 500, body: '{"errors":[{"code":"UNKNOWN","message":"disk is full"}]}' })
    await assert.rejects(pushBlob(registry, 'acme/never', sourceOf(randomBytes(20))), /answered 500 .*UNKNOWN, disk is full/)
  })

  it('a registry that lies about a digest is named, for manifests and for blobs', async () => {
    const { descriptor, layer } = await pushImage(connect(running.host), 'acme/liar', 'truth', 'v1')
    const change: Fault = {
      kind: 'change',
      body: (body) => Buffer.from(body.toString('latin1').replace('truth', 'lies!'), 'latin1'),
    }
    begin(9, /^GET /, change)
    await assert.rejects(readManifest(registry, 'acme/liar', 'v1'), /lies about a digest/)
    await assert.rejects(readManifest(registry, 'acme/liar', descriptor.digest), /lies about a digest/)
    await assert.rejects(readBlob(registry, 'acme/liar', layer.descriptor), /lies about a digest/)
    await assert.rejects(async () => {
      for await (const _ of await streamBlob(registry, 'acme/liar', layer.descriptor));
    }, /lies about a digest/)
  })

  it('what is not what its digest says is never completed', async () => {
    begin(0, /^$/, { kind: 'break', after: 0 })
    const bytes = randomBytes(5000)
    const other = { ...sourceOf(bytes), open: () => Readable.from([Buffer.concat([bytes.subarray(1), Buffer.from('x')])]) }
    await assert.rejects(pushBlob(registry, 'acme/wrong', other), /is something else/)
    await assert.rejects(
      pushBlob(registry, 'acme/wrong', { ...sourceOf(bytes), open: () => Readable.from([bytes.subarray(1)]) }),
      /is shorter than 5000 bytes/,
    )
    assert.equal(await hasBlob(connect(running.host), 'acme/wrong', digestOf(bytes)), false)
  })

  it('nothing that identifies the caller goes to where a registry keeps its blobs', async () => {
    const secured = await startRegistry({ auth: 'basic' })
    const bytes = randomBytes(300)
    await pushBlob(connect(secured.host, user), 'acme/moved', sourceOf(bytes))
    await pushBlob(connect(running.host), 'acme/moved', sourceOf(bytes))
    const digest = digestOf(bytes)
    const place = `http://${faults.host}/v2/acme/moved/blobs/${digest}`
    const front = await startFaults(secured.host, (method, path) =>
      method === 'GET' && path.includes('/blobs/') ? { kind: 'answer', status: 307, headers: { location: place } } : undefined,
    )
    begin(0, /^$/, { kind: 'break', after: 0 })
    assert.deepEqual(await readBlob(connect(front.host, user), 'acme/moved', { mediaType: '', digest, size: 300 }), bytes)
    assert.equal(faults.headers.at(-1)?.authorization, undefined)
    assert.notEqual(front.headers.length, 0)
    await front.stop()
    await secured.stop()
  })

  it('more at once than the limit wait for each other', async () => {
    let [now, most] = [0, 0]
    begin(0, /^$/, { kind: 'break', after: 0 })
    const slow = (bytes: Buffer) =>
      async function* () {
        most = Math.max(most, ++now)
        yield bytes
        await new Promise((resolve) => setImmediate(resolve))
        now--
      }
    const limited = openRegistry({ host: running.host, credentials: anonymous, log: silent, concurrency: 2 })
    await Promise.all(
      Array.from({ length: 8 }, () => {
        const bytes = randomBytes(100)
        return pushBlob(limited, 'acme/many', { ...sourceOf(bytes), open: () => Readable.from(slow(bytes)()) })
      }),
    )
    assert.ok(most <= 2, `${most} at once`)
  })
})

describe('what is attached', () => {
  let running: RunningRegistry
  let registry: Registry
  before(async () => {
    running = await startRegistry()
    registry = connect(running.host)
  })
  after(() => running.stop())

  it('is listed once, however often it is attached, and can be chosen by type', async () => {
    const { descriptor } = await pushImage(registry, 'acme/about', 'subject')
    const first = await attach(registry, 'acme/about', descriptor, documentOf('one'))
    assert.deepEqual(await attach(registry, 'acme/about', descriptor, documentOf('one')), first)
    const other = await attach(registry, 'acme/about', descriptor, {
      ...documentOf('two'),
      artifactType: 'application/vnd.other',
    })
    assert.equal((await listReferrers(registry, 'acme/about', descriptor.digest)).length, 2)
    assert.deepEqual(await listReferrers(registry, 'acme/about', descriptor.digest, 'application/vnd.other'), [other])
  })

  it('is all there when four attach at once to a registry that cannot compare and set', async () => {
    const { descriptor } = await pushImage(registry, 'acme/crowd', 'subject')
    const attached = await Promise.all(
      ['a', 'b', 'c', 'd'].map((text) => attach(connect(running.host), 'acme/crowd', descriptor, documentOf(text))),
    )
    const listed = await listReferrers(registry, 'acme/crowd', descriptor.digest)
    assert.deepEqual(listed.map(({ digest }) => digest).sort(), attached.map(({ digest }) => digest).sort())
  })

  it('goes with its manifest where that is deleted by its digest, which is said to be gone the second time', async () => {
    const { descriptor } = await pushImage(registry, 'acme/gone', 'x', 'v1')
    assert.equal(await deleteManifest(registry, 'acme/gone', descriptor.digest), true)
    assert.equal(await headManifest(registry, 'acme/gone', 'v1'), undefined)
    assert.equal(await deleteManifest(registry, 'acme/gone', descriptor.digest), false)
  })

  it('a registry where deleting is switched off is named', async () => {
    const kept = await startRegistry({ delete: false })
    const { descriptor } = await pushImage(connect(kept.host), 'acme/kept', 'x')
    await assert.rejects(deleteManifest(connect(kept.host), 'acme/kept', descriptor.digest), /Deleting is switched off/)
    await kept.stop()
  })
})

function* inPieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
}
