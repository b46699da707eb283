import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { command } from '@mayfly/core'

const script = join(import.meta.dirname, '..', '..', 'scripts', 'setup.ts')
const inherited = Object.fromEntries(Object.entries(process.env).map(([key, value]) => [key, value ?? '']))

const setUp = (options: string[], env: Record<string, string> = {}) =>
  command([process.execPath, script, ...options], { env: { ...inherited, ...env } })

test('a second set-up finds everything in place and does nothing', async () => {
  const { code, stdout, stderr } = await setUp([])
  assert.equal(stderr, '')
  assert.equal(code, 0)
  assert.match(stdout, /^The engine and the base images are in place \([\d.]+ m?s\)\.\n$/)
})

test('an engine that was asked for and does not answer is named in one sentence, and none is installed', async () => {
  const { code, stdout, stderr } = await setUp([], { DOCKER_HOST: 'unix:///nowhere/docker.sock' })
  assert.equal(code, 1)
  assert.equal(stdout, '')
  assert.equal(
    stderr,
    'No Docker engine answers at unix:///nowhere/docker.sock: start it, or choose another with DOCKER_HOST or docker context.\n',
  )
})

test('an unknown option is refused before anything is looked at', async () => {
  const { code, stdout, stderr } = await setUp(['--test'])
  assert.equal(code, 1)
  assert.equal(stdout, '')
  assert.equal(stderr, '"--test" is no option of set-up; there are --demo and --tests.\n')
})
