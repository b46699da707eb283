import assert from 'node:assert/strict'
import test from 'node:test'
import { silent } from '@mayfly/core'
import { type RetentionPolicy, retire } from '@mayfly/retention'
import fc from 'fast-check'
import { attach, brokenFallbacks, DAY, deploy, missing, newWorld, push, rootsOf, storesOf, type World } from './world.ts'

const policy: RetentionPolicy = { grace: 7 * DAY, keepLast: 0, protect: [], most: 10 }

/** What can happen to a repository's artifacts; `choice` picks which of those that there are. */
const EVENTS = {
  build: (world, choice) => {
    const base = choice % 4 === 0 ? pick(world, choice)?.digest : undefined
    push(world, { base }).tags.add(`v${world.made}`)
  },
  'push without a tag': (world) => void push(world),
  index: (world, choice) => {
    const children = [push(world).digest, push(world).digest]
    const old = pick(world, choice)
    push(world, { children: old === undefined ? children : [...children, old.digest] }).tags.add(`v${world.made}`)
  },
  'move a tag': (world, choice) => {
    const from = pick(world, choice)
    const to = pick(world, choice + 1)
    for (const tag of [...(from?.tags ?? [])]) {
      from?.tags.delete(tag)
      to?.tags.add(tag)
    }
  },
  attach: (world, choice) => {
    const subject = pick(world, choice)
    if (subject !== undefined) attach(world, subject)
  },
  deploy: (world, choice) => {
    const manifest = pick(world, choice)
    if (manifest !== undefined) deploy(world, `pr-${choice % 3}`, manifest)
  },
  promote: (world, choice) => {
    const digest = world.environments.get(`pr-${choice % 3}`)?.[0] ?? ''
    const manifest = world.registry.get(digest)
    if (manifest !== undefined) deploy(world, 'production', manifest)
  },
  'roll back': (world) => {
    const [now, before, ...rest] = world.environments.get('production') ?? []
    if (now !== undefined && before !== undefined) world.environments.set('production', [before, now, ...rest])
  },
  release: (world, choice) => {
    const manifest = pick(world, choice)
    if (manifest !== undefined) world.released.add(manifest.digest)
  },
  close: (world, choice) => void world.environments.delete(`pr-${choice % 3}`),
  wait: (world, choice) => {
    world.now += (choice % 9) * DAY
  },
} satisfies Record<string, (world: World, choice: number) => void>

/** Any image, as a person would name one: nobody deploys a signature, and only images have a time to live. */
function pick(world: World, choice: number) {
  const images = [...world.registry.values()].filter((one) => one.ttl !== undefined)
  return images[choice % Math.max(1, images.length)]
}

const happen = (world: World, [name, choice]: Step) => EVENTS[name](world, choice)
type Step = readonly [keyof typeof EVENTS, number]
const step = fc.tuple(fc.constantFrom(...(Object.keys(EVENTS) as (keyof typeof EVENTS)[])), fc.nat(1000))

/** A stretch of events, and how the retention run after it goes. */
const chapter = fc.record({
  events: fc.array(step, { maxLength: 12 }),
  /** What happens while the run reads for the first time: between its last look and a deletion nothing can be seen. */
  meanwhile: fc.array(step, { maxLength: 3 }),
  killedAfter: fc.option(fc.nat(6), { nil: undefined }),
  twice: fc.boolean(),
})

function runRetention(
  world: World,
  { meanwhile = [] as readonly Step[], killedAfter = Number.POSITIVE_INFINITY, twice = false },
) {
  const coming = [...meanwhile]
  let left = killedAfter
  const each = async (what: 'read' | 'remove') => {
    await Promise.resolve()
    const next = what === 'read' ? coming.shift() : undefined
    if (next !== undefined) happen(world, next)
    if (what === 'remove' && left-- <= 0) throw new Error('killed')
    if (what === 'remove') assert.deepEqual([missing(world), brokenFallbacks(world)], [[], []], 'between two deletions')
  }
  const one = () =>
    retire({
      stores: storesOf(world, each),
      roots: async () => rootsOf(world),
      policy,
      now: () => new Date(world.now),
      dryRun: false,
      log: silent,
    })
  return Promise.all(twice ? [one(), one()] : [one()])
}

/** Whether retention ever deletes anything in these histories: a property of nothing would hold. */
let deleted = 0

test('nothing that a live environment, a roll back or a release needs is ever deleted, however runs are killed or meet', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(chapter, { minLength: 1, maxLength: 6 }), async (chapters) => {
      const world = newWorld()
      for (const { events, meanwhile, killedAfter, twice } of chapters) {
        for (const event of events) happen(world, event)
        const results = await runRetention(world, { meanwhile, killedAfter: killedAfter ?? Number.POSITIVE_INFINITY, twice })
        deleted += results.flatMap(({ items }) => items).filter(({ outcome }) => outcome === 'deleted').length
        assert.deepEqual(missing(world), [])
        assert.deepEqual(brokenFallbacks(world), [])
      }
    }),
    { numRuns: 2500 },
  )
  assert.ok(deleted > 200, `only ${deleted} deletions in all`)
})

test('after enough time all goes that nothing needs, also what killed runs left', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(chapter, { minLength: 1, maxLength: 4 }), async (chapters) => {
      const world = newWorld()
      for (const { events, killedAfter } of chapters) {
        for (const event of events) happen(world, event)
        await runRetention(world, { killedAfter: killedAfter ?? Number.POSITIVE_INFINITY })
      }
      world.environments.clear()
      world.released.clear()
      world.now += 100 * DAY
      for (let before = -1; before !== world.registry.size + world.engine.size; ) {
        before = world.registry.size + world.engine.size
        await runRetention(world, {})
      }
      assert.deepEqual([[...world.registry.values()], [...world.engine.values()]], [[], []])
    }),
    { numRuns: 250 },
  )
})
