import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { answersTo } from './events.ts'
import { readHookFiles } from './read.ts'

const HASH = 'a'.repeat(32)
const URL = 'file:///app/a.js'

function dump(scripts: unknown): string {
  return JSON.stringify({ v: 1, event: 'coverage', host: 'h', pid: 1, thread: 0, born: 1, at: 1, scripts })
}

describe('readHookFiles', () => {
  it('reads what the hook writes', () => {
    const read = readHookFiles([
      { name: '1-0-5.json', text: dump([{ url: URL, hash: HASH, functions: [['f', 1, [0, 9, 2, 3, 5, 0]]] }]) },
      { name: `${HASH}.script.json`, text: JSON.stringify({ v: 1, url: URL, hash: HASH, source: 'f()', sourceMap: '{}' }) },
      { name: '1-0-6.cpuprofile', text: '{}' },
      { name: 'notices.json', text: JSON.stringify({ v: 1, notices: ['Something is missing.'] }) },
    ])
    const ranges = [
      { startOffset: 0, endOffset: 9, count: 2 },
      { startOffset: 3, endOffset: 5, count: 0 },
    ]
    assert.deepEqual(read, {
      dumps: [[{ url: URL, hash: HASH, functions: [{ functionName: 'f', isBlockCoverage: true, ranges }] }]],
      scripts: [{ url: URL, hash: HASH, source: 'f()', sourceMap: '{}' }],
      profiles: [{ name: '1-0-6.cpuprofile', kind: 'cpu', text: '{}' }],
      notices: ['Something is missing.'],
    })
  })

  for (const [what, text] of [
    ['half a file', dump([]).slice(0, 20)],
    ['scripts that are none', dump({})],
    ['a script that is none', dump([null])],
    ['functions that are none', dump([{ url: URL, hash: HASH, functions: {} }])],
    ['a range without a count', dump([{ url: URL, hash: HASH, functions: [['f', 1, [0, 9]]] }])],
    ['a range of words', dump([{ url: URL, hash: HASH, functions: [['f', 1, [0, 9, 'x']]] }])],
  ] as const) {
    it(`says that a dump is left out that is ${what}, and reads the others`, () => {
      const good = dump([{ url: URL, hash: HASH, functions: [] }])
      const { dumps, notices } = readHookFiles([
        { name: '1-0-5.json', text },
        { name: '1-0-6.json', text: good },
      ])
      assert.deepEqual([dumps.length, notices], [1, ['1-0-5.json is broken; it is left out.']])
    })
  }

  it('passes over names that the hook never writes', () => {
    const text = dump([{ url: URL, hash: HASH, functions: [] }])
    const names = ['../1-0-5.json', '.1-0-5.part', '1-0-5.json.bak', 'x.script.json', 'request.json', '__proto__']
    const read = readHookFiles(names.map((name) => ({ name, text })))
    assert.deepEqual(read, { dumps: [], scripts: [], profiles: [], notices: [] })
  })

  it('throws at nothing', () => {
    const name = fc.constantFrom('1-0-5.json', `${HASH}.script.json`, 'notices.json', '1-0-5.heapprofile')
    fc.assert(
      fc.property(fc.array(fc.record({ name, text: fc.oneof(fc.json(), fc.string()) })), (files) => void readHookFiles(files)),
    )
  })
})

describe('answersTo', () => {
  let serial = 0
  const file = (event: string, pid: number, born: number, more: Record<string, unknown> = {}, host = 'h') => ({
    name: `${pid}-0-${++serial}.json`,
    text: JSON.stringify({ v: 1, event, host, pid, thread: 0, born, at: 1, ...more }),
  })
  const pids = (threads: readonly { pid: number }[]) => threads.map(({ pid }) => pid)

  it('waits for who said hello and neither answered nor left', () => {
    const files = [
      file('hello', 1, 1),
      file('hello', 2, 2),
      file('hello', 3, 3),
      file('bye', 2, 2),
      file('answer', 3, 3, { id: 'r1' }),
    ]
    const { answered, waiting } = answersTo(files, 'r1')
    assert.deepEqual([pids(answered), pids(waiting)], [[3], [1]])
  })

  it('does not take an answer to something else, and tells why one failed', () => {
    const files = [file('hello', 1, 1), file('answer', 1, 1, { id: 'r1', error: 'no' })]
    assert.deepEqual(pids(answersTo(files, 'r2').waiting), [1])
    assert.equal(answersTo(files, 'r1').answered[0]?.error, 'no')
  })

  it('does not wait for who was there before the container started again', () => {
    const files = [file('hello', 1, 1), file('hello', 1, 7), file('answer', 1, 7, { id: 'r1' })]
    assert.deepEqual(answersTo(files, 'r1').waiting, [])
  })

  it('does not wait for who another of the same container found dead', () => {
    const files = [
      file('hello', 1, 1),
      file('hello', 2, 2),
      file('hello', 2, 3, {}, 'other'),
      file('answer', 1, 1, { id: 'r1', dead: [2] }),
    ]
    assert.deepEqual(
      answersTo(files, 'r1').waiting.map(({ host }) => host),
      ['other'],
    )
  })

  it('throws at nothing', () => {
    const text = fc.oneof(fc.json(), fc.string(), fc.constant('{"v":1,"event":"hello"'))
    fc.assert(
      fc.property(
        fc.array(text),
        (texts) =>
          void answersTo(
            texts.map((text) => ({ name: '1-0-1.json', text })),
            'r1',
          ),
      ),
    )
  })
})
