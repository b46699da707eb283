import assert from 'node:assert/strict'
import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { createGunzip } from 'node:zlib'
import { planArtifacts, toolsOf } from '@mayfly/artifact'
import { command, LABEL, silent } from '@mayfly/core'
import { assemble, digestOf, layerOf, listTar, parseConfig } from '@mayfly/oci'
import { loadProject } from '@mayfly/project'
import {
  listReferrers,
  listTags,
  openRegistry,
  pushBlob,
  type Registry,
  readBlob,
  readManifest,
  streamBlob,
  writeManifest,
} from '@mayfly/registry'
import { gitEnvironment } from '../github/git.ts'
import { startFaults } from '../registry/faults.ts'
import { type RunningRegistry, startRegistry } from '../registry/registry.ts'

const MAYFLY = join(import.meta.dirname, '..', '..', 'packages', 'cli', 'mayfly.js')

/** Functions that go into a registry are made without an engine: in all of this file there is none to be found. */
const NO_ENGINE = { DOCKER_HOST: 'unix:///nonexistent/docker.sock' }

let running: RunningRegistry
let registry: Registry
let folder: string
let checkout: string
let base: string

before(async () => {
  running = await startRegistry()
  registry = openRegistry({ host: running.host, credentials: async () => undefined, log: silent })
  folder = await mkdtemp(join(tmpdir(), 'mayfly-function-'))
  base = await pushBase('base/node')
  checkout = join(folder, 'shop')
  await write(checkout, FILES)
  await git(folder, 'init', '--quiet', '--initial-branch=main', checkout)
  await git(checkout, 'remote', 'add', 'origin', 'https://github.test/acme/shop.git')
  await commit('Start')
})

after(async () => {
  await running.stop()
  await rm(folder, { recursive: true, force: true })
})

const FILES: Record<string, string> = {
  '.gitignore': 'node_modules\ngenerated.ts\n',
  'functions/api/index.ts': `import { greet } from 'greet'
import { answer } from '../../shared/answer.ts'
import { made } from './generated.ts'
export default { fetch: () => new Response(greet(answer + made)) }
`,
  'functions/api/package-lock.json': JSON.stringify({ name: 'api', lockfileVersion: 3, packages: {} }),
  'functions/api/generated.ts': "export const made = '!'\n",
  'shared/answer.ts': "export const answer = 'forty-two'\n",
}

function manifest(more: object = {}): string {
  const mayfly = { route: '/api', base }
  return JSON.stringify({
    name: 'api',
    version: '1.4.2',
    license: 'MIT',
    main: 'index.ts',
    dependencies: { greet: '^1.0.0' },
    mayfly,
    ...more,
  })
}

/** What npm, yarn and pnpm make of `greet`, which needs `loud`. */
const PACKAGES = {
  greet: {
    'package.json': '{"name":"greet","version":"1.0.0","license":"ISC","main":"index.js","dependencies":{"loud":"1"}}',
    'index.js': "const loud = require('loud')\nexports.greet = (text) => loud('hello ' + text)\n",
  },
  loud: {
    'package.json': '{"name":"loud","version":"1.0.0","main":"index.js"}',
    'index.js': 'module.exports = (text) => text.toUpperCase()\n',
  },
}

async function write(place: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries({ 'functions/api/package.json': manifest(), ...files })) {
    await mkdir(dirname(join(place, name)), { recursive: true })
    await writeFile(join(place, name), text)
  }
  await install(place, 'hoisted')
}

async function install(place: string, layout: 'hoisted' | 'nested' | 'linked'): Promise<void> {
  for (const modules of ['node_modules', 'functions/api/node_modules'])
    await rm(join(place, modules), { recursive: true, force: true })
  const put = async (path: string, name: keyof typeof PACKAGES) => {
    for (const [file, text] of Object.entries(PACKAGES[name])) {
      await mkdir(join(place, path), { recursive: true })
      await writeFile(join(place, path, file), text)
    }
  }
  if (layout === 'hoisted') {
    await put('node_modules/greet', 'greet')
    await put('node_modules/loud', 'loud')
  } else if (layout === 'nested') {
    await put('functions/api/node_modules/greet', 'greet')
    await put('functions/api/node_modules/greet/node_modules/loud', 'loud')
  } else {
    await put('node_modules/.pnpm/greet@1.0.0/node_modules/greet', 'greet')
    await put('node_modules/.pnpm/loud@1.0.0/node_modules/loud', 'loud')
    await symlink('../../loud@1.0.0/node_modules/loud', join(place, 'node_modules/.pnpm/greet@1.0.0/node_modules/loud'))
    await mkdir(join(place, 'functions/api/node_modules'), { recursive: true })
    await symlink('../../../node_modules/.pnpm/greet@1.0.0/node_modules/greet', join(place, 'functions/api/node_modules/greet'))
  }
}

