import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Artifact, type ArtifactRequest, makeArtifacts, planArtifacts, registriesOf, toolsOf } from '@mayfly/artifact'
import { command, describeError, LABEL, silent } from '@mayfly/core'
import { connectEngine, docker, type Engine } from '@mayfly/engine'
import type { BuildSource, FunctionSource, Service, Source } from '@mayfly/project'

const BASE = 'debian:trixie-slim'
const OWNER = 'github.com/artifacttest/shop'
const REUSED = 'The same files, base and options.'
const REVISION = '1234567890abcdef1234567890abcdef12345678'

let engine: Engine
let root: string
let logged: string[] = []

before(async () => {
  engine = await connectEngine({ host: undefined }, process.env)
})

after(async () => {
  const { stdout } = await docker(engine, ['images', '--quiet', '--filter', `label=${LABEL.owner}=${OWNER}`])
  const images = [...new Set(stdout.split('\n').filter((id) => id !== ''))]
  if (images.length > 0) await docker(engine, ['rmi', '--force', ...images])
  await engine.close()
})

/** Runs `work` with a checkout that holds these files. */
async function withCheckout(files: Record<string, string>, work: () => Promise<void>): Promise<void> {
  root = await realpath(await mkdtemp(join(tmpdir(), 'artifact-test-')))
  logged = []
  try {
    await write(files)
    await work()
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

async function write(files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), text)
  }
}

function service(name: string, source: Source, version = '1.4.2'): Service {
  return {
    name,
    source,
    port: undefined,
    route: undefined,
    version,
    public: true,
    coverage: { kind: 'none', file: '', dump: [], command: [], environment: {}, paths: {} },
    test: undefined,
  }
}

function built(folder: string, more: Partial<BuildSource> = {}): BuildSource {
  const context = join(root, folder)
  return {
    kind: 'build',
    context,
    dockerfile: join(context, 'Dockerfile'),
    dockerfileInline: undefined,
    args: {},
    target: undefined,
    platform: undefined,
    labels: {},
    secrets: [],
    additionalContexts: {},
    shmSize: undefined,
    network: undefined,
    noCache: false,
    pull: false,
    ...more,
  }
}

function functionOf(directory: string, more: Partial<FunctionSource> = {}): FunctionSource {
  const entry = join(directory, 'index.ts')
  return {
    kind: 'function',
    directory,
    name: 'f',
    version: '1.0.0',
    route: '/',
    entry,
    node: undefined,
    base: undefined,
    external: [],
    ttl: undefined,
    license: undefined,
    dependencies: {},
    ...more,
  }
}

function requestFor(services: Service[], more: Partial<ArtifactRequest> = {}): ArtifactRequest {
  const project = {
    kind: 'compose' as const,
    root,
    files: [],
    model: { services: {} },
    services,
    defaultService: undefined,
    notices: [],
  }
  return {
    engine,
    project,
    owner: OWNER,
    environment: 'artifacttest-shop-pr-7',
    pullRequest: 7,
    revision: REVISION,
    source: 'https://github.com/artifacttest/shop',
    committedAt: new Date('2026-01-02T03:04:05Z'),
    registries: registriesOf(process.env, silent),
    dirty: '',
    run: '',
    signingKey: undefined,
    ttl: undefined,
    registry: undefined,
    tools: toolsOf(process.env, join(root, 'cache'), undefined),
    log: { ...silent, info: (line) => void logged.push(line) },
    ...more,
  }
}

async function make(services: Service[], more: Partial<ArtifactRequest> = {}): Promise<Artifact[]> {
  const request = requestFor(services, more)
  return makeArtifacts(request, await planArtifacts(request))
}

async function only(services: Service[], more: Partial<ArtifactRequest> = {}): Promise<Artifact> {
  const [artifact] = await make(services, more)
  assert.ok(artifact)
  return artifact
}

async function inspect(reference: string, field: string): Promise<unknown> {
  const result = await docker(engine, ['inspect', '--format', `{{json ${field}}}`, reference])
  assert.equal(result.code, 0, result.stderr)
  return JSON.parse(result.stdout)
}

/** What a container of this image prints. */
async function run(reference: string, ...args: string[]): Promise<string> {
  const result = await docker(engine, ['run', '--rm', '--network', 'none', reference, ...args])
  assert.equal(result.code, 0, result.stderr)
  return result.stdout.trim()
}

