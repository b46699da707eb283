import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { command, silent } from '@mayfly/core'
import { digestOf, MEDIA } from '@mayfly/oci'
import { listTags, openRegistry, pushBlob, type Registry, writeManifest } from '@mayfly/registry'
import { gitEnvironment, initBare } from '../github/git.ts'
import { startFaults } from '../registry/faults.ts'
import { type RunningRegistry, startRegistry, USER } from '../registry/registry.ts'

const MAYFLY = join(import.meta.dirname, '..', '..', 'packages', 'cli', 'mayfly.js')
const HANDLER = "export default { fetch: () => new Response('ok') }\n"

let running: RunningRegistry
let secured: RunningRegistry
let registry: Registry
let folder: string
let bases: Record<'good' | 'foreign' | 'empty', string>

before(async () => {
  running = await startRegistry()
  secured = await startRegistry({ auth: 'basic' })
  registry = openRegistry({ host: running.host, credentials: async () => undefined, log: silent })
  folder = await mkdtemp(join(tmpdir(), 'mayfly-bad-'))
  const own = process.arch === 'x64' ? 'amd64' : process.arch
  bases = {
    good: await pushBase('good', own),
    foreign: await pushIndex('foreign', 's390x'),
    empty: await pushBase('empty', undefined),
  }
})

after(async () => {
  await running.stop()
  await secured.stop()
  await rm(folder, { recursive: true, force: true })
})

/** @param architecture undefined: what is there is no image. */
async function pushBase(name: string, architecture: string | undefined): Promise<string> {
  const config = architecture === undefined ? {} : { architecture, os: 'linux', rootfs: { type: 'layers', diff_ids: [] } }
  const bytes = Buffer.from(JSON.stringify(config))
  await pushBlob(registry, `base/${name}`, { digest: digestOf(bytes), size: bytes.length, open: () => Readable.from([bytes]) })
  const described = { mediaType: MEDIA.config, digest: digestOf(bytes), size: bytes.length }
  const manifest = { schemaVersion: 2, mediaType: MEDIA.manifest, config: described, layers: [] }
  await writeManifest(registry, `base/${name}`, { mediaType: MEDIA.manifest, bytes: Buffer.from(JSON.stringify(manifest)) }, '1')
  return `${running.host}/base/${name}:1`
}

async function pushIndex(name: string, architecture: string): Promise<string> {
  await pushBase(name, architecture)
  const read = await fetch(`http://${running.host}/v2/base/${name}/manifests/1`, { headers: { accept: MEDIA.manifest } })
  const bytes = Buffer.from(await read.arrayBuffer())
  const child = {
    mediaType: MEDIA.manifest,
    digest: digestOf(bytes),
    size: bytes.length,
    platform: { os: 'linux', architecture },
  }
  const index = { schemaVersion: 2, mediaType: MEDIA.index, manifests: [child] }
  await writeManifest(registry, `base/${name}`, { mediaType: MEDIA.index, bytes: Buffer.from(JSON.stringify(index)) }, '1')
  return `${running.host}/base/${name}:1`
}

let places = 0

/** A repository with a remote that holds these files in one commit. */
async function repositoryOf(files: Readonly<Record<string, string>>): Promise<string> {
  const place = join(folder, `place-${++places}`)
  const remote = `${place}.git`
  const person = { GIT_AUTHOR_NAME: 'A', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'A', GIT_COMMITTER_EMAIL: 'a@b' }
  const git = async (...args: string[]) => {
    const { code, stderr } = await command(['git', '-C', place, ...args], { env: gitEnvironment(person) })
    assert.equal(code, 0, stderr)
  }
  await initBare(remote, 'main')
  await mkdir(place, { recursive: true })
  await git('init', '--quiet', '--initial-branch=main')
  await git('remote', 'add', 'origin', `file://${remote}`)
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(place, name)), { recursive: true })
    await writeFile(join(place, name), text)
  }
  await git('add', '--all')
  await git('commit', '--quiet', '--message', 'feat: start')
  await git('push', '--quiet', 'origin', 'main')
  return place
}

