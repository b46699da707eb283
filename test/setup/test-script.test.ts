import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { command } from '@mayfly/core'

const script = join(import.meta.dirname, '..', '..', 'scripts', 'test.ts')
const head = "import { test } from 'node:test'\n"

const suites: [promise: string, files: Record<string, string>, last: string, code: number][] = [
  [
    'passed and skipped tests are counted, and a skip is said with its reason',
    {
      'a.test.ts': `${head}test('one', () => {})\ntest('two', (t) => t.skip('act not found'))`,
      'b.test.ts': `${head}test('three', () => {})`,
    },
    '2 passed, 0 failed, 1 skipped',
    0,
  ],
  [
    'a failed test fails the run',
    { 'a.test.ts': `${head}test('one', () => { throw new Error('no') })` },
    '0 passed, 1 failed, 0 skipped',
    1,
  ],
  ['a file that cannot be loaded fails the run', { 'a.test.ts': "import './missing.ts'" }, '0 passed, 1 failed, 0 skipped', 1],
  ['no tests are no success', { 'notes.md': '' }, '0 passed, 0 failed, 0 skipped', 1],
]

for (const [promise, files, last, code] of suites) {
  test(promise, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'setup-suite-'))
    try {
      for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
      const result = await runTests(folder)
      assert.equal(result.stdout.trimEnd().split('\n').at(-1), last, result.stdout + result.stderr)
      assert.equal(result.code, code)
      if (promise.includes('reason')) assert.match(result.stdout, /^skipped: two \(.*a\.test\.ts\): act not found$/m)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
}

test('a path that is not there is named', async () => {
  const { code, stderr } = await runTests('/nowhere')
  assert.equal(code, 1)
  assert.equal(stderr, 'There is nothing at /nowhere.\n')
})

function runTests(path: string) {
  // Without this, the runner takes itself for a test that runs inside this one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const inherited = Object.fromEntries(Object.entries(env).map(([key, value]) => [key, value ?? '']))
  return command([process.execPath, script, '--no-build', path], { env: inherited })
}