test('a build becomes an image with its version, commit and every label; a lie in the Dockerfile does not survive', async () => {
  const lies = `FROM ${BASE}\nLABEL dev.mayfly.owner=evil dev.mayfly.hosts=victim.example.org dev.mayfly.key=x org.opencontainers.image.revision=y\nCOPY a.txt /\nEXPOSE 9000 3000/tcp 53/udp\n`
  await withCheckout({ 'web/Dockerfile': lies, 'web/a.txt': 'a' }, async () => {
    const artifact = await only([service('web', built('web', { labels: { 'com.example.team': 'shop', [LABEL.owner]: 'evil' } }))])
    const { key, digest } = artifact
    assert.match(digest, /^sha256:[0-9a-f]{64}$/)
    assert.match(key, /^[0-9a-f]{64}$/)
    const name = 'shop/web@1.4.3-pr.7.g1234567'
    assert.deepEqual(artifact, {
      service: 'web',
      name,
      reference: digest,
      digest,
      revision: REVISION,
      key,
      reused: false,
      why: 'Nothing was built from these files, base and options before.',
      ports: [3000, 9000],
      pullRequest: 7,
    })
    const empty = Object.fromEntries(Object.values(LABEL).map((label) => [label, '']))
    assert.partialDeepStrictEqual(await inspect(artifact.reference, '.Config.Labels'), {
      ...empty,
      'com.example.team': 'shop',
      'dev.mayfly.owner': OWNER,
      'dev.mayfly.environment': 'artifacttest-shop-pr-7',
      'dev.mayfly.kind': 'preview',
      'dev.mayfly.pull-request': '7',
      'dev.mayfly.revision': REVISION,
      'dev.mayfly.artifact': name,
      'dev.mayfly.key': key,
      'dev.mayfly.service': 'web',
      'org.opencontainers.image.created': '2026-01-02T03:04:05Z',
      'org.opencontainers.image.revision': REVISION,
      'org.opencontainers.image.source': 'https://github.com/artifacttest/shop',
      'org.opencontainers.image.title': 'web',
      'org.opencontainers.image.version': '1.4.3-pr.7.g1234567',
    })
    assert.deepEqual(await inspect(artifact.reference, '.RepoTags'), ['mayfly.local/artifacttest-shop/web:1.4.3-pr.7.g1234567'])
  })
})

test('an unchanged service is not built again, at another commit and for another pull request too; one byte is enough to build', async () => {
  await withCheckout({ 'web/Dockerfile': `FROM ${BASE}\nCOPY a.txt /\n`, 'web/a.txt': 'a' }, async () => {
    const services = [service('reused', built('web'))]
    const first = await only(services)
    logged = []
    const again = await only(services, { revision: 'f'.repeat(40), pullRequest: 8, environment: 'artifacttest-shop-pr-8' })
    assert.deepEqual(again, { ...first, reused: true, why: REUSED })
    assert.deepEqual(logged, [])
    await write({ 'web/a.txt': 'b' })
    const changed = await only(services)
    assert.equal(changed.reused, false)
    assert.notEqual(changed.digest, first.digest)
    assert.equal(await run(changed.reference, 'cat', '/a.txt'), 'b')
    const [plan] = await planArtifacts(requestFor(services))
    assert.equal(plan?.action, 'reuse')
    const [other] = await planArtifacts(requestFor(services, { owner: 'github.com/artifacttest/other' }))
    assert.equal(other?.action, 'build')
  })
})

test('an image that only claims to be the artifact, by its labels, is not taken for it', async () => {
  await withCheckout({ 'web/Dockerfile': `FROM ${BASE}\nRUN true\n` }, async () => {
    const services = [service('claimed', built('web'))]
    const [planned] = await planArtifacts(requestFor(services))
    assert.ok(planned)
    const labels = ['--label', `${LABEL.owner}=${OWNER}`, '--label', `${LABEL.key}=${planned.key}`]
    const spoof = await docker(engine, ['build', '--quiet', '--tag', 'artifact-spoof:1', ...labels, '-'], {
      input: `FROM ${BASE}\nRUN echo evil > /evil\n`,
    })
    assert.equal(spoof.code, 0, spoof.stderr)
    const artifact = await only(services)
    assert.equal(artifact.reused, false)
    assert.notEqual(artifact.digest, spoof.stdout.trim())
  })
})

test("git's folder stays out of the build, whatever the ignore file says: it may hold the checkout's token", async () => {
  const files = {
    Dockerfile: `FROM ${BASE}\nCOPY . /app\n`,
    '.git/config': 'token',
    'sub/.git/config': 'token',
    '.dockerignore': '*.log\n!.git\n!**/.git/config',
    'a.log': '',
    'a.txt': '',
  }
  await withCheckout(files, async () => {
    const artifact = await only([service('git', built('.'))])
    assert.equal(
      await run(artifact.reference, 'find', '/app', '-type', 'f', '!', '-name', 'Dockerfile'),
      '/app/.dockerignore\n/app/a.txt',
    )
    const source = built('sub', { dockerfileInline: `FROM ${BASE}\n`, additionalContexts: { all: root } })
    await write({ '.git/HEAD': 'ref: x', '.dockerignore': '' })
    await assert.rejects(make([service('git', source)]), /additional_contexts\.all is \., which holds \.git/)
  })
})

