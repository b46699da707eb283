import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { LABEL, silent } from '@mayfly/core'
import {
  type Build,
  build,
  buildUnnamed,
  connectEngine,
  docker,
  type Engine,
  imageStore,
  inspectBase,
  inspectImage,
  loadArchive,
  loadStream,
  removeUnnamed,
} from '@mayfly/engine'
import {
  assemble,
  explainDifference,
  layerOf,
  listTar,
  looseArchive,
  MEDIA,
  parseConfig,
  type RewrittenImage,
  rewriteImage,
  thinArchive,
} from '@mayfly/oci'
import { buildImage, exportOwnLayers } from '../../packages/artifact/reproducible-build.ts'
import { type RunningRegistry, startRegistry } from '../registry/registry.ts'
import { type SecondEngine, startContainerdEngine, whyNoSecondEngine } from './engine.ts'

const BASE = 'debian:trixie-slim'
const OWNER = `stores.test/p${process.pid}`
const EPOCH = 1_700_000_000
const SECRET = `not for the image: ${randomUUID()}`

const noSecond = whyNoSecondEngine()
let second: SecondEngine | undefined
let first: Engine
let registry: RunningRegistry
let folder: string

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mayfly-stores-'))
  first = await connectEngine({ host: undefined }, process.env)
  registry = await startRegistry()
  if (noSecond !== undefined) return
  second = await startContainerdEngine()
  await second.bring(first, BASE)
})

after(async () => {
  const { stdout } = await docker(first, ['images', '--all', '--quiet', '--filter', `label=${LABEL.owner}=${OWNER}`])
  const images = [...new Set(stdout.split('\n').filter((id) => id !== ''))]
  if (images.length > 0) await docker(first, ['rmi', '--force', ...images])
  await first.close()
  await second?.stop()
  await registry.stop()
  await rm(folder, { recursive: true, force: true })
})

const STEPS = [
  `FROM ${BASE} AS made`,
  'WORKDIR /made/by/builder',
  'COPY . .',
  'RUN ln file hard && ln -s file soft && chmod 4750 file && chown 12:34 hard && rm /etc/debian_version && touch -d 2001-02-03 old',
]

let builds = 0

/** A build of these lines in a folder of its own, whose files are written now. */
async function wantedOf(lines: readonly string[], more: Partial<Build> = {}): Promise<Build> {
  builds += 1
  const context = join(folder, `context-${builds}`)
  await mkdir(join(context, 'sub'), { recursive: true })
  await writeFile(join(context, 'Dockerfile'), lines.join('\n'))
  await writeFile(join(context, 'file'), 'content')
  await writeFile(join(context, 'sub/other'), 'more')
  await utimes(join(context, 'sub'), EPOCH + builds * 1000, EPOCH + builds * 1000)
  return {
    name: 'web',
    context,
    dockerfile: join(context, 'Dockerfile'),
    args: {},
    labels: { [LABEL.owner]: OWNER },
    target: undefined,
    platform: undefined,
    secrets: [],
    network: 'none',
    noCache: true,
    tag: `mayfly.local/stores-p${process.pid}:${builds}`,
    push: false,
    epoch: EPOCH,
    log: silent,
    ...more,
  }
}

async function inside(engine: Engine, image: string, program: string): Promise<string> {
  const { code, stdout, stderr } = await docker(engine, ['run', '--rm', '--network', 'none', image, 'sh', '-c', program])
  assert.equal(code, 0, stderr)
  return stdout.trim()
}

/** What a build added to its base, as files, with nothing in it that is later than the commit. */
async function layersOf(engine: Engine, wanted: Build): Promise<RewrittenImage> {
  const { id } = await buildUnnamed(engine, wanted)
  const base = (await inspectBase(engine, BASE))?.diffIds
  const directory = await mkdtemp(join(folder, 'layers-'))
  const image = await rewriteImage(await exportOwnLayers(engine, id, base, directory), wanted.epoch)
  await removeUnnamed(engine, id)
  return image
}

