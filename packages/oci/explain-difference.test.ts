import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explainDifference, type ImageContent } from './explain-difference.ts'
import type { ListedEntry } from './list-tar.ts'
import type { RunConfig } from './types.ts'

const TIME = 1_700_000_000

function file(path: string, more: Partial<ListedEntry> = {}): ListedEntry {
  return { path, type: 'file', mode: 0o644, mtime: TIME, target: '', hash: 'a', ...more }
}

function image(layers: ListedEntry[][], run: RunConfig = {}, created = 'then'): ImageContent {
  const config = { architecture: 'amd64', os: 'linux', created, config: run, rootfs: { type: 'layers' as const, diff_ids: [] } }
  return { config, layers }
}

const TABLE: [string, ImageContent, ImageContent, string[]][] = [
  ['the same', image([[file('a')]]), image([[file('a')]]), []],
  ['other content', image([[file('a')]]), image([[file('a', { hash: 'b' })]]), ['file a differs in content']],
  [
    'another mode and time',
    image([[file('a')]]),
    image([[file('a', { mode: 0o755, mtime: TIME + 1 })]]),
    ['file a differs in mode, mtime (644 → 755, 2023-11-14T22:13:20Z → 2023-11-14T22:13:21Z)'],
  ],
  [
    'a file of one and one of the other',
    image([[file('a')]]),
    image([[file('b')]]),
    ['file a is only in the first', 'file b is only in the second'],
  ],
  ['the upper layer counts', image([[file('a', { hash: 'x' })], [file('./a')]]), image([[file('a')]]), []],
  [
    'labels and variables',
    image([], { Labels: { rev: '1', gone: 'x' }, Env: ['A=1=2', 'B'] }),
    image([], { Labels: { rev: '2' }, Env: ['A=1=3', 'B'] }),
    ['label gone: "x" → (none)', 'label rev: "1" → "2"', 'env A: "1=2" → "1=3"'],
  ],
  [
    'how it is run, and when it was made',
    image([], { Cmd: ['a'] }, 'then'),
    image([], { Cmd: ['b'] }, 'now'),
    ['Cmd: "["a"]" → "["b"]"', 'created: "then" → "now"'],
  ],
  [
    'what is said cannot make lines of its own, nor long ones',
    image([[file('a\n::error::x')]]),
    image([], { Labels: { long: 'y'.repeat(300) } }),
    [`label long: (none) → "${'y'.repeat(79)}…"`, 'file a?::error::x is only in the first'],
  ],
]

for (const [what, a, b, expected] of TABLE) {
  test(what, () => assert.deepEqual(explainDifference(a, b), expected))
}

test('of many differences twenty lines are shown, the last one saying how many there are besides', () => {
  const many = Array.from({ length: 50 }, (_, index) => file(`f${index}`))
  const lines = explainDifference(image([many]), image([]))
  assert.equal(lines.length, 20)
  assert.equal(lines.at(-1), 'and 31 more')
})