async function git(cwd: string, ...args: string[]): Promise<string> {
  const person = { GIT_AUTHOR_NAME: 'A', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'A', GIT_COMMITTER_EMAIL: 'a@b' }
  const { code, stdout, stderr } = await command(['git', ...args], { cwd, env: gitEnvironment(person) })
  assert.equal(code, 0, stderr)
  return stdout.trim()
}

async function commit(message: string): Promise<string> {
  await git(checkout, 'add', '--all')
  await git(checkout, 'commit', '--quiet', '--allow-empty', '--message', message)
  return git(checkout, 'rev-parse', 'HEAD')
}

/** A base image of one small layer, for this machine's processor. */
async function pushBase(repository: string, architecture = process.arch === 'x64' ? 'amd64' : process.arch): Promise<string> {
  const layer = layerOf([{ path: 'usr/bin/node', kind: 'file', bytes: Buffer.from('#!'), mode: 0o755 }], 0, true)
  const none = { architecture, os: 'linux', rootfs: { type: 'layers' as const, diff_ids: [] } }
  const image = assemble({
    base: { name: 'scratch', digest: digestOf(''), config: none, layers: [] },
    layers: [layer],
    run: { Env: ['PATH=/usr/bin'] },
    labels: {},
    annotations: {},
    created: new Date(0),
  })
  for (const bytes of [image.config.bytes, layer.bytes]) {
    await pushBlob(registry, repository, { digest: digestOf(bytes), size: bytes.length, open: () => Readable.from([bytes]) })
  }
  const { digest } = await writeManifest(registry, repository, { mediaType: image.mediaType, bytes: image.manifest.bytes })
  return `${running.host}/${repository}@${digest}`
}

interface Built {
  digest: string
  reference: string
  reused: boolean
  name: string
}

let places = 0

/** Builds into a repository of its own unless one is given, so that nothing is found there. */
async function build(
  options: { place?: string; on?: string; into?: string; env?: Record<string, string>; umask?: string } = {},
): Promise<Built> {
  const { place = checkout, on = running.host, into = `acme/shop${++places}`, env = {}, umask = '022' } = options
  const cache = join(folder, 'tmp')
  await mkdir(cache, { recursive: true })
  const run = ['sh', '-c', 'umask "$1"; shift; exec "$@"', 'sh', umask, process.execPath, MAYFLY] as const
  const { code, stdout, stderr } = await command(
    [...run, 'build', '--json', '--directory', place, '--registry', `${on}/${into}`],
    { env: { PATH: process.env.PATH ?? '', HOME: folder, TMPDIR: cache, ...NO_ENGINE, ...env } },
  )
  assert.equal(code, 0, stderr)
  const [artifact] = JSON.parse(stdout).artifacts
  return artifact
}