for (const store of ['classic', 'containerd'] as const) {
  const skip = store === 'containerd' && noSecond !== undefined ? noSecond : false
  describe(`an engine whose images are in the ${store} store`, { skip }, () => {
    let engine: Engine

    before(() => {
      engine = store === 'classic' ? first : (second?.engine ?? first)
    })

    it('says so', async () => {
      assert.equal(await imageStore(engine), store)
    })

    it('takes an image of which only what lies on the base travels, and runs it', async () => {
      const found = await inspectBase(engine, BASE)
      assert.ok(found)
      const { architecture, os, diffIds, run } = found
      const base = {
        name: BASE,
        digest: found.id,
        config: { architecture, os, config: run, rootfs: { type: 'layers' as const, diff_ids: diffIds } },
        layers: diffIds.map((digest) => ({ mediaType: MEDIA.layer, digest, size: 0 })),
      }
      const layer = layerOf([{ path: 'app/said', kind: 'file', bytes: Buffer.from('thin') }], EPOCH, false)
      const labels = { [LABEL.owner]: OWNER }
      const image = assemble({ base, layers: [layer], run: {}, labels, annotations: labels, created: new Date(EPOCH * 1000) })
      const tag = `mayfly.local/stores-p${process.pid}:thin`
      const archive = thinArchive(image, tag)
      assert.ok(archive.length < 20_000, `${archive.length} bytes`)
      await loadArchive(engine, archive)
      const expected = store === 'classic' ? image.config.digest : image.manifest.digest
      assert.equal((await inspectImage(engine, tag))?.id, expected)
      assert.equal(await inside(engine, expected, 'cat /app/said; stat -c " %Y" /app/said'), `thin ${EPOCH}`)
      // The same again is the same.
      await loadArchive(engine, archive)
      assert.equal((await inspectImage(engine, tag))?.id, expected)
    })

    it('gives one digest for builds without a cache, of files that are all as old as their checkout', async () => {
      const [one, two] = [await wantedOf(STEPS), await wantedOf(STEPS)]
      const built = await buildImage(engine, one, true)
      assert.equal((await buildImage(engine, two, true)).digest, built.digest)
      assert.equal((await inspectImage(engine, two.tag))?.id, built.digest)
      const stat = 'cd /made/by/builder && stat -c "%n %Y %a %u:%g %h" . file hard old sub/other && readlink soft'
      assert.deepEqual((await inside(engine, built.reference, stat)).split('\n'), [
        `. ${EPOCH} 755 0:0 1`,
        `file ${EPOCH} 750 12:34 2`,
        `hard ${EPOCH} 750 12:34 2`,
        `old ${Date.parse('2001-02-03') / 1000} 644 0:0 1`,
        `sub/other ${EPOCH} 644 0:0 1`,
        'file',
      ])
      assert.equal(await inside(engine, built.reference, 'ls /etc/debian_version /etc/passwd 2>/dev/null; :'), '/etc/passwd')
    })

    it('gives one digest after a push too, and the registry has it', async () => {
      const tag = `${registry.host}/stores/${store}:1`
      const digests = []
      for (let round = 0; round < 2; round++) {
        const wanted = await wantedOf(['FROM scratch', 'COPY . /'], { tag, push: true })
        const { digest, reference } = await buildImage(engine, wanted, true)
        assert.equal(reference, `${registry.host}/stores/${store}@${digest}`)
        const accept = 'application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json'
        const answer = await fetch(`http://${registry.host}/v2/stores/${store}/manifests/1`, { headers: { accept } })
        assert.equal(answer.headers.get('docker-content-digest'), digest)
        digests.push(digest)
      }
      assert.equal(digests[0], digests[1])
    })

    it('gives the layers of a build as files, the same ones each time, and takes them back without the base', async () => {
      const wanted = await wantedOf(STEPS)
      const [one, two] = [await layersOf(engine, wanted), await layersOf(engine, await wantedOf(STEPS))]
      // The name is for who gives it back: nobody may take what is not re-written for what is.
      assert.equal(await inspectImage(engine, wanted.tag), undefined)
      assert.deepEqual(one.config, two.config)
      assert.deepEqual(
        one.layers.map(({ file }) => file === undefined),
        [true, false, false, false],
      )
      const tag = `mayfly.local/stores-p${process.pid}:thin`
      const archive = await looseArchive(one, tag, one.firstChanged ?? one.layers.length)
      await loadStream(engine, archive.stream)
      const id = store === 'classic' ? archive.configDigest : archive.manifestDigest
      assert.equal((await inspectImage(engine, tag))?.id, id)
      assert.equal(await inside(engine, id, 'cat /made/by/builder/hard'), 'content')
    })

    it('honours build arguments, secrets and targets, and a secret is nowhere in the image', async () => {
      const file = join(folder, 'secret')
      await writeFile(file, SECRET)
      const lines = [
        ...STEPS,
        'FROM made AS wanted',
        'ARG WHO=nobody',
        `RUN --mount=type=secret,id=token test "$(wc -c < /run/secrets/token)" = ${SECRET.length} && echo "$WHO" > /who`,
        'FROM wanted AS last',
        'RUN exit 1',
      ]
      const secrets = [{ id: 'token', file }]
      const wanted = await wantedOf(lines, { target: 'wanted', args: { WHO: 'somebody' }, secrets })
      const { reference } = await buildImage(engine, wanted, true)
      assert.equal(await inside(engine, reference, 'cat /who'), 'somebody')
      const layers = await mkdtemp(join(folder, 'secret-'))
      const image = await exportOwnLayers(engine, reference, undefined, layers)
      for (const layer of image.layers) assert.ok(!(await readFile(layer.file ?? '')).includes(SECRET), layer.diffId)
      assert.ok(!image.config.includes(SECRET))
    })

    it('builds for the platform that is named', async () => {
      const platform = process.arch === 'arm64' ? 'linux/amd64' : 'linux/arm64'
      const wanted = await wantedOf(['FROM scratch', 'COPY file /file', 'CMD ["/file"]'], { platform })
      const image = await layersOf(engine, wanted)
      assert.equal(`${parseConfig(image.config).os}/${parseConfig(image.config).architecture}`, platform)
      assert.equal(image.layers.length, 1)
    })

    it('says which file differs where a step writes the time', async () => {
      const lines = [`FROM ${BASE}`, 'RUN date +%s%N > /stamp && echo same > /same']
      const contents = []
      for (let round = 0; round < 2; round++) {
        const image = await layersOf(engine, await wantedOf(lines))
        const files = image.layers.flatMap(({ file }) => file ?? [])
        const layers = await Promise.all(files.map((file) => listTar(createReadStream(file))))
        contents.push({ config: parseConfig(image.config), layers })
      }
      const [a, b] = contents
      assert.ok(a && b)
      assert.deepEqual(explainDifference(a, b), ['file stamp differs in content'])
    })

    it('names the step that failed, and leaves nothing of that name', async () => {
      const wanted = await wantedOf([`FROM ${BASE}`, 'RUN echo before && exit 3'])
      await assert.rejects(buildImage(engine, wanted, true), /this step failed: \[2\/2\] RUN echo before && exit 3\nbefore/)
      assert.equal(await inspectImage(engine, wanted.tag), undefined)
    })

    it('still has what a plain build says it built', async () => {
      const { reference } = await build(engine, await wantedOf([`FROM ${BASE}`, 'COPY file /file']))
      assert.equal(await inside(engine, reference, 'cat /file'), 'content')
    })
  })
}
