import assert from 'node:assert/strict'
import test from 'node:test'
import type { FailedTest, FileMeasured, Measurement } from '@mayfly/core'
import { coverage, measurements } from '../fixtures/measurements.ts'
import { renderCheck } from './check.ts'

const { red, green, late } = measurements

const titles: [what: string, measurement: Measurement, title: string][] = [
  ['a failure', red, '1 failed · patch 93.3 % · p95 41 ms'],
  ['what went well', green, '83 passed · patch 100 % · p95 41 ms'],
  ['nothing to cover', measurements.docs, '83 passed · patch n/a · p95 41 ms'],
  ['tests that never ended', late, 'the tests did not end well'],
  [
    'a bar that is missed',
    { ...late, tests: red.tests ?? assert.fail(), gates: [{ name: 'p95', outcome: 'failed', message: '', where: '' }] },
    '1 failed · 1 bar missed',
  ],
]
for (const [what, measurement, title] of titles) {
  test(`a check of ${what} is titled ${title}`, () => assert.equal(renderCheck(measurement).title, title))
}

function file(path: string, missed: [number, number][]): FileMeasured {
  const runs = missed.flatMap(([first, last]) => [first, last - first + 1, 0])
  return { path, lines: { covered: 0, total: 9 }, runs, patch: { lines: { covered: 0, total: 9 }, missed } }
}

function withFiles(files: FileMeasured[], failures: Partial<FailedTest>[] = []): Measurement {
  const tests = red.tests ?? assert.fail()
  const [first] = tests.failures
  assert.ok(first !== undefined)
  return {
    ...red,
    tests: { ...tests, failures: failures.map((failure) => ({ ...first, ...failure })) },
    coverage: { ...coverage, files },
  }
}

test('remarks: failed tests first, then uncovered pieces, the largest first, those of no line of the repository left out', () => {
  const { file: _, ...nowhere } = { ...red.tests?.failures[0], id: 'nowhere' }
  const measurement = withFiles(
    [
      file('small.ts', [[1, 1]]),
      file('../outside.ts', [[1, 99]]),
      file('large.ts', [
        [1, 1],
        [10, 14],
      ]),
      file('joined.ts', [
        [3, 3],
        [6, 6],
      ]),
    ],
    [
      { file: 'a.spec.ts', line: 7 },
      { file: '/abs.spec.ts', line: 1 },
      { file: 'b.spec.ts', line: 0 },
    ],
  )
  measurement.tests?.failures.push({ ...assertFailure(), ...nowhere })
  assert.deepEqual(
    renderCheck(measurement).annotations.map(({ path, startLine, endLine, level }) => `${level} ${path} ${startLine}-${endLine}`),
    [
      'failure a.spec.ts 7-7',
      'failure e2e/pay.spec.ts 31-31',
      'warning large.ts 10-14',
      'warning joined.ts 3-6',
      'warning small.ts 1-1',
      'warning large.ts 1-1',
    ],
  )
})

function assertFailure(): FailedTest {
  return red.tests?.failures[0] ?? assert.fail()
}

test('of very many remarks two hundred are made and the rest is counted', () => {
  const pieces = Array.from({ length: 250 }, (_, at): [number, number] => [at * 10 + 1, at * 10 + 1])
  const check = renderCheck(withFiles([file('a.ts', pieces)], [{}, {}]))
  assert.equal(check.annotations.length, 200)
  assert.equal(check.annotations.filter(({ level }) => level === 'failure').length, 2)
  assert.match(check.summary, /52 more remarks on lines of this change/)
})

test('a failed test that says nothing still has a title and a message', () => {
  const [annotation] = renderCheck(withFiles([], [{ id: '\u202e', message: ' ', details: '' }])).annotations
  assert.deepEqual([annotation?.title, annotation?.message], ['A test failed', 'The test failed and said nothing.'])
})
