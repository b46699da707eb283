import assert from 'node:assert/strict'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { silent } from '@mayfly/core'
import { type LoadOptions, loadProject } from './load.ts'
import type { Project } from './project.ts'

type Files = Record<string, string>

async function load(files: Files, options: Partial<LoadOptions> = {}): Promise<Project> {
  // A dollar in the path: Compose escapes it in its answer.
  const root = await realpath(await mkdtemp(join(tmpdir(), 'mayfly-load-$x-')))
  try {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(root, name)), { recursive: true })
      await writeFile(join(root, name), content)
    }
    return await loadProject({ root, env: {}, log: silent, ...options })
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

function functionFiles(name: string, route: string, more: Files = { 'index.ts': '' }): Files {
  const manifest = JSON.stringify({ name: `@acme/${name}`, version: '1.2.3', engines: { node: '>=22' }, mayfly: { route } })
  return Object.fromEntries(
    Object.entries({ 'package.json': manifest, ...more }).map(([file, text]) => [`functions/${name}/${file}`, text]),
  )
}

describe('a single Dockerfile', () => {
  it('is a service called app, with the port and the version that the repository states', async () => {
    const project = await load({ Dockerfile: 'FROM x\nEXPOSE 3000\n', 'package.json': '{ "version": "2.0.1" }' })
    const [app] = project.services
    assert.ok(app?.source.kind === 'build')
    assert.deepEqual(
      [project.kind, project.defaultService, app.name, app.port, app.version],
      ['dockerfile', 'app', 'app', 3000, '2.0.1'],
    )
    assert.deepEqual([app.source.context, app.source.dockerfile], [project.root, join(project.root, 'Dockerfile')])
    assert.deepEqual(project.files, ['Dockerfile'])
  })
})

