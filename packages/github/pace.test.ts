import assert from 'node:assert/strict'
import test from 'node:test'
import { paceWrites } from './pace.ts'

test('a burst goes through at once, what follows goes one gap after the other', async () => {
  const { schedule } = paceWrites(3, 40).key()
  const start = performance.now()
  const times = await Promise.all(Array.from({ length: 6 }, () => schedule(undefined, async () => performance.now() - start)))
  assert.ok(times.slice(0, 3).every((time) => time < 35))
  for (const [at, least] of [40, 80, 120].entries()) assert.ok((times[at + 3] ?? 0) >= least - 5, `${times}`)
})
