import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { command } from '@mayfly/core'
import { NO_CODE, readV8 } from '@mayfly/coverage'
import { answersTo } from './events.ts'
import { hookFile } from './hook-file.ts'
import { type HookRequest, hookRequest, REQUEST_FILE } from './protocol.ts'
import { type HookFile, readHookFiles } from './read.ts'

let root: string
before(async () => {
  root = await mkdtemp(join(tmpdir(), `mayfly-hook-${process.pid}-`))
})
after(() => rm(root, { recursive: true, force: true }))

async function folder(files: Record<string, string>): Promise<{ app: string; out: string }> {
  const app = await mkdtemp(join(root, 'app-'))
  const out = join(app, 'out')
  await mkdir(out)
  for (const [name, text] of Object.entries(files)) await writeFile(join(app, name), text)
  return { app, out }
}

const hooked = (out: string) => ({ NODE_OPTIONS: `--require=${hookFile()}`, MAYFLY_MEASURE: out })

async function filesOf(out: string): Promise<HookFile[]> {
  const names = await readdir(out).catch(() => [])
  return Promise.all(names.map(async (name) => ({ name, text: await readFile(join(out, name), 'utf8') })))
}

async function coverageOf({ app, out }: { app: string; out: string }, sources: Record<string, string> = {}) {
  const { dumps, scripts, notices } = readHookFiles(await filesOf(out))
  const inApp = (path: string) => (path.startsWith(`${app}/`) ? path.slice(app.length + 1) : undefined)
  const read = await readV8(dumps, scripts, { toRepository: inApp, readSource: (path) => sources[path] })
  return { ...read, notices: [...notices, ...read.notices] }
}

/** Runs a program to its end with the hook and without: they must not differ. */
async function both(program: string, more: Record<string, string> = {}) {
  const place = await folder({ 'app.cjs': program, ...more })
  const argv = [process.execPath, 'app.cjs'] as const
  const plain = await command(argv, { env: {}, cwd: place.app })
  const measured = await command(argv, { env: hooked(place.out), cwd: place.app })
  return { ...place, plain, measured }
}

const FAKES = `const fail = () => { throw new Error('a fake') }
Object.assign(globalThis, { setInterval: fail, clearInterval: fail, Date: { now: fail } })
Object.assign(require('node:fs'), { writeFileSync: fail, readFileSync: fail, renameSync: fail })
process.hrtime = process.kill = fail
`

describe('a program with the hook', () => {
  for (const [what, program] of [
    ['ends by itself', 'console.log(1)\n'],
    ['exits', 'process.exit(3)\n'],
    ['throws', 'setTimeout(() => { process.exitCode = 4; throw new TypeError("x") })\n'],
    ['rejects', 'Promise.reject(new Error("x"))\n'],
    ['kills itself', 'process.kill(process.pid, "SIGTERM"); setInterval(() => {}, 1000)\n'],
    ['has as many listeners as there may be', 'for (let i = 0; i < 10; i++) process.on("exit", () => console.log(i))\n'],
    ['replaces what the hook uses', `${FAKES}console.log(1)\n`],
    ['lists who listens to signals', 'console.log(process.listenerCount("SIGTERM"), process.listenerCount("SIGINT"))\n'],
  ] as const) {
    it(`does what it does without where it ${what}`, async () => {
      const { plain, measured, out } = await both(program)
      assert.deepEqual({ ...measured, stderr: withoutPlaces(measured.stderr) }, { ...plain, stderr: withoutPlaces(plain.stderr) })
      assert.ok((await readdir(out)).length > 0, 'the hook was there')
    })
  }

  it('gathers though fake timers, clocks and files are put in place', async () => {
    const place = await both(`${FAKES}module.exports = 1\n`)
    const { files } = await coverageOf(place)
    assert.equal(files.get('app.cjs')?.hits[5], 1)
  })

  it('runs where the folder cannot be written to, and where it is none', async () => {
    const { app } = await folder({ 'app.cjs': 'console.log(1)\n' })
    for (const out of ['/proc/nowhere', join(app, 'app.cjs'), '']) {
      const { code, stdout, stderr } = await command([process.execPath, 'app.cjs'], { env: hooked(out), cwd: app })
      assert.deepEqual([code, stdout, stderr], [0, '1\n', ''])
    }
  })

  it('says so and gathers no more where the folder is full', async () => {
    const place = await folder({ 'app.cjs': 'console.log(1)\n' })
    const filler = join(place.out, 'filler')
    await writeFile(filler, '')
    await truncate(filler, 257 * 1024 * 1024)
    await command([process.execPath, 'app.cjs'], { env: hooked(place.out), cwd: place.app })
    await rm(filler)
    const { files, notices } = await coverageOf(place)
    assert.equal(files.size, 0)
    assert.match(notices.join(), /More than 256 MB/)
  })

  it('writes nothing without MAYFLY_MEASURE', async () => {
    const { app, out } = await folder({ 'app.cjs': '' })
    await command([process.execPath, 'app.cjs'], { env: { NODE_OPTIONS: `--require=${hookFile()}` }, cwd: app })
    assert.deepEqual([(await readdir(out)).length, (await readdir(app)).sort()], [0, ['app.cjs', 'out']])
  })

  it('keeps its own coverage where it gathers that', async () => {
    const place = await folder({ 'app.cjs': 'console.log(1)\n' })
    const own = join(place.app, 'own')
    await command([process.execPath, 'app.cjs'], { env: { ...hooked(place.out), NODE_V8_COVERAGE: own }, cwd: place.app })
    const [file = ''] = await readdir(own)
    assert.match(await readFile(join(own, file), 'utf8'), /app\.cjs/)
    const { files, notices } = await coverageOf(place)
    assert.equal(files.size, 0)
    assert.match(notices.join(), /NODE_V8_COVERAGE/)
  })

  for (const ending of ['ts', 'js']) {
    it(`is counted as what a loader made of .${ending} in memory, in the lines of its source`, async () => {
      const source = 'function one() {\n  return 1\n}\nfunction two() {\n  return 2\n}\none()\n'
      const made = `let loaded = '${'x'.repeat(100)}';\n${source}`
      const map = {
        version: 3,
        names: [],
        sources: [`app.${ending}`],
        sourcesContent: [source],
        mappings: ';AAAA;AACA;AACA;AACA;AACA;AACA;AACA',
      }
      const comment = `//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`
      const compile = `(module, file) => module._compile(${JSON.stringify(`${made}${comment}\n`)}, file)`
      const loader = `require('node:module')._extensions['.${ending}'] = ${compile}\nrequire('./app.${ending}')\n`
      const place = await both(loader, { [`app.${ending}`]: source })
      const { files, notices } = await coverageOf(place, { [`app.${ending}`]: source })
      const hits = [...(files.get(`app.${ending}`)?.hits ?? [])].map((count) => (count === NO_CODE ? -1 : count))
      assert.deepEqual(hits, [-1, -1, 1, -1, -1, 0, -1, 1])
      assert.deepEqual(notices, [])
    })
  }
})

