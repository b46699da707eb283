import assert from 'node:assert/strict'
import { it } from 'node:test'
import { connectEngine, observe } from '@mayfly/engine'
import { deployerOf } from '../deployer.ts'

/** Filling this machine's disk would hurt more than it shows: a file system of 64 KiB inside the build refuses in the same words. */
const FULL = 'FROM node:24-slim\nRUN --mount=type=tmpfs,target=/small,size=65536 head -c 1000000 /dev/zero > /small/file\n'

it('a disk that is full is called so, with what frees it, and nothing is left behind', async (context) => {
  const engine = await connectEngine({ host: undefined }, process.env)
  const deployer = await deployerOf(engine, `acme/full${process.pid}`, 18090, { Dockerfile: FULL })
  context.after(async () => {
    await deployer.close()
    await engine.close()
  })
  await assert.rejects(deployer.deploy(1), { name: 'UserError', message: /disk is full/, cure: /mayfly sweep/ })
  assert.deepEqual(await observe(engine, { environment: deployer.target(1).id }), { containers: [], networks: [], volumes: [] })
})