function functionWith(manifest: object = {}, files: Readonly<Record<string, string>> = {}): Record<string, string> {
  const whole = { name: 'api', version: '1.0.0', main: 'index.ts', mayfly: { route: '/api', base: bases.good }, ...manifest }
  return { 'functions/api/package.json': JSON.stringify(whole), 'functions/api/index.ts': HANDLER, ...files }
}

async function mayfly(place: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const into = args.includes('--registry') ? [] : ['--registry', `${running.host}/acme/bad`]
  return command([process.execPath, MAYFLY, ...args, '--directory', place, ...into], {
    env: { PATH: process.env.PATH ?? '', HOME: folder, DOCKER_HOST: 'unix:///nonexistent/docker.sock', ...env },
  })
}

type Case = [what: string, files: () => Record<string, string>, said: RegExp[], release?: 'release']

const CASES: Case[] = [
  [
    'a folder without a package.json',
    () => ({ 'compose.yaml': '{"services":{"api":{"build":"./api"}}}', 'api/index.ts': HANDLER }),
    [/compose\.yaml:1: .*"api\/Dockerfile", which is not there/],
  ],
  [
    'no version',
    () => functionWith({ version: undefined }),
    [/"version" is missing in services\.api, functions\/api\/package\.json/, /for example "version": "1\.0\.0"/],
    'release',
  ],
  [
    'a malformed version',
    () => functionWith({ version: '1.0' }),
    [/functions\/api\/package\.json: "version" is "1\.0", which is not a semantic version/, /"version": "1\.0\.0"/],
    'release',
  ],
  [
    'an entry that does not exist',
    () => functionWith({ main: 'gone.ts' }),
    [/functions\/api\/package\.json names gone\.ts as the function's entry, which is not in functions\/api/, /Add index\.ts/],
  ],
  [
    'an entry without a default export',
    () => functionWith({}, { 'functions/api/index.ts': 'export const fetch = () => new Response()\n' }),
    [/functions\/api\/index\.ts has no default export/, /export default \{ fetch\(request\)/],
  ],
  [
    'an import that cannot be resolved',
    () => functionWith({}, { 'functions/api/index.ts': `import './gone.ts'\n${HANDLER}` }),
    [/functions\/api\/index\.ts:1:7: Could not resolve "\.\/gone\.ts"/],
  ],
  [
    'a native module',
    () =>
      functionWith(
        {},
        {
          'functions/api/index.ts': `import 'sharp'\n${HANDLER}`,
          'functions/api/node_modules/sharp/package.json': '{"name":"sharp","version":"1.0.0","main":"i.js"}',
          'functions/api/node_modules/sharp/i.js': "require('./build/sharp.node')",
          'functions/api/node_modules/sharp/build/sharp.node': 'ELF',
        },
      ),
    [/sharp brings a native module/, /"mayfly": \{ "external": \["sharp"\] \}/],
  ],
  [
    'an external package that is not installed',
    () => functionWith({ mayfly: { route: '/api', base: bases.good, external: ['gone'] } }),
    [/functions\/api needs gone beside its bundle, which is not installed/, /mayfly\.external/],
  ],
  [
    'a base that is not there',
    () => functionWith({ mayfly: { route: '/api', base: `${running.host}/base/gone:1` } }),
    [/functions\/api\/package\.json: mayfly\.base is ".*base\/gone:1", which is not there/, /Check its name/],
  ],
  [
    'a base for other processors',
    () => functionWith({ mayfly: { route: '/api', base: bases.foreign } }),
    [/has no image for linux\//, /linux\/s390x/],
  ],
  [
    'a base that is no image',
    () => functionWith({ mayfly: { route: '/api', base: bases.empty } }),
    [/mayfly\.base is ".*base\/empty:1".*not/],
  ],
  [
    'a base that is no reference',
    () => functionWith({ mayfly: { route: '/api', base: 'https://node:24' } }),
    [/mayfly\.base is "https:\/\/node:24"/, /without https:\/\//],
  ],
  [
    'a Dockerfile where there is no engine',
    () => ({ Dockerfile: 'FROM scratch\n' }),
    [/No engine answers at unix:\/\/\/nonexistent\/docker\.sock/, /Start Docker/],
  ],
]

describe('bad input to an artifact is an error that names the place and the cure', () => {
  for (const [what, files, said, release] of CASES) {
    it(what, async () => {
      const before = await listTags(registry, 'acme/bad/api')
      const { code, stdout, stderr } = await mayfly(await repositoryOf(files()), [release ?? 'build'])
      assert.notEqual(code, 0, stdout)
      for (const pattern of said) assert.match(stderr, pattern)
      assert.doesNotMatch(stderr, /\n {4}at /)
      assert.deepEqual(await listTags(registry, 'acme/bad/api'), before, 'nothing is half applied')
    })
  }

  it('a version that is lower than one that is released', async () => {
    const place = await repositoryOf(functionWith({ version: '1.2.0' }))
    const first = await mayfly(place, ['release'])
    assert.equal(first.code, 0, first.stderr)
    await writeFile(
      join(place, 'functions/api/package.json'),
      functionWith({ version: '1.1.9' })['functions/api/package.json'] ?? '',
    )
    await commitAll(place)
    const lower = await mayfly(place, ['release'])
    assert.notEqual(lower.code, 0)
    assert.match(lower.stderr, /api@1\.1\.9 is lower than 1\.2\.0, the highest released/)
  })

  it('a checkout that holds what is not committed, for a release', async () => {
    const place = await repositoryOf(functionWith({ version: '3.0.0' }))
    await writeFile(join(place, 'functions/api/more.ts'), '')
    const { code, stderr } = await mayfly(place, ['release'])
    assert.notEqual(code, 0)
    assert.match(stderr, /holds changes that are not committed[\s\S]*git status/)
  })

  it('wrong credentials: which registry, and from which file', async () => {
    const config = join(folder, 'docker')
    await mkdir(config, { recursive: true })
    const auth = Buffer.from(`${USER.user}:hunter2`).toString('base64')
    await writeFile(join(config, 'config.json'), JSON.stringify({ auths: { [secured.host]: { auth } } }))
    const place = await repositoryOf(functionWith())
    const args = ['build', '--registry', `${secured.host}/acme/bad`]
    const { code, stderr } = await mayfly(place, args, { DOCKER_CONFIG: config })
    assert.notEqual(code, 0)
    assert.match(stderr, new RegExp(`${secured.host} refuses the user mayfly .*${config}/config\\.json`))
    assert.doesNotMatch(stderr, /hunter2/)
    const anonymous = await mayfly(place, args)
    assert.match(anonymous.stderr, /does not let an anonymous caller[\s\S]*docker login/)
  })

  it('a registry that lies about a digest', async () => {
    const liar = await startFaults(running.host, (method) =>
      method === 'GET' ? { kind: 'change', body: (body) => Buffer.concat([body, Buffer.from(' ')]) } : undefined,
    )
    try {
      const base = bases.good.replace(running.host, liar.host)
      // What was read before is kept by its digest; here nothing was.
      const fresh = { TMPDIR: await mkdtemp(join(folder, 'fresh-')) }
      const { code, stderr } = await mayfly(
        await repositoryOf(functionWith({ mayfly: { route: '/api', base } })),
        ['build'],
        fresh,
      )
      assert.notEqual(code, 0)
      assert.match(stderr, new RegExp(`${liar.host}/base/good lies about a digest`))
    } finally {
      await liar.stop()
    }
  })
})

async function commitAll(place: string): Promise<void> {
  const person = { GIT_AUTHOR_NAME: 'A', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'A', GIT_COMMITTER_EMAIL: 'a@b' }
  const { code, stderr } = await command(['git', '-C', place, 'commit', '--quiet', '--all', '--message', 'next'], {
    env: gitEnvironment(person),
  })
  assert.equal(code, 0, stderr)
  await command(['git', '-C', place, 'push', '--quiet', 'origin', 'main'], { env: gitEnvironment(person) })
}