/** Stacks name the hook where it lies on the way in. */
function withoutPlaces(stderr: string): string {
  return stderr.replace(/^ +at .*\n/gm, '').replace(/app-\w+/g, 'app')
}

describe('a process that is asked', () => {
  const IDLE = 'setInterval(() => {}, 1000)\n'

  it('answers a request that is half written when it looks, or replaced or older than itself, once each', async () => {
    const place = await folder({ 'app.cjs': IDLE })
    const request = join(place.out, REQUEST_FILE)
    await writeFile(request, hookRequest({ id: 'old', do: 'coverage' }))
    const service = spawn(process.execPath, ['app.cjs'], { env: hooked(place.out), cwd: place.app, stdio: 'ignore' })
    try {
      const text = hookRequest({ id: 'r1', do: 'coverage' })
      await until(place.out, (files) => answersTo(files, 'old').answered.length === 1)
      await writeFile(request, text.slice(0, 9))
      await writeFile(request, text)
      await until(place.out, (files) => answersTo(files, 'r1').answered.length === 1)
      await put(place.out, { id: 'r2', do: 'coverage' })
      await put(place.out, { id: 'r2', do: 'coverage' })
      await until(place.out, (files) => answersTo(files, 'r2').answered.length === 1)
      await put(place.out, { id: 'r3', do: 'coverage' })
      const files = await until(place.out, (files) => answersTo(files, 'r3').answered.length === 1)
      assert.equal(files.filter(({ text }) => text.includes('"id":"r2"') && text.includes('"answer"')).length, 1)
    } finally {
      service.kill('SIGKILL')
    }
  })

  it('joins a profile that began before it, and writes it when it ends before it is stopped', async () => {
    const place = await folder({ 'app.cjs': 'for (let i = 0; i < 1e6; i++) Math.sqrt(i)\n' })
    await put(place.out, { id: 'p1', do: 'profile-start' })
    await command([process.execPath, 'app.cjs'], { env: hooked(place.out), cwd: place.app })
    const { profiles } = readHookFiles(await filesOf(place.out))
    assert.deepEqual(
      profiles.map(({ kind }) => kind),
      ['cpu'],
    )
  })

  it('is not waited for once another noticed that it was killed', async () => {
    const place = await folder({ 'app.cjs': IDLE })
    const start = () => spawn(process.execPath, ['app.cjs'], { env: hooked(place.out), cwd: place.app, stdio: 'ignore' })
    const [one, other] = [start(), start()]
    try {
      await until(place.out, (files) => files.filter(({ text }) => text.includes('"hello"')).length === 2)
      const gone = new Promise((resolve) => one.once('exit', resolve))
      one.kill('SIGKILL')
      await gone
      assert.equal(answersTo(await filesOf(place.out), 'r1').waiting.length, 2)
      await put(place.out, { id: 'r1', do: 'coverage' })
      const files = await until(place.out, (files) => answersTo(files, 'r1').answered.length === 1)
      assert.deepEqual(answersTo(files, 'r1').waiting, [])
    } finally {
      other.kill('SIGKILL')
    }
  })
})

/** As the engine's archive API does it: another file takes the name. */
async function put(out: string, request: HookRequest): Promise<void> {
  await writeFile(join(out, '.new'), hookRequest(request))
  await rename(join(out, '.new'), join(out, REQUEST_FILE))
}

async function until(out: string, holds: (files: HookFile[]) => boolean): Promise<HookFile[]> {
  const deadline = Date.now() + 30_000
  for (;;) {
    const files = await filesOf(out).catch(() => [])
    if (holds(files)) return files
    assert.ok(Date.now() < deadline, `it never came; there are ${files.map(({ name }) => name).join(' ')}`)
    await pause(20)
  }
}