test('arguments, target, secrets, an inline Dockerfile and other contexts reach the builder; a build can start from another service', async () => {
  const inline = `FROM ${BASE} AS wanted\nARG WHO\nCOPY --from=more c.txt /\nCOPY --from=base /b.txt /\nRUN --mount=type=secret,id=s cp /run/secrets/s /s.txt && echo $WHO > /who\nFROM wanted\nRUN false\n`
  await withCheckout(
    { 'base/Dockerfile': `FROM ${BASE}\nCOPY b.txt /\n`, 'base/b.txt': 'b', 'more/c.txt': 'c', secret: 'shh', 'app/x': '' },
    async () => {
      const source = built('app', {
        dockerfileInline: inline,
        args: { WHO: 'me $(id) "quoted"' },
        target: 'wanted',
        secrets: [{ id: 's', file: join(root, 'secret') }],
        additionalContexts: { more: join(root, 'more'), base: 'service:zbase' },
      })
      const services = () => [service('inline', source), service('zbase', built('base'))]
      const first = await only(services())
      assert.equal(await run(first.reference, 'cat', '/b.txt', '/c.txt', '/s.txt', '/who'), 'bcshhme $(id) "quoted"')
      assert.equal((await only(services())).reused, true)
      for (const change of [{ 'more/c.txt': 'C' }, { 'base/b.txt': 'B' }]) {
        await write(change)
        assert.equal((await only(services())).reused, false, JSON.stringify(change))
      }
    },
  )
})

test('a build that fails is named with its step and its last lines; of several, every one is', async () => {
  const files = {
    'a/Dockerfile': `FROM ${BASE}\nRUN echo before && echo the reason >&2 && exit 3\n`,
    'b/Dockerfile': `FROM ${BASE}\nCOPY missing.txt /\n`,
    'c/Dockerfile': 'FRM x\n',
  }
  await withCheckout(files, async () => {
    const services = ['a', 'b', 'c'].map((name) => service(`bad-${name}`, built(name)))
    const said = describeError(await make(services).catch((error: unknown) => error))
    assert.match(said, /The image of bad-a could not be built; this step failed: \[2\/2\] RUN echo before/)
    assert.match(said, /^the reason$/m)
    assert.match(said, /docker build --file a\/Dockerfile a$/m)
    assert.match(said, /The image of bad-b could not be built[\s\S]*missing\.txt/)
    assert.match(said, /The image of bad-c could not be built[\s\S]*unknown instruction: FRM/)
    assert.doesNotMatch(said, new RegExp(tmpdir().concat('/mayfly-image')))
  })
})

test('a Dockerfile that is not there is named before anything is built', async () => {
  await withCheckout({ 'a/x': '' }, async () => {
    await assert.rejects(make([service('none', built('a'))]), {
      name: 'UserError',
      message: 'services.none.build: there is no a/Dockerfile.',
    })
  })
})

test("a ready image is deployed by id or digest; one of Mayfly's own names is refused", async () => {
  await withCheckout({}, async () => {
    const artifact = await only([service('db', { kind: 'image', reference: BASE })])
    assert.match(artifact.reference, /sha256:[0-9a-f]{64}$/)
    assert.partialDeepStrictEqual(artifact, { service: 'db', name: BASE, revision: '', reused: true })
    const taken = service('db', { kind: 'image', reference: 'mayfly.local/other-repository/api:1.0.0' })
    await assert.rejects(make([taken]), /under mayfly\.local Mayfly keeps what it builds/)
    const missing = service('db', { kind: 'image', reference: 'artifact-missing.invalid/x:1' })
    assert.equal((await planArtifacts(requestFor([missing])))[0]?.action, 'pull')
    await assert.rejects(make([missing]), /The image artifact-missing\.invalid\/x:1 cannot be pulled/)
  })
})

test('with a registry the image is pushed and deployed by its digest there; a second time neither', async () => {
  await withCheckout({ 'web/Dockerfile': `FROM ${BASE}\nRUN true\n` }, async () => {
    await withRegistry(join(root, 'registry'), async (host) => {
      const services = [service('web', built('web'))]
      const registry = `${host}/acme/shop`
      const artifact = await only(services, { registry })
      assert.equal(artifact.reference, `${registry}/web@${artifact.digest}`)
      const manifest = await fetch(`http://${host}/v2/acme/shop/web/manifests/${artifact.digest}`, {
        headers: { accept: 'application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json' },
      })
      assert.equal(manifest.headers.get('docker-content-digest'), artifact.digest)
      assert.deepEqual(await only(services, { registry }), { ...artifact, reused: true, why: REUSED })
      // What was built for the engine alone is in no registry.
      assert.equal((await only(services)).reused, false)
    })
  })
})

