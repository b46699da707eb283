import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import test from 'node:test'
import { connectEngine, observe } from '@mayfly/engine'
import { type Environment, environmentsOf } from '@mayfly/environment'

const demo = join(import.meta.dirname, 'demo.ts')

test('the demo opens, pushes, merges, releases, goes to production and back, proves that nothing is left, and ends with its figures', async () => {
  const { code, output } = await play(['--json'])
  assert.equal(code, 0, output)
  const figures = JSON.parse(output.trim().split('\n').at(-1) ?? '')
  assert.match(figures.url, /^http:\/\/demo-shop\d*-pr-1\.localhost(:\d+)?$/)
  assert.deepEqual(figures.replaced, ['api'])
  assert.deepEqual(figures.unchanged, ['db', 'web'])
  const { images, ...running } = figures.running
  assert.deepEqual(running, { containers: 3, networks: 1, volumes: 2, routes: 3 })
  assert.ok(images >= 3)
  assert.deepEqual(figures.left, { containers: 0, networks: 0, volumes: 0, routes: 0, images: 0 })
  const { production, ...produced } = figures.produced
  assert.match(production, /^http:\/\/demo-shop\d*-production\.localhost(:\d+)?$/)
  assert.deepEqual(produced, { released: ['web@0.1.0', 'api@1.4.2'], sameBytes: true, left: figures.left })
  const steps = [
    'repository',
    'base',
    'opened',
    'pushed',
    'fixed',
    'merged',
    'released',
    'staging',
    'production',
    'rollback',
    'where',
    'removed',
  ]
  for (const step of steps) assert.ok(figures.milliseconds[step] > 0, step)
  assert.ok(figures.milliseconds.total < 120_000, 'under two minutes')
  assert.match(
    output,
    /Measured [0-9a-f]{7}: 3 of 3 tests passed[\s\S]*is being built[\s\S]*3 tests passed[\s\S]*Summer sale[\s\S]*49\.00 €[\s\S]*❌ 1 of 3 tests failed[\s\S]*a lamp has its price[\s\S]*24\.50 €[\s\S]*✅ 3 tests passed[\s\S]*is removed[\s\S]*The same bytes[\s\S]*4900\.00 €[\s\S]*rollback production[\s\S]*24\.50 €/,
  )
})

test('with --keep the preview goes on running, and --remove takes it away', async () => {
  const kept = await play(['--keep', '--json'])
  assert.equal(kept.code, 0, kept.output)
  const { url, left } = JSON.parse(kept.output.trim().split('\n').at(-1) ?? '')
  assert.equal(left, undefined)
  const id = new URL(url).hostname.split('.')[0]
  assert.equal((await previews()).find((preview) => preview.id === id)?.services.length, 3)
  const removed = await play(['--remove'])
  assert.equal(removed.code, 0, removed.output)
  assert.equal(
    (await previews()).find((preview) => preview.id === id),
    undefined,
  )
})

for (const moment of ['Starting ', 'A mistake goes live'])
  test(`interrupted at "${moment}", the demo cleans up and says so by its exit code`, async () => {
    const { code, output } = await play([], (line, stop) => {
      if (line.includes(moment)) stop('SIGINT')
    })
    assert.equal(code, 130, output)
    assert.deepEqual(await previews(), [])
  })

test('what a killed demo left is taken away by the next one, which looks first', async () => {
  const killed = await play([], (line, stop) => {
    if (line.includes('Waiting for ')) stop('SIGKILL')
  })
  assert.notEqual(killed.code, 0)
  const next = await play(['--remove'])
  assert.equal(next.code, 0, next.output)
  assert.match(next.output, /Removed what an earlier demo left: demo-shop-/)
  assert.deepEqual(await previews(), [])
})

test('an option that is none is an error that shows those there are', async () => {
  const { code, output } = await play(['--kep'])
  assert.equal(code, 1)
  assert.match(output, /--kep[\s\S]*--keep/)
})

interface Played {
  code: number
  output: string
}

/** Plays the demo as a person would start it; `watch` may send it a signal at any line. */
async function play(
  options: readonly string[],
  watch?: (line: string, stop: (signal: NodeJS.Signals) => void) => void,
): Promise<Played> {
  const child = spawn(process.execPath, [demo, ...options], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const read = (text: string) => {
    output += text
    for (const line of text.split('\n')) watch?.(line, (signal) => child.kill(signal))
  }
  child.stdout.setEncoding('utf8').on('data', read)
  child.stderr.setEncoding('utf8').on('data', read)
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => resolve(status ?? 128))
  })
  return { code, output }
}

/** The demo's previews that are on the engine now. */
async function previews(): Promise<Environment[]> {
  const engine = await connectEngine({ host: undefined }, process.env)
  try {
    return environmentsOf(await observe(engine)).filter(({ owner }) => owner.includes('/demo/shop'))
  } finally {
    await engine.close()
  }
}
