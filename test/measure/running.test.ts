import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import { LABEL, silent, UserError } from '@mayfly/core'
import { connectEngine, type Engine, observe } from '@mayfly/engine'
import { OvertakenError, type Recorded, readDeployment, removeEnvironment, type Target } from '@mayfly/environment'
import { gatherServices, hookFile, type MeasureRequest, measureRunning, parseRoutes } from '@mayfly/measure'
import { type Deployer, deployerOf } from '../deployer.ts'

const REPOSITORY = `acme/running${process.pid}`
const LISTEN = 18101

/** A Node service from the checkout, one that is not Node, and one whose program for the report fails; a service to test them. */
const COMPOSE = {
  services: {
    web: {
      image: 'node:24-slim',
      command: ['node', '/srv/web.js'],
      environment: { NODE_OPTIONS: '--no-deprecation' },
      volumes: ['./web.js:/srv/web.js:ro', 'data:/data'],
      ports: ['3000'],
      user: '1000',
      read_only: true,
    },
    sleeper: { build: { context: '.', dockerfile_inline: 'FROM debian:trixie-slim\nCMD ["sleep", "infinity"]' }, init: true },
    broken: {
      build: { context: '.', dockerfile_inline: 'FROM debian:trixie-slim\nCMD ["sleep", "infinity"]' },
      init: true,
      'x-mayfly': { coverage: { file: '/tmp/coverage.xml', dump: 'echo no way >&2; exit 3' } },
    },
    tests: {
      build: { context: '.', dockerfile_inline: 'FROM node:24-slim\nCOPY inside.sh /\nCMD ["sh", "/inside.sh"]' },
      'x-mayfly': { test: true },
    },
  },
  volumes: { data: {} },
  'x-mayfly': { default: 'web' },
}

const WEB = `const { createServer } = require('node:http')
function answer(url) {
  if (url === '/die') process.exit(9)
  if (url === '/never') {
    return 'never'
  }
  return 'hello'
}
createServer((request, response) => response.end(answer(request.url))).listen(3000)
process.on('SIGTERM', () => process.exit(0))
`

const INSIDE = `mkdir -p /results
[ "$MAYFLY_URL" = http://web:3000 ] || exit 7
node -e "fetch(process.env.MAYFLY_URL).then((r) => process.exit(r.ok ? 0 : 1))" || exit 8
echo '<testsuite><testcase classname="inside" name="asks"/></testsuite>' > /results/junit.xml
`

