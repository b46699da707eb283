import assert from 'node:assert/strict'
import { it } from 'node:test'
import { silent } from '@mayfly/core'
import { connectEngine, observe } from '@mayfly/engine'
import { removeEnvironment } from '@mayfly/environment'
import { loadedRoutes } from '@mayfly/gateway'
import { deployerOf } from '../deployer.ts'
import { visit } from '../visit.ts'

const COUNT = 60

/** Docker's own address pools end after about 31 networks. */
it(`${COUNT} previews live on one engine at once, each answers under its own name, and all of them go`, async (context) => {
  const engine = await connectEngine({ host: undefined }, process.env)
  const deployer = await deployerOf(engine, `acme/sixty${process.pid}`, 18086, {
    'compose.yaml': JSON.stringify({
      services: {
        web: {
          image: 'node:24-slim',
          command: ['node', '-e', "require('http').createServer((q,r)=>r.end(process.env.MAYFLY_ENVIRONMENT)).listen(3000)"],
          expose: ['3000'],
        },
      },
    }),
  })
  const numbers = Array.from({ length: COUNT }, (_, index) => index + 1)
  context.after(async () => {
    await each(numbers, (number) => gone(number))
    await deployer.close()
    await engine.close()
  })
  const gone = (number: number) => removeEnvironment(engine, deployer.target(number).owner, deployer.target(number).id, silent)
  await each(numbers, (number) => deployer.deploy(number))
  const owner = deployer.target(1).owner
  const { containers, networks } = await observe(engine, { owner })
  assert.equal(containers.filter((container) => container.state === 'running').length, COUNT)
  assert.equal(new Set(networks.map((network) => network.subnet)).size, COUNT)
  for (const number of numbers) {
    const { id } = deployer.target(number)
    assert.equal((await visit(`http://${id}.localhost:18086/`)).body, id)
  }
  await each(numbers, (number) => gone(number))
  assert.deepEqual(await observe(engine, { owner }), { containers: [], networks: [], volumes: [] })
  for (const number of numbers) assert.deepEqual(await loadedRoutes(engine, deployer.target(number).id), [])
})

/** Four at a time, as four runs on one host would. */
async function each(items: readonly number[], work: (item: number) => Promise<unknown>): Promise<void> {
  const queue = [...items]
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: 4 }, worker))
}
