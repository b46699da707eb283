import assert from 'node:assert/strict'
import test from 'node:test'
import type { Frame, ProfileMeasured } from '@mayfly/core'
import { hottest } from './profiles.ts'

function frame(name: string, self: number, children: Frame[] = []): Frame {
  const total = children.reduce((sum, child) => sum + child.total, self)
  return { name, file: 'src/a.ts', line: 1, self, total, children }
}

function profile(root: Frame): ProfileMeasured {
  return { service: 'api', kind: 'cpu', milliseconds: 1, total: root.total, root }
}

test('the hottest function is the one with most of its own, from wherever it was called', () => {
  const root = frame('(root)', 0, [frame('(idle)', 90), frame('a', 5, [frame('parse', 4)]), frame('b', 6, [frame('parse', 4)])])
  const hot = hottest(profile(root))
  assert.deepEqual([hot?.frame.name, hot?.self], ['parse', 8])
})

test("the repository's own functions come before what Node and packages do, and those are taken where nothing else was seen", () => {
  const foreign = { ...frame('connect', 50), file: 'node:net' }
  const packaged = { ...frame('parse', 60), file: 'node_modules/x/index.js' }
  assert.equal(hottest(profile(frame('(root)', 0, [foreign, packaged, frame('own', 2)])))?.frame.name, 'own')
  assert.equal(hottest(profile(frame('(root)', 0, [foreign, packaged])))?.frame.name, 'parse')
})

test('where nothing was sampled, or only what is no function, nothing is hottest', () => {
  assert.equal(hottest(profile(frame('(root)', 0))), undefined)
  assert.equal(hottest(profile(frame('(root)', 0, [frame('(program)', 3), frame('(garbage collector)', 3)]))), undefined)
})

test('a call tree as deep as a hundred thousand calls is read', () => {
  let root = frame('leaf', 2)
  for (let depth = 0; depth < 100_000; depth++) root = { ...frame(`f${depth}`, 0), total: 2, children: [root] }
  assert.equal(hottest(profile(root))?.frame.name, 'leaf')
})
