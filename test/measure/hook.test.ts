import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { type FileCoverage, NO_CODE } from '@mayfly/coverage'
import { frameResolver, readHookFiles, readProfile } from '@mayfly/measure'
import { allAnswered, startHooked } from './hooked.ts'

/** As in a preview that reaches nobody: what is asked and answered goes through files alone. */
const LOCKED = ['--read-only', '--user', '1234:1234', '--network', 'none', '--cap-drop', 'ALL']

const COUNTER = `let n = 0
function count() {
  n++
  if (n < 0) {
    never()
  }
}
setInterval(count, 5)
`

function line(file: FileCoverage | undefined, number: number): number | undefined {
  const hits = file?.hits[number]
  return hits === NO_CODE ? undefined : hits
}

const ran = (file: FileCoverage | undefined, number: number) => assert.ok((line(file, number) ?? 0) > 0, `line ${number} ran`)

describe('the hook in a container', { concurrency: 2 }, () => {
  it('answers as PID 1 on a read-only file system, as any user and without a network, and leaves SIGTERM as it is', async () => {
    const service = await startHooked(after, { 'app.js': COUNTER }, ['node', 'app.js'], LOCKED)
    await service.ask({ id: 'r1', do: 'coverage' })
    const [answer] = await service.until(allAnswered('r1'))
    assert.equal(answer?.pid, 1)
    // The kernel ignores it for a PID 1 without a handler; the hook is none.
    await service.docker('kill', '--signal', 'TERM', service.container)
    await service.ask({ id: 'r2', do: 'coverage' })
    await service.until(allAnswered('r2'))
    const { files, notices, unmapped } = await service.coverage()
    assert.deepEqual([...files.keys()], ['app.js'])
    ran(files.get('app.js'), 3)
    assert.equal(line(files.get('app.js'), 5), 0)
    assert.deepEqual([notices, unmapped], [[], []])
    assert.equal(await service.docker('logs', service.container), '')
  })

  it('loses at most the last seconds of a process that is killed', async () => {
    const service = await startHooked(after, { 'app.js': COUNTER }, ['node', 'app.js'], LOCKED)
    await service.until((files) => files.find(({ text }) => text.includes('"event":"coverage"')))
    await service.docker('kill', service.container)
    const { files } = await service.coverage()
    ran(files.get('app.js'), 3)
  })

  it('dumps at the end of a process that ends by itself, and when its container starts again keeps both', async () => {
    const program = `function last() { process.exit(process.argv.length > 9 ? 1 : 0) }
last()
`
    const service = await startHooked(after, { 'app.js': program }, ['node', 'app.js'], LOCKED)
    await service.docker('wait', service.container)
    await service.docker('start', '--attach', service.container)
    const { files } = await service.coverage()
    assert.equal(line(files.get('app.js'), 1), 2)
  })

  it('measures what npm starts and not npm', async () => {
    const files = {
      'node_modules/npm/bin/npm-cli.js': `require('node:child_process').spawn('sh', ['-c', 'node app.js'], { stdio: 'inherit' })\n`,
      'node_modules/dep/index.js': 'module.exports = () => 1\n',
      'app.js': `const dep = require('dep')\n${COUNTER}dep()\n`,
    }
    const service = await startHooked(after, files, ['node', 'node_modules/npm/bin/npm-cli.js'], ['--init', ...LOCKED])
    await service.until((found) => found.find(({ text }) => text.includes('"event":"hello"')))
    await service.ask({ id: 'r1', do: 'coverage' })
    assert.equal((await service.until(allAnswered('r1'))).length, 1)
    const { files: covered } = await service.coverage()
    assert.deepEqual([...covered.keys()], ['app.js'])
    ran(covered.get('app.js'), 4)
  })

  it('reaches cluster workers and worker threads, ES modules and TypeScript whose types Node.js strips', async () => {
    const files = {
      'package.json': '{ "type": "module" }\n',
      'main.ts': `import cluster from 'node:cluster'
import { Worker } from 'node:worker_threads'
import { twice } from './lib/twice.ts'

interface Unused { a: number }
const value: number = twice(2) satisfies number
if (cluster.isPrimary) {
  cluster.fork()
  new Worker(new URL('./thread.mjs', import.meta.url))
} else {
  setInterval((): void => { twice(value) }, 5)
}
`,
      'lib/twice.ts': `export function twice(
  x: number,
): number {
  if (x < 0)
    return 0
  return x * 2
}
`,
      'thread.mjs': `import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)
setInterval(() => require('./old.cjs').run(), 5)
`,
      'old.cjs': 'exports.run = function () {\n  return 1\n}\n',
    }
    const service = await startHooked(after, files, ['node', 'main.ts'], LOCKED)
    const threads = (found: { text: string }[]) => found.filter(({ text }) => text.includes('"event":"hello"')).length
    await service.until((found) => (threads(found) === 3 ? true : undefined))
    await service.ask({ id: 'r1', do: 'coverage' })
    assert.equal((await service.until(allAnswered('r1'))).length, 3)
    const { files: covered, notices } = await service.coverage()
    assert.deepEqual([...covered.keys()].sort(), ['lib/twice.ts', 'main.ts', 'old.cjs', 'thread.mjs'])
    ran(covered.get('main.ts'), 11)
    ran(covered.get('lib/twice.ts'), 6)
    assert.equal(line(covered.get('lib/twice.ts'), 5), 0)
    assert.equal(line(covered.get('main.ts'), 5), undefined)
    ran(covered.get('old.cjs'), 2)
    assert.deepEqual(notices, [])
  })

  it('goes on to tell lines apart after sources were asked for and profiles were taken', async () => {
    const program = `function pick(n: number): number {
  if (n > 5) {
    return 1
  }
  return 2
}
setInterval((): void => { pick(1) }, 5)
`
    const service = await startHooked(after, { 'main.ts': program }, ['node', 'main.ts'], LOCKED)
    await service.until((found) => found.find(({ text }) => text.includes('"event":"hello"')))
    for (const [id, what] of Object.entries({
      r1: 'coverage',
      r2: 'profile-start',
      r3: 'profile-stop',
      r4: 'coverage',
    } as const)) {
      await service.ask({ id, do: what })
      await service.until(allAnswered(id))
    }
    const { files } = await service.coverage()
    ran(files.get('main.ts'), 5)
    assert.equal(line(files.get('main.ts'), 3), 0)
  })

  it('takes cpu and heap profiles of a process that goes on', async () => {
    const program = `function burn() {
  let sum = 0
  for (let i = 0; i < 3e5; i++) sum += Math.sqrt(i)
  return sum
}
const kept = []
function keep() { for (let i = 0; i < 1000; i++) kept.push({ i, text: String(i) }); if (kept.length > 1e5) kept.length = 0 }
setInterval(() => { burn(); keep() }, 5)
`
    const service = await startHooked(after, { 'app.js': program }, ['node', 'app.js'], LOCKED)
    await service.ask({ id: 'p1', do: 'profile-start' })
    await service.until(allAnswered('p1'))
    await service.ask({ id: 'h1', do: 'heap-start' })
    await service.until(allAnswered('h1'))
    await service.ask({ id: 'h2', do: 'heap-stop' })
    await service.until(allAnswered('h2'))
    await service.ask({ id: 'p2', do: 'profile-stop' })
    await service.until(allAnswered('p2'))
    const { profiles, scripts } = readHookFiles(await service.files())
    const resolve = frameResolver(scripts, { toRepository: (path) => path.replace(/^\/app\//, '') })
    const find = (kind: 'cpu' | 'heap', name: string) => {
      const { profile } = readProfile(
        kind,
        profiles.filter((one) => one.kind === kind),
        resolve,
      )
      const left = [profile.root]
      for (const frame of left) left.push(...frame.children)
      return left.find((frame) => frame.name === name)
    }
    assert.deepEqual([find('cpu', 'burn')?.file, find('cpu', 'burn')?.line], ['app.js', 1])
    assert.deepEqual([find('heap', 'keep')?.file, find('heap', 'keep')?.line], ['app.js', 7])
  })
})