describe('a folder of functions', () => {
  it('is one service each, at its route, with what package.json says', async () => {
    const files = { ...functionFiles('api', '/api/'), ...functionFiles('home', '/', { 'src/index.ts': '' }) }
    const project = await load(files)
    assert.deepEqual([project.kind, project.defaultService], ['functions', 'home'])
    const [api, home] = project.services
    assert.deepEqual(api?.source, {
      kind: 'function',
      directory: join(project.root, 'functions/api'),
      name: '@acme/api',
      version: '1.2.3',
      route: '/api',
      entry: join(project.root, 'functions/api/index.ts'),
      node: '>=22',
      base: undefined,
      external: [],
      ttl: undefined,
      license: undefined,
      dependencies: {},
    })
    assert.deepEqual([api.port, api.route, home?.route], [8080, '/api', '/'])
    assert.deepEqual(Object.keys(project.model.services), ['api', 'home'])
    assert.deepEqual(project.files, ['functions/api/package.json', 'functions/home/package.json'])
  })

  it('says its base, what is not bundled, how long it is kept, its licence and what it depends on', async () => {
    const manifest = {
      license: 'MIT',
      dependencies: { hono: '^4.0.0' },
      mayfly: { route: '/', base: 'node:24-slim@sha256:x', external: ['sharp', '@scope/x'], ttl: '30d' },
    }
    const project = await load({ 'functions/a/package.json': JSON.stringify(manifest), 'functions/a/index.ts': '' })
    assert.partialDeepStrictEqual(project.services[0]?.source, {
      base: 'node:24-slim@sha256:x',
      external: ['sharp', '@scope/x'],
      ttl: 30 * 86_400_000,
      license: 'MIT',
      dependencies: { hono: '^4.0.0' },
    })
  })

  const wrongFields: [field: string, manifest: object, said: RegExp][] = [
    [
      'external',
      { mayfly: { route: '/', external: ['../../etc'] } },
      /package\.json: mayfly\.external is .*not a list of packages/,
    ],
    ['ttl', { mayfly: { route: '/', ttl: 'soon' } }, /package\.json: mayfly\.ttl is "soon", which is not a duration/],
    ['base', { mayfly: { route: '/', base: 24 } }, /package\.json: mayfly\.base is 24, not a text/],
    ['dependencies', { dependencies: { a: 1 }, mayfly: { route: '/' } }, /package\.json: dependencies\.a is 1, not a range/],
  ]
  for (const [field, manifest, said] of wrongFields) {
    it(`with ${field} that is none is refused by the file and the field`, async () => {
      const files = { 'functions/a/package.json': JSON.stringify(manifest), 'functions/a/index.ts': '' }
      await assert.rejects(load(files), said)
    })
  }

  it('passes by folders without a route', async () => {
    const project = await load({ ...functionFiles('a', '/a'), 'functions/lib/package.json': '{}', 'functions/README.md': '' })
    assert.deepEqual(Object.keys(project.model.services), ['a'])
  })

  it('finds the entry that main or exports names', async () => {
    for (const fields of [
      { main: './lib/h.js' },
      { exports: './lib/h.js' },
      { exports: { '.': { types: './h.d.ts', import: './lib/h.js' } } },
    ]) {
      const manifest = JSON.stringify({ ...fields, mayfly: { route: '/f' } })
      const project = await load(functionFiles('f', '/f', { 'package.json': manifest, 'lib/h.js': '' }))
      const source = project.services[0]?.source
      assert.equal(source?.kind === 'function' && source.entry, join(project.root, 'functions/f/lib/h.js'))
    }
  })

  const manifest = (value: unknown) => ({ 'package.json': JSON.stringify(value), 'index.ts': '' })
  const route = (text: unknown) => functionFiles('f', '', manifest({ mayfly: { route: text } }))
  const notARoute = /functions\/f\/package\.json: mayfly\.route is .*, which is not a route/
  const wrong: [name: string, files: Files, message: RegExp][] = [
    [
      'no entry',
      functionFiles('f', '/f', {}),
      /functions\/f has no entry: index\.ts, index\.js, index\.mjs, src\/index\.ts were looked for/,
    ],
    [
      'an entry that is not there',
      functionFiles('f', '/f', manifest({ main: 'x.js', mayfly: { route: '/f' } })),
      /package\.json names x\.js/,
    ],
    [
      'an entry elsewhere',
      { 'x.ts': '', ...functionFiles('f', '/f', manifest({ main: '../../x.ts', mayfly: { route: '/f' } })) },
      /which is not in functions\/f/,
    ],
    ['broken JSON', functionFiles('f', '/f', { 'package.json': '{ "name": ' }), /functions\/f\/package\.json is not JSON/],
    [
      'JSON that is no object',
      functionFiles('f', '/f', { 'package.json': '[]' }),
      /functions\/f\/package\.json is not a JSON object/,
    ],
    ['a mayfly field that is no object', functionFiles('f', '/f', manifest({ mayfly: '/f' })), /mayfly is "\/f", not an object/],
    [
      'a version that is no text',
      functionFiles('f', '/f', manifest({ version: 1, mayfly: { route: '/f' } })),
      /version is 1, not a text/,
    ],
    ['a route without a slash', route('api'), notARoute],
    ['a route that climbs', route('/a/../b'), notARoute],
    ['a route with a query', route('/a?b=1'), notARoute],
    ['a route with a wildcard', route('/a/*'), notARoute],
    ['a route with two slashes', route('//evil.example'), notARoute],
    ['a route with an escape', route('/%2e%2e'), notARoute],
    ['a route that is a number', route(1), notARoute],
    [
      'two functions at one route',
      { ...functionFiles('a', '/x'), ...functionFiles('b', '/x/') },
      /a and b both have the route \/x/,
    ],
    ['a folder that cannot name a service', functionFiles('a b\u202e', '/x'), /cannot name a service/],
    ['a folder called like an object’s inside', functionFiles('__proto__', '/x'), /cannot name a service/],
    [
      'the name of another service',
      { ...functionFiles('web', '/x'), 'compose.yaml': 'services: { web: { image: caddy } }' },
      /another service of that name/,
    ],
  ]
  for (const [name, files, message] of wrong) {
    it(`is refused with ${name}`, async () => {
      await assert.rejects(load(files), { name: 'UserError', message })
    })
  }

  it('may have odd names, as long as they can name a service', async () => {
    const names = ['-dash', 'UPPER', 'a.b', 'constructor', 'x_1', 'toString']
    const project = await load(Object.assign({}, ...names.map((name, index) => functionFiles(name, `/${index}`))))
    assert.deepEqual(project.services.map((service) => service.name).sort(), [...names].sort())
  })
})