async function withRegistry(folder: string, work: (host: string) => Promise<void>): Promise<void> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  server.close()
  await once(server, 'close')
  const host = `127.0.0.1:${address.port}`
  const settings = { version: 0.1, storage: { filesystem: { rootdirectory: folder } }, http: { addr: host } }
  await write({ 'registry.yml': JSON.stringify(settings) })
  const child = spawn('docker-registry', ['serve', join(root, 'registry.yml')], { stdio: ['ignore', 'ignore', 'pipe'] })
  try {
    for await (const line of createInterface(child.stderr)) if (line.includes('listening on')) break
    child.stderr.resume()
    await work(host)
  } finally {
    child.kill()
    await once(child, 'close')
  }
}

const EXAMPLE = fileURLToPath(new URL('../../examples/functions', import.meta.url))

test('the example functions become images that answer at their commit, as nobody in particular, and stop at once', async () => {
  root = EXAMPLE
  const cache = await mkdtemp(join(tmpdir(), 'artifact-cache-'))
  const tools = toolsOf(process.env, cache, undefined)
  const services = ['hello', 'time'].map((name) =>
    service(name, functionOf(join(EXAMPLE, 'functions', name), { name, node: '>=24' }), '1.0.0'),
  )
  const artifacts = await make(services, { tools })
  assert.deepEqual(
    artifacts.map(({ ports }) => ports),
    [[8080], [8080]],
  )
  const again = await make(services, { tools, revision: 'e'.repeat(40) })
  assert.deepEqual(
    again,
    artifacts.map((artifact) => ({ ...artifact, reused: true, why: REUSED })),
  )
  const paths = ['/?name=<b>', '/api/time?zone=Nowhere']
  for (const [index, expected] of ['Hello, &lt;b&gt;!', '{"error":"There is no time zone \\"Nowhere\\"."}'].entries()) {
    await withContainer(artifacts[index]?.reference ?? '', async ({ url, name }) => {
      const response = await fetch(`${url}${paths[index]}`)
      assert.ok((await response.text()).includes(expected))
      assert.equal(response.headers.get('x-mayfly-revision'), REVISION)
      assert.equal((await docker(engine, ['exec', name, 'id', '-u'])).stdout.trim(), '1000')
      const stopped = performance.now()
      await docker(engine, ['stop', name])
      assert.ok(performance.now() - stopped < 5000)
      const state = await docker(engine, ['inspect', '--format', '{{.State.ExitCode}}', name])
      assert.equal(state.stdout.trim(), '0')
    })
  }
  await rm(cache, { recursive: true, force: true })
})

test("a function's errors point at the author's file and line", async () => {
  const code =
    'interface Unused { a: number }\n\nexport default {\n  fetch(): Response {\n    throw new Error(`broken`)\n  },\n}\n'
  await withCheckout({ 'functions/broken/index.ts': code, 'functions/broken/package.json': '{}' }, async () => {
    const artifact = await only([service('broken', functionOf(join(root, 'functions/broken')))])
    await withContainer(artifact.reference, async ({ url, name }) => {
      assert.equal((await fetch(url)).status, 500)
      const { stderr } = await docker(engine, ['logs', name])
      assert.match(stderr, /Error: broken\n +at .*functions\/broken\/index\.ts:5:11/)
    })
    await write({ 'functions/broken/index.ts': 'export default { fetch( }\n' })
    await assert.rejects(
      make([service('broken', functionOf(join(root, 'functions/broken')))]),
      /functions\/broken\/index\.ts:1:24: /,
    )
  })
})

/** Starts a container and waits, by the engine's own events, until its health check has passed. */
async function withContainer(reference: string, work: (running: { url: string; name: string }) => Promise<void>): Promise<void> {
  const name = `artifact-${process.pid}-${Date.now()}`
  const since = String(Date.now() / 1000)
  const healthy = new AbortController()
  const events = command(['docker', 'events', '--since', since, '--filter', `container=${name}`, '--format', '{{.Action}}'], {
    env: engine.env,
    signal: AbortSignal.any([healthy.signal, AbortSignal.timeout(30_000)]),
    stdoutLines: true,
    onLine: (line) => {
      if (line === 'health_status: healthy') healthy.abort()
    },
  })
  const [started] = await Promise.all([
    docker(engine, ['run', '--detach', '--name', name, '--read-only', '--cap-drop', 'ALL', reference]),
    assert.rejects(events, { name: 'AbortError' }),
  ])
  try {
    assert.equal(started.code, 0, started.stderr)
    assert.ok(healthy.signal.aborted, 'it never got healthy')
    const { stdout } = await docker(engine, ['inspect', '--format', '{{.NetworkSettings.IPAddress}}', name])
    await work({ url: `http://${stdout.trim()}:8080`, name })
  } finally {
    await docker(engine, ['rm', '--force', '--volumes', name])
  }
}
