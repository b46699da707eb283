import assert from 'node:assert/strict'
import { test } from 'node:test'
import { command } from '@mayfly/core'
import { startRegistry } from './registry.ts'

const LAYER = 1024 * 1024 * 1024
const MEGABYTE = 1024 * 1024

test('a layer of one gigabyte is pushed in less than 64 MB of memory, and read back in less than 160', async () => {
  const registry = await startRegistry()
  try {
    const { code, stdout, stderr } = await command(
      [process.execPath, '--max-old-space-size=128', `${import.meta.dirname}/push-large.ts`, registry.host, String(LAYER)],
      { env: { PATH: process.env.PATH ?? '' } },
    )
    assert.equal(code, 0, stderr)
    const { before, afterPush, afterPull, pushed, pulled } = JSON.parse(stdout)
    assert.deepEqual([pushed, pulled], ['uploaded', LAYER])
    assert.ok(afterPush - before < 64 * MEGABYTE, `${Math.round((afterPush - before) / MEGABYTE)} MB for the push`)
    // Each piece that comes from the network is a buffer of its own until the collector has a turn.
    assert.ok(afterPull - before < 160 * MEGABYTE, `${Math.round((afterPull - before) / MEGABYTE)} MB for both`)
  } finally {
    await registry.stop()
  }
})
