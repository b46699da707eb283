import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { measureTests, type TestCase } from './index.ts'

function test(id: string, status: TestCase['status'], more: Partial<TestCase> = {}): TestCase {
  return { id, suite: [], name: id, status, retries: 0, flaky: false, message: '', details: '', attachments: [], ...more }
}

const NOTHING = { reports: [], commands: [] }

describe('what is told of tests', () => {
  const tests = [
    test('new', 'passed', { milliseconds: 5 }),
    test('steady', 'passed', { milliseconds: 50 }),
    test('fixed', 'passed'),
    test('broken', 'failed', { file: 'a/b.ts', line: 3, message: 'no' }),
    test('off', 'skipped'),
    test('wobbly', 'passed', { flaky: true, retries: 2 }),
  ]
  const base = {
    total: 6,
    passed: 5,
    failed: 1,
    skipped: 0,
    outcomes: { steady: 'passed', fixed: 'failed', broken: 'passed', off: 'passed', wobbly: 'flaky', gone: 'passed' },
  } as const

  it('counts: a flaky test is among the passed ones', () => {
    const { total, passed, failed, skipped, flaky, milliseconds } = measureTests({ tests, ...NOTHING })
    assert.deepEqual([total, passed, failed, skipped, flaky, milliseconds], [6, 4, 1, 1, 1, 55])
  })

  it('compared with the base: added, removed, newly skipped, fixed; nothing without a base', () => {
    const compared = measureTests({ tests, ...NOTHING, base })
    assert.deepEqual(
      [compared.added, compared.removed, compared.newlySkipped, compared.fixed],
      [['new'], ['gone'], ['off'], ['fixed']],
    )
    const alone = measureTests({ tests, ...NOTHING })
    assert.deepEqual([alone.added, alone.removed, alone.newlySkipped, alone.fixed], [[], [], [], []])
    assert.equal(alone.failures[0]?.base, undefined)
    assert.deepEqual([compared.base, alone.base], [{ total: 6, passed: 5, failed: 1, skipped: 0 }, undefined])
  })

  it('a failed test says how it ended on the base, and in how many of its runs', () => {
    const history = [{ broken: 'failed' }, { broken: 'passed' }, { broken: 'flaky' }, {}] as const
    assert.deepEqual(measureTests({ tests, ...NOTHING, base, history }).failures[0]?.base, {
      outcome: 'passed',
      failed: 1,
      flaky: 1,
      runs: 3,
    })
    assert.deepEqual(measureTests({ tests, ...NOTHING, base }).flakyTests, [
      { id: 'wobbly', retries: 2, base: { outcome: 'flaky', failed: 0, flaky: 1, runs: 1 } },
    ])
  })

  it('a file is told only where it is one of the repository', () => {
    const file = (path: string) => measureTests({ tests: [test('a', 'failed', { file: path, line: 2 })], ...NOTHING }).failures[0]
    assert.deepEqual([file('src/a.ts')?.file, file('src/a.ts')?.line], ['src/a.ts', 2])
    for (const path of ['/etc/passwd', '../a', 'a/../../b', 'C:\\a', 'http://x/y', '\\\\host\\a', '']) {
      assert.deepEqual([file(path)?.file, file(path)?.line], [undefined, undefined], path)
    }
    const fileOf = () => 'packages/x/src/a.ts'
    const failure = measureTests({ tests: [test('a', 'failed', { file: '/app/src/a.ts', line: 2 })], ...NOTHING, fileOf })
      .failures[0]
    assert.deepEqual([failure?.file, failure?.line], ['packages/x/src/a.ts', 2])
  })

  it('attachments have their kind and open where they were put', () => {
    const attachments = ['s.png', 'trace.zip', 'v.webm', 'page.svg', 'a.zip'].map((path) => ({ name: path, path }))
    const [failure] = measureTests({
      tests: [test('a', 'failed', { attachments })],
      ...NOTHING,
      urlOf: ({ path }) => (path === 's.png' ? 'https://x/s' : undefined),
    }).failures
    assert.deepEqual(
      failure?.attachments.map(({ kind, url }) => [kind, url]),
      [
        ['image', 'https://x/s'],
        ['trace', undefined],
        ['video', undefined],
        ['other', undefined],
        ['other', undefined],
      ],
    )
  })

  it('200 failures have their details, the others are counted; the slowest ten are the slowest', () => {
    const many = Array.from({ length: 500 }, (_, index) => test(`t${index}`, 'failed', { milliseconds: (index * 7919) % 500 }))
    let asked = 0
    const measured = measureTests({ tests: many, ...NOTHING, logsOf: () => [{ service: 's', lines: String(asked++) }] })
    assert.deepEqual(
      [measured.failures.length, measured.failed, asked, Object.keys(measured.outcomes).length],
      [200, 500, 200, 500],
    )
    assert.deepEqual(
      measured.slowest.map(({ milliseconds }) => milliseconds),
      [499, 498, 497, 496, 495, 494, 493, 492, 491, 490],
    )
  })

  it('ids that mean something to JavaScript are ids, and survive being JSON', () => {
    const hostile = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
    const measured = measureTests({ tests: hostile.map((id) => test(id, 'failed')), ...NOTHING })
    const again: typeof measured = JSON.parse(JSON.stringify(measured))
    assert.deepEqual(Object.keys(again.outcomes).sort(), [...hostile].sort())
    assert.deepEqual(measureTests({ tests: hostile.map((id) => test(id, 'passed')), ...NOTHING, base: again }).fixed, hostile)
    assert.deepEqual(
      measureTests({
        tests: hostile.map((id) => test(id, 'failed')),
        ...NOTHING,
        base: { total: 0, passed: 0, failed: 0, skipped: 0, outcomes: {} },
      }).added,
      hostile,
    )
  })

  it('whatever the tests: the parts add up, and against itself nothing is new', () => {
    const one = fc.record({ id: fc.string(), status: fc.constantFrom('passed', 'failed', 'skipped'), flaky: fc.boolean() })
    fc.assert(
      fc.property(fc.uniqueArray(one, { selector: ({ id }) => id }), (list) => {
        const all = list.map(({ id, status, flaky }) => test(id, status, { flaky: flaky && status === 'passed' }))
        const measured = measureTests({ tests: all, ...NOTHING })
        assert.equal(measured.passed + measured.failed + measured.skipped, measured.total)
        const same = measureTests({ tests: all, ...NOTHING, base: measured })
        assert.deepEqual([same.added, same.removed, same.newlySkipped, same.fixed], [[], [], [], []])
      }),
    )
  })
})