describe('a function, without an engine', () => {
  const VARIATIONS: [what: string, work: () => Promise<Built>][] = [
    ['another folder, with a blank in its name', async () => build({ place: await copyTo('a b/other name') })],
    [
      'another umask and other modes of files',
      async () => {
        const place = await copyTo('modes')
        await chmod(join(place, 'shared/answer.ts'), 0o600)
        await git(place, 'config', 'core.fileMode', 'false')
        return build({ place, umask: '077' })
      },
    ],
    ['another time zone and language', () => build({ env: { TZ: 'Asia/Tokyo', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' } })],
    [
      'a clock that is 40 days ahead',
      () => {
        const shim =
          'const D=Date;globalThis.Date=class extends D{constructor(...a){a.length?super(...a):super(D.now()+3456e6)}static now(){return D.now()+3456e6}}'
        return build({ env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(shim)}` } })
      },
    ],
    [
      'a clone of depth 1',
      async () => {
        const place = join(folder, 'shallow')
        await commit('One more, so that there is something to leave out')
        await git(folder, 'clone', '--quiet', '--depth=1', `file://${checkout}`, place)
        await git(place, 'remote', 'set-url', 'origin', 'https://github.test/acme/shop.git')
        await writeFile(join(place, 'functions/api/generated.ts'), FILES['functions/api/generated.ts'] ?? '')
        await install(place, 'hoisted')
        return build({ place })
      },
    ],
    [
      'packages nested as npm nests them',
      async () => {
        const place = await copyTo('nested')
        await install(place, 'nested')
        return build({ place })
      },
    ],
    [
      'packages linked as pnpm links them',
      async () => {
        const place = await copyTo('linked')
        await install(place, 'linked')
        return build({ place })
      },
    ],
  ]
  const copyTo = async (name: string): Promise<string> => {
    await cp(checkout, join(folder, name), { recursive: true, verbatimSymlinks: true })
    return join(folder, name)
  }
  for (const [what, work] of VARIATIONS) {
    it(`is the same bytes with ${what}`, async () => {
      const there = await work()
      const here = await build()
      assert.equal(there.digest, here.digest)
      assert.deepEqual([there.reused, here.reused], [false, false])
    })
  }

  it('says what it is: labels in its configuration, the same as annotations, and what is attached to it', async () => {
    const { digest, reference, name } = await build({ into: 'acme/said' })
    const revision = await git(checkout, 'rev-parse', 'HEAD')
    const stored = await readManifest(registry, 'acme/said/api', digest)
    assert.ok(stored && 'config' in stored.manifest)
    const expected = {
      'org.opencontainers.image.revision': revision,
      'org.opencontainers.image.source': 'https://github.test/acme/shop',
      'org.opencontainers.image.version': name.replace(/^.*@/, ''),
      'org.opencontainers.image.created': `${new Date(Number(await git(checkout, 'show', '-s', '--format=%ct')) * 1000).toISOString().slice(0, 19)}Z`,
      'org.opencontainers.image.title': 'api',
      'org.opencontainers.image.licenses': 'MIT',
      'org.opencontainers.image.base.name': base,
      'org.opencontainers.image.base.digest': base.replace(/^.*@/, ''),
      [LABEL.runtime]: 'node24',
      [LABEL.dependencies]: '{"greet":"^1.0.0"}',
    }
    const config = parseConfig(await readBlob(registry, 'acme/said/api', stored.manifest.config))
    assert.partialDeepStrictEqual(stored.manifest.annotations, expected)
    assert.partialDeepStrictEqual(config.config?.Labels, expected)
    assert.equal(config.created, expected['org.opencontainers.image.created'])
    const types = (await listReferrers(registry, 'acme/said/api', digest)).map(({ artifactType }) => artifactType)
    assert.deepEqual(types.sort(), ['application/vnd.cyclonedx+json', 'application/vnd.in-toto+json'])
    const env = { PATH: process.env.PATH ?? '', HOME: folder }
    const inspected = await command(['skopeo', 'inspect', '--tls-verify=false', `docker://${reference}`], { env })
    assert.match(inspected.stdout, new RegExp(`"org.opencontainers.image.revision": "${revision}"`), inspected.stderr)
    const copied = await command(['skopeo', 'copy', '--src-tls-verify=false', `docker://${reference}`, `oci:${folder}/copy:x`], {
      env,
    })
    assert.equal(copied.code, 0, copied.stderr)
  })

  it('is read by oras: its annotations, and what is attached to it', async (t) => {
    const env = { PATH: process.env.PATH ?? '', HOME: folder }
    if ((await command(['oras', 'version'], { env })).code !== 0) return t.skip('oras not found')
    const { reference } = await build({ into: 'acme/oras' })
    const fetched = await command(['oras', 'manifest', 'fetch', '--plain-http', reference], { env })
    assert.equal(fetched.code, 0, fetched.stderr)
    assert.equal(JSON.parse(fetched.stdout).annotations['org.opencontainers.image.title'], 'api')
    const found = await command(['oras', 'discover', '--plain-http', '--format', 'json', reference], { env })
    assert.equal(found.code, 0, found.stderr)
    const types = JSON.parse(found.stdout).manifests.map((one: { artifactType: string }) => one.artifactType)
    assert.deepEqual(types.sort(), ['application/vnd.cyclonedx+json', 'application/vnd.in-toto+json'])
  })

  it('that did not change is one request and no bundling, also after a commit elsewhere', async () => {
    const watched = await startFaults(running.host, () => undefined)
    try {
      const first = await build({ on: watched.host, into: 'acme/again' })
      await writeFile(join(checkout, 'README.md'), 'changed\n')
      await commit('Elsewhere')
      const place = await copyTo('uninstalled')
      // Without its packages it could not be bundled.
      await rm(join(place, 'node_modules'), { recursive: true })
      watched.seen.length = 0
      const second = await build({ place, on: watched.host, into: 'acme/again' })
      assert.deepEqual([second.digest, second.reused, second.name], [first.digest, true, first.name])
      assert.equal(watched.seen.length, 1, watched.seen.join('\n'))
    } finally {
      await watched.stop()
    }
  })

  const CHANGES: [what: string, change: (place: string) => Promise<void>][] = [
    [
      'its own file',
      (place) => writeFile(join(place, 'functions/api/index.ts'), `${FILES['functions/api/index.ts']}console.log(1)\n`),
    ],
    [
      'a file of another folder that it imports',
      (place) => writeFile(join(place, 'shared/answer.ts'), "export const answer = 'nine'\n"),
    ],
    [
      'a file that git ignores and it imports',
      (place) => writeFile(join(place, 'functions/api/generated.ts'), "export const made = '?'\n"),
    ],
    [
      'its lock file',
      (place) =>
        writeFile(join(place, 'functions/api/package-lock.json'), '{"name":"api","lockfileVersion":3,"packages":{"":{}}}'),
    ],
    [
      'its base',
      async (place) => {
        const other = await pushBase('base/other')
        await writeFile(
          join(place, 'functions/api/package.json'),
          manifest({ mayfly: { route: '/api', base: other }, description: 'x' }),
        )
      },
    ],
  ]
  for (const [what, change] of CHANGES) {
    it(`is built anew when ${what} changes, committed or not`, async () => {
      const into = `acme/change${++places}`
      const before = await build({ into })
      const place = await copyTo(`change${places}`)
      await change(place)
      const changed = await build({ place, into })
      assert.equal(changed.reused, false)
      assert.notEqual(changed.digest, before.digest)
    })
  }

  it('of a checkout that holds what is not committed is marked by what lies there', async () => {
    const place = await copyTo('dirty')
    await writeFile(join(place, 'shared/answer.ts'), "export const answer = 'dirty'\n")
    const one = await build({ place })
    assert.match(one.name, /^shop\/api@1\.4\.3-dev\.g[0-9a-f]{7}\.dirty\.[0-9a-f]{7}$/)
    await writeFile(join(place, 'shared/answer.ts'), "export const answer = 'dirtier'\n")
    assert.notEqual((await build({ place })).name, one.name)
  })

  it('has what cannot be bundled beside it, the same bytes however it was installed', async () => {
    const external = manifest({ mayfly: { route: '/api', base, external: ['greet'] } })
    const layers: string[] = []
    for (const layout of ['hoisted', 'nested', 'linked'] as const) {
      const place = await copyTo(`external-${layout}`)
      await writeFile(join(place, 'functions/api/package.json'), external)
      await install(place, layout)
      const { digest } = await build({ place, into: 'acme/external' })
      const stored = await readManifest(registry, 'acme/external/api', digest)
      assert.ok(stored && 'layers' in stored.manifest)
      const layer = stored.manifest.layers.at(-2)
      assert.ok(layer)
      layers.push(layer.digest)
      const files = await listTar((await streamBlob(registry, 'acme/external/api', layer)).pipe(createGunzip()))
      assert.deepEqual(
        files.flatMap(({ path, type }) => (type === 'file' ? [path] : [])),
        ['greet', 'loud'].flatMap((name) => ['index.js', 'package.json'].map((file) => `app/node_modules/${name}/${file}`)),
      )
    }
    assert.equal(new Set(layers).size, 1)
  })

  it('that is only planned is written nowhere, also where it would be built', async () => {
    const watched = await startFaults(running.host, () => undefined)
    try {
      const watching = openRegistry({ host: watched.host, credentials: async () => undefined, log: silent })
      const [planned] = await planArtifacts({
        engine: undefined,
        registries: () => watching,
        project: await loadProject({ root: checkout, env: {}, log: silent }),
        owner: 'github.test/acme/shop',
        environment: 'main',
        pullRequest: undefined,
        revision: await git(checkout, 'rev-parse', 'HEAD'),
        dirty: '',
        ttl: undefined,
        source: '',
        committedAt: new Date(0),
        run: '',
        signingKey: undefined,
        registry: `${watched.host}/acme/planned`,
        tools: toolsOf(process.env, join(folder, 'tmp'), undefined),
        log: silent,
      })
      assert.equal(planned?.action, 'build')
      assert.deepEqual(
        watched.seen.filter((one) => !/^(?:GET|HEAD) /.test(one)),
        [],
      )
    } finally {
      await watched.stop()
    }
  })

  it('that cannot be bundled gets no name, and what was begun of its push sends no layer', async () => {
    const place = await copyTo('broken')
    await writeFile(join(place, 'functions/api/index.ts'), 'const = 1\n')
    await git(place, 'commit', '--quiet', '--all', '--message', 'Broken')
    const watched = await startFaults(running.host, () => undefined)
    try {
      await assert.rejects(build({ place, on: watched.host, into: 'acme/broken' }), /index\.ts:1:6/)
      assert.deepEqual(
        watched.seen.filter((one) => /^PUT .*\/manifests\//.test(one)),
        [],
      )
      assert.deepEqual(await listTags(registry, 'acme/broken/api'), [])
    } finally {
      await watched.stop()
    }
  })
})