describe('measuring what runs', () => {
  let engine: Engine
  let deployer: Deployer
  let target: Target
  let deployment: Recorded
  let folder: string

  before(async () => {
    engine = await connectEngine({ host: undefined }, process.env)
    folder = await mkdtemp(join(tmpdir(), 'mayfly-running-'))
    deployer = await deployerOf(engine, REPOSITORY, LISTEN, {
      'compose.yaml': JSON.stringify(COMPOSE),
      'web.js': WEB,
      'inside.sh': INSIDE,
    })
    target = deployer.target(1)
    await deployer.deploy(1)
    deployment = await readDeployment(engine, target)
  })
  after(async () => {
    await removeEnvironment(engine, target.owner, target.id, silent)
    await deployer.close()
    await engine.close()
    await rm(folder, { recursive: true, force: true })
  })
  afterEach(async () => {
    assert.deepEqual(await hooked(), [], 'every test leaves the preview plain')
  })

  const request = (more: Partial<MeasureRequest> = {}): MeasureRequest => ({
    target,
    deployment,
    runner: { script: `node -e "${ask('/')}"`, directory: folder, environment: { PATH: process.env.PATH ?? '' } },
    testServices: false,
    timeout: 60_000,
    coverage: true,
    profiles: [],
    profileFor: 0,
    routes: undefined,
    hook: readFileSync(hookFile(), 'utf8'),
    startTimeout: 60_000,
    run: '',
    current: async () => true,
    log: silent,
    ...more,
  })
  /** A visitor, as a program: the preview's name leads to this machine, whatever its resolver knows. */
  const ask = (path: string) =>
    `const u=new URL(process.env.MAYFLY_URL);require('node:http').get({host:'127.0.0.1',port:u.port,path:'${path}',headers:{host:u.host}},(r)=>r.resume())`

  /** What still carries a hook, or was made for measuring. */
  async function hooked(): Promise<string[]> {
    const { containers, volumes } = await observe(engine, { environment: target.id })
    const plain = new Set(deployment.isolated.services.map(({ config }) => config))
    return [
      ...containers
        .filter(({ labels }) => labels[LABEL.role] !== 'service' || !plain.has(labels[LABEL.config] ?? ''))
        .map(({ name }) => name),
      ...volumes.filter(({ labels }) => !['record', 'data'].includes(labels[LABEL.role] ?? '')).map(({ name }) => name),
    ]
  }

  const read = (raw: Parameters<typeof gatherServices>[0]) =>
    gatherServices(raw, deployment, { files: new Set(['web.js']), read: () => WEB, lines: () => WEB.split('\n').length }, true)

  it('tells lines that ran from those that did not, and each other service by its reason', async () => {
    const raw = await measureRunning(engine, request())
    const { gathered, services } = await read(raw)
    const hits = gathered[0]?.files.get('web.js')?.hits
    assert.ok((hits?.[7] ?? 0) > 0)
    assert.deepEqual([gathered.length, hits?.[5]], [1, 0], 'one service gave coverage, and nobody asked for /never')
    assert.deepEqual(
      services.map(({ name, coverage }) => [name, coverage]),
      [
        ['broken', 'silent'],
        ['sleeper', 'not asked'],
        ['web', 'measured'],
      ],
    )
    assert.match(services[0]?.why ?? '', /dump command ended with 3: no way/)
    assert.match(services[1]?.why ?? '', /No Node process/)
  })

  it('runs the test service inside, once, and leaves nothing of it', async () => {
    const raw = await measureRunning(engine, request({ runner: undefined, testServices: true, coverage: false }))
    assert.deepEqual(
      raw.commands.map(({ where, exitCode, tail }) => [where, exitCode, tail]),
      [['tests', 0, '']],
    )
    assert.match(String(raw.testFiles[0]?.results[0]?.bytes), /name="asks"/)
  })

  it('ends a test command that does not end, and says which line was its last', async () => {
    const script = 'echo waiting for godot; sleep 600'
    const raw = await measureRunning(
      engine,
      request({
        runner: { script, directory: folder, environment: { PATH: process.env.PATH ?? '' } },
        timeout: 1000,
        coverage: false,
      }),
    )
    assert.deepEqual([raw.commands[0]?.exitCode, raw.commands[0]?.timedOut], [null, 1000])
    assert.match(raw.notices.join(), /godot/)
  })

  it('keeps what a service gave before it died, and counts that it did', async () => {
    const script = `node -e "${ask('/')}"; sleep 2; node -e "${ask('/die')}"; sleep 1`
    const raw = await measureRunning(
      engine,
      request({
        runner: {
          script: script.replaceAll('; node', ' ; node'),
          directory: folder,
          environment: { PATH: process.env.PATH ?? '' },
        },
      }),
    ).catch((error: unknown) => error)
    assert.ok(!(raw instanceof Error), String(raw))
    assert.ok(typeof raw === 'object' && raw !== null && 'deaths' in raw)
    const { gathered, services } = await read(raw as Awaited<ReturnType<typeof measureRunning>>)
    assert.equal(services.find(({ name }) => name === 'web')?.deaths, 1)
    assert.ok((gathered[0]?.files.get('web.js')?.hits[7] ?? 0) > 0)
  })

  it('gives way to a later run of the same preview, and that one goes on', async () => {
    const slow = { script: 'echo started; sleep 30', directory: folder, environment: { PATH: process.env.PATH ?? '' } }
    const started = Promise.withResolvers<void>()
    const first = measureRunning(
      engine,
      request({ runner: slow, log: { ...silent, info: (line) => void (/started/.test(line) && started.resolve()) } }),
    )
    first.catch(() => {})
    await started.promise
    const second = await measureRunning(engine, request())
    assert.equal(second.commands[0]?.exitCode, 0)
    await assert.rejects(first, OvertakenError)
  })

  it('is repaired by the next run where one was killed in the middle of the tests', async () => {
    const program = join(import.meta.dirname, 'kill-me.ts')
    const child = spawn(process.execPath, [program, REPOSITORY, String(LISTEN)], { stdio: ['ignore', 'pipe', 'inherit'] })
    await new Promise<void>((resolve) => child.stdout.on('data', (text) => /in the middle/.test(String(text)) && resolve()))
    assert.notDeepEqual(await hooked(), [], 'it was in the middle')
    const gone = new Promise((resolve) => child.on('close', resolve))
    child.kill('SIGKILL')
    await gone
    const raw = await measureRunning(engine, request())
    assert.equal(raw.commands[0]?.exitCode, 0)
  })

  it('is refused, and nothing touched, in an environment that never expires; tests alone are not', async () => {
    const forever: Recorded = { ...deployment, record: { ...deployment.record, ttl: undefined } }
    const named: Target = { ...target, kind: 'named' }
    const before = await observe(engine, { environment: target.id })
    await assert.rejects(measureRunning(engine, request({ target: named, deployment: forever })), (error) => {
      return error instanceof UserError && /never expires/.test(error.message)
    })
    assert.deepEqual(
      (await observe(engine, { environment: target.id })).containers.map(({ id }) => id),
      before.containers.map(({ id }) => id),
    )
    const raw = await measureRunning(engine, request({ target: named, deployment: forever, coverage: false }))
    assert.equal(raw.commands[0]?.exitCode, 0)
  })

  for (const [line, said] of [
    ['POST /', /no route/],
    ['nobody: /', /no such service has a URL/],
    ['GET http://other/', /no route/],
    ['/\u0007', /no route/],
  ] as const) {
    it(`refuses the route ${JSON.stringify(line)} before anything is asked`, () => {
      assert.throws(
        () => parseRoutes([line], deployment.isolated, 'The input latency'),
        (error) => error instanceof UserError && said.test(error.message),
      )
    })
  }
})
