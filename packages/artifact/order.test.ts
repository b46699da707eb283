import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { limiter, UserError } from '@mayfly/core'
import type { BuildSource, Service } from '@mayfly/project'
import { inBuildOrder } from './order.ts'
import { allOrEveryError } from './settle.ts'

function service(name: string, ...needs: string[]): Service {
  const source: BuildSource = {
    kind: 'build',
    context: '/x',
    dockerfile: '/x/Dockerfile',
    dockerfileInline: undefined,
    args: {},
    target: undefined,
    platform: undefined,
    labels: {},
    secrets: [],
    additionalContexts: Object.fromEntries(needs.map((need, index) => [`c${index}`, `service:${need}`])),
    shmSize: undefined,
    network: undefined,
    noCache: false,
    pull: false,
  }
  return {
    name,
    source,
    port: undefined,
    route: undefined,
    version: undefined,
    public: true,
    coverage: { kind: 'none', file: '', dump: [], command: [], environment: {}, paths: {} },
    test: undefined,
  }
}

test('a build comes after those whose images it starts from', () => {
  const order = inBuildOrder([service('a', 'c', 'b'), service('b'), service('c', 'b'), service('d')])
  assert.deepEqual(
    order.map(({ name }) => name),
    ['b', 'c', 'a', 'd'],
  )
})

test('builds that start from each other, or from nothing, are refused by name', () => {
  assert.throws(() => inBuildOrder([service('a', 'b'), service('b', 'a')]), /start from each other: a → b → a/)
  assert.throws(() => inBuildOrder([service('a', 'x')]), /names service:x, which is not there/)
})

test('of several failures every one is named; a fault of ours is not hidden among them', async () => {
  const wrong = Promise.reject(new UserError('a is wrong', { cure: 'right it' }))
  const alsoWrong = Promise.reject(new UserError('b is wrong'))
  await assert.rejects(allOrEveryError([Promise.resolve(1), wrong, alsoWrong]), { message: 'a is wrong\nright it\n\nb is wrong' })
  await assert.rejects(allOrEveryError([wrong, Promise.reject(new TypeError('ours'))]), TypeError)
  assert.deepEqual(await allOrEveryError([Promise.resolve(1), Promise.resolve(2)]), [1, 2])
})

test('never more than the limit runs at once, and a failure gives its place back', async () => {
  const slot = limiter(2)
  let running = 0
  let most = 0
  const work = Array.from({ length: 8 }, (_, index) =>
    slot(async () => {
      most = Math.max(most, ++running)
      await setImmediate()
      running--
      if (index % 3 === 0) throw new Error('x')
    }),
  )
  assert.equal((await Promise.allSettled(work)).filter(({ status }) => status === 'rejected').length, 3)
  assert.equal(most, 2)
})