describe('a Compose project', () => {
  it('loses its published ports and says so', async () => {
    const { model, notices, services } = await load({
      'compose.yaml': 'services: { web: { image: x, ports: ["8080:80", "53:53/udp"] } }',
    })
    assert.equal(model.services.web?.ports, undefined)
    assert.deepEqual(
      notices.map((notice) => notice.slice(0, 14)),
      ['web: port 8080', 'web: port 53 i'],
    )
    assert.equal(services[0]?.port, 80)
  })

  it('keeps active profiles without their mark, so that they start', async () => {
    const files = { 'compose.yaml': 'services: { web: { image: x, profiles: [a] }, off: { image: x, profiles: [b] } }' }
    const { model } = await load(files, { profiles: ['a'] })
    assert.deepEqual(Object.keys(model.services), ['web'])
    assert.equal(model.services.web?.profiles, undefined)
  })

  it('gives build arguments, paths and secrets as they are, and texts as Compose wants them back', async () => {
    const compose = `
services:
  web:
    build: { context: ., args: { A: "$$5" }, secrets: [{ source: s, target: id }] }
    environment: { A: "$$5" }
    secrets: [s, e]
secrets: { s: { file: ./s.txt }, e: { environment: TOKEN } }
`
    const project = await load({ 'compose.yaml': compose, Dockerfile: 'FROM x\n', 's.txt': '' }, { env: { TOKEN: 'a$b' } })
    const source = project.services[0]?.source
    assert.ok(source?.kind === 'build')
    assert.deepEqual([source.context, source.args], [project.root, { A: '$5' }])
    assert.deepEqual(source.secrets, [{ id: 'id', file: join(project.root, 's.txt') }])
    assert.equal(project.model.services.web?.environment?.A, '$$5')
    assert.deepEqual(project.model.secrets?.e, { name: 'mayfly_e', content: 'a$$b' })
  })

  it('sees nothing of the environment that was not let through', async () => {
    process.env.MAYFLY_TEST_SECRET = 'secret'
    const files = { 'compose.yaml': `services: { web: { image: "x:\${MAYFLY_TEST_SECRET:-none}" } }` }
    assert.equal((await load(files)).model.services.web?.image, 'x:none')
    assert.equal((await load(files, { env: { MAYFLY_TEST_SECRET: 'given' } })).model.services.web?.image, 'x:given')
  })

  const front: [name: string, services: string, chosen: string | undefined][] = [
    ['the one that x-mayfly names', 'web: { image: x }\n  b: { image: x }\nx-mayfly: { default: b }', 'b'],
    ['the one called web, wherever it stands', 'a: { image: x, ports: [80] }\n  web: { image: x }', 'web'],
    ['the one whose route is /', 'a: { image: x, ports: [80] }\n  b: { image: x, x-mayfly: { route: / } }', 'b'],
    [
      'the first with published ports that is no database',
      'db: { image: "postgres:17", ports: [5432] }\n  z: { image: x, ports: [80] }\n  a: { image: x, ports: [81] }',
      'z',
    ],
    ['the first with a port where nothing is published', 'a: { image: x }\n  b: { image: x, expose: [80] }', 'b'],
    ['the first, where nothing else is known', 'cache: { image: bitnami/redis }\n  b: { image: x }\n  a: { image: x }', 'b'],
    ['never one that is not public', 'web: { image: x, x-mayfly: { public: false } }\n  a: { image: x }', 'a'],
    ['none among databases', 'db: { image: postgres, ports: [5432] }', undefined],
  ]
  for (const [name, services, chosen] of front) {
    it(`has as its default service ${name}`, async () => {
      assert.equal((await load({ 'compose.yaml': `services:\n  ${services}\n` })).defaultService, chosen)
    })
  }

  const wrong: [name: string, files: Files, message: RegExp, composeFile?: string][] = [
    ['YAML that does not parse', { 'compose.yaml': 'services:\n  web:\n   - "\n' }, /compose\.yaml:\d+ does not parse/],
    ['text that is not UTF-8', { 'compose.yaml': '\ud800services' }, /no services|cannot read/],
    ['an empty file', { 'compose.yaml': '' }, /compose\.yaml: empty compose file/],
    ['no services', { 'compose.yaml': 'services: {}\n' }, /no active service/],
    [
      'a missing env file',
      { 'compose.yaml': 'services:\n  web:\n    image: x\n    env_file:\n      - no.env\n' },
      /compose\.yaml:5: services\.web\.env_file\[0\] names "no\.env", which is not there/,
    ],
    [
      'a missing include',
      { 'compose.yaml': 'include: [no.yaml]\nservices: { web: { image: x } }\n' },
      /compose\.yaml:1: include\[0\] names "no\.yaml"/,
    ],
    [
      'a missing extends',
      { 'compose.yaml': 'services:\n  web: { extends: { file: no.yaml, service: x } }\n' },
      /compose\.yaml:2: services\.web\.extends\.file names "no\.yaml"/,
    ],
    [
      'a missing Dockerfile',
      { 'compose.yaml': 'services:\n  web:\n    build: .\n' },
      /compose\.yaml:3: services\.web\.build\.dockerfile names "Dockerfile"/,
    ],
    [
      'a missing context',
      { 'compose.yaml': 'services:\n  web:\n    build: ./no\n' },
      /compose\.yaml:3: services\.web\.build\.context names "no"/,
    ],
    [
      'a missing secret',
      { 'compose.yaml': 'services: { web: { image: x, secrets: [s] } }\nsecrets:\n  s:\n    file: no.txt\n' },
      /compose\.yaml:4: secrets\.s\.file names "no\.txt"/,
    ],
    [
      'a dependency on nothing',
      { 'compose.yaml': 'services: { web: { image: x, depends_on: [no] } }' },
      /depends on undefined service "?no/,
    ],
    [
      'a misspelt field of ours',
      { 'compose.yaml': 'services:\n  web:\n    image: x\n    x-mayfly:\n      prot: 80\n' },
      /compose\.yaml:5: services\.web\.x-mayfly\.prot is not known/,
    ],
    [
      'a misspelt field of ours at the top',
      { 'compose.yaml': 'services: { web: { image: x } }\nx-mayfly: { ttl: 1d }\n' },
      /compose\.yaml:2: x-mayfly\.ttl is not known/,
    ],
    [
      'a port that is none',
      { 'compose.yaml': 'services: { web: { image: x, x-mayfly: { port: 70000 } } }' },
      /port is 70000, which is not a port/,
    ],
    [
      'a default that is no service',
      { 'compose.yaml': 'services: { web: { image: x } }\nx-mayfly: { default: api }\n' },
      /x-mayfly\.default is "api", which is not one of the services/,
    ],
    [
      'a default that is not public',
      { 'compose.yaml': 'services: { web: { image: x, x-mayfly: { public: false } } }\nx-mayfly: { default: web }\n' },
      /which is not public/,
    ],
    ['nothing at all', {}, /compose\.yaml, compose\.yml, .*Dockerfile and functions\/\*\/package\.json .* were looked for/],
    ['a compose file that is not there', {}, /"deploy\.yaml" is not there/, 'deploy.yaml'],
    ['a compose file that is a folder', { 'a/b': '' }, /"a" is a folder/, 'a'],
    ['a compose file outside', {}, /leads out of the checkout/, '../x.yaml'],
  ]
  for (const [name, files, message, composeFile] of wrong) {
    it(`is refused with ${name}`, async () => {
      await assert.rejects(load(files, { composeFile }), (error: Error) => {
        assert.match(error.message, message)
        return true
      })
    })
  }

  it('needs an env file only where its service is active', async () => {
    const files = { 'compose.yaml': 'services: { web: { image: x }, dev: { image: x, profiles: [dev], env_file: no.env } }' }
    assert.deepEqual(Object.keys((await load(files)).model.services), ['web'])
  })

  it('says what is missing where there is no docker command', async () => {
    await assert.rejects(
      load({ 'compose.yaml': 'services: { web: { image: x } }' }, { path: '/nonexistent' }),
      /`docker compose` is not installed/,
    )
  })
})
