import assert from 'node:assert/strict'
import test from 'node:test'
import { silent } from '@mayfly/core'
import { type Root, retire } from '@mayfly/retention'
import { DAY, newWorld, push, rootsOf, storesOf, type World } from './world.ts'

function worldOf(count: number): { world: World; digests: string[] } {
  const world = newWorld()
  const digests = Array.from({ length: count }, (_one, number) => {
    world.now += 1000
    const image = push(world)
    image.tags.add(`v${number}`)
    return image.digest
  })
  world.now += 100 * DAY
  return { world, digests }
}

function run(
  world: World,
  each: (what: 'read' | 'remove') => Promise<void>,
  roots: () => Root[] = () => rootsOf(world),
  dryRun = false,
) {
  return retire({
    stores: storesOf(world, each),
    roots: async () => roots(),
    policy: { grace: 7 * DAY, keepLast: 0, protect: [], most: 100 },
    now: () => new Date(world.now),
    dryRun,
    log: silent,
  })
}

const nothing = async () => {}

test('what is put to use while deletions are under way is seen after a handful of them', async () => {
  const { world, digests } = worldOf(30)
  const last = digests.at(-1) ?? ''
  let removed = 0
  const each = async (what: 'read' | 'remove') => {
    if (what === 'remove' && ++removed === 5) world.environments.set('production', [last])
  }
  const { items } = await run(world, each)
  assert.deepEqual([...world.registry.keys()], [last])
  assert.deepEqual(
    items.filter(({ outcome }) => outcome === 'kept').map(({ item, why }) => [item.digest, why]),
    [[last, 'it was put to use meanwhile']],
  )
})

test('only what was to go at both looks is deleted', async () => {
  const { world, digests } = worldOf(2)
  let asked = 0
  const roots = () => [{ digest: digests[asked++ % 2] ?? '', why: 'it runs' }]
  await run(world, nothing, roots)
  assert.equal(world.registry.size, 2)
})

test('a dry run asks for no deletion, and says what a real one would do', async () => {
  const { world } = worldOf(3)
  const asked: string[] = []
  const dry = await run(world, async (what) => void asked.push(what), undefined, true)
  assert.ok(!asked.includes('remove'))
  const real = await run(world, nothing)
  const say = ({ items }: typeof real) => items.map(({ item, action, why }) => [item.digest, action, why])
  assert.deepEqual(say(dry), say(real))
})

test('a deletion that fails ends the run, which tells what it had deleted', async () => {
  const { world } = worldOf(5)
  let removed = 0
  const { items, stopped } = await run(world, async (what) => {
    if (what === 'remove' && ++removed > 2) throw new Error('the connection broke')
  })
  assert.equal(stopped, 'the connection broke')
  assert.deepEqual(items.map(({ outcome }) => outcome).sort(), ['deleted', 'deleted', 'left', 'left', 'left'])
  assert.equal(world.registry.size, 3)
})
