import assert from 'node:assert/strict'
import test from 'node:test'
import { type CoverageMeasured, type Gate, type Measurement, type TestsMeasured, UserError } from '@mayfly/core'
import fc from 'fast-check'
import { parseGates } from './gate-settings.ts'
import { evaluateGates } from './gates.ts'

const FIELD = 'the input gates'

const tests: TestsMeasured = {
  total: 7,
  passed: 7,
  failed: 0,
  skipped: 0,
  flaky: 0,
  milliseconds: 1,
  commands: [{ where: 'runner', exitCode: 0, milliseconds: 1, tail: '' }],
  reports: [],
  failures: [],
  added: [],
  removed: [],
  newlySkipped: [],
  fixed: [],
  flakyTests: [],
  slowest: [],
  outcomes: {},
}

function coverage(covered: number, total: number, more: Partial<CoverageMeasured> = {}): CoverageMeasured {
  const lines = { covered, total }
  return {
    sources: [],
    lines,
    branches: { covered: 0, total: 0 },
    files: [],
    patch: { lines, blind: [] },
    lost: [],
    unmapped: [],
    ...more,
  }
}

function measured(parts: Partial<Measurement>): Measurement {
  return {
    schema: 1,
    repository: 'acme/shop',
    revision: 'a'.repeat(40),
    environment: 'acme-shop-pr-1',
    url: '',
    run: { id: 1, attempt: 1, url: '' },
    at: '',
    base: { kind: 'none', why: 'It will exist after the next push to main.' },
    services: [],
    profiles: [],
    gates: [],
    degraded: [],
    links: { server: 'https://github.com' },
    ...parts,
  }
}

const blind = [{ path: 'a.go', why: '' }]
const route = { route: 'GET /', service: 'web', samples: 200, errors: 0, p50: 1, p95: 41.25, noise: 0 }
const slow = { ...route, route: 'GET /slow', p95: 301 }
const latency = { instrumented: false as const, services: [], routes: [route, slow] }
const service = { name: 'mail', artifact: '', digest: '', why: '', deaths: 0 }
const fell = (head: number): CoverageMeasured =>
  coverage(head, 1000, { base: { lines: { covered: 754, total: 1000 }, head: { covered: head, total: 1000 }, sources: [] } })

const findings: [line: string, parts: Partial<Measurement>, outcome: Gate['outcome'], message: string][] = [
  ['tests fail', { tests }, 'passed', 'None of 7 tests failed.'],
  ['tests fail', { tests: { ...tests, failed: 1 } }, 'failed', '1 of 7 tests failed; none may.'],
  ['tests warn', { tests: { ...tests, failed: 1 } }, 'warned', '1 of 7 tests failed; none may.'],
  ['tests off', { tests: { ...tests, failed: 1 } }, 'passed', 'Tests are not a gate here.'],
  ['tests fail', {}, 'unknown', 'No tests were run.'],
  [
    'tests fail',
    { tests: { ...tests, commands: [{ where: 'e2e', exitCode: 7, milliseconds: 1, tail: '' }] } },
    'failed',
    "The tests' command (e2e) ended with 7, though no report names a failed test.",
  ],
  [
    'tests fail',
    { tests: { ...tests, commands: [{ where: 'e2e', exitCode: null, timedOut: 600_000, milliseconds: 1, tail: '' }] } },
    'failed',
    "The tests' command (e2e) did not end within 10 min 0 s.",
  ],
  ['tests fail', { tests: { ...tests, total: 0 } }, 'passed', 'The tests ended well; no report names a single one.'],
  ['tests fail', { tests: { ...tests, total: 0, commands: [] } }, 'unknown', 'No test was read.'],
  [
    'patch-coverage >= 80% fail',
    { coverage: coverage(5, 7) },
    'failed',
    'Patch coverage is 71.4 % (5 of 7 lines); the bar is 80 %.',
  ],
  [
    'patch-coverage >= 80% fail',
    { coverage: coverage(4, 5) },
    'passed',
    'Patch coverage is 80.0 % (4 of 5 lines); the bar is 80 %.',
  ],
  ['patch-coverage>=80 % warn', { coverage: coverage(0, 1) }, 'warned', 'Patch coverage is 0 % (0 of 1 line); the bar is 80 %.'],
  [
    'patch-coverage >= 80% fail',
    { coverage: coverage(79_999, 100_000) },
    'failed',
    'Patch coverage is 79.9 % (79999 of 100000 lines); the bar is 80 %.',
  ],
  [
    'patch-coverage >= 100% fail',
    { coverage: coverage(99_999, 100_000) },
    'failed',
    'Patch coverage is 99.9 % (99999 of 100000 lines); the bar is 100 %.',
  ],
  ['patch-coverage >= 80% fail', { coverage: coverage(0, 0) }, 'passed', 'Patch coverage: nothing to cover.'],
  [
    'patch-coverage >= 80% fail',
    { coverage: coverage(0, 0, { patch: { lines: { covered: 0, total: 0 }, blind } }) },
    'unknown',
    'Patch coverage is not known. 1 changed file gave no coverage.',
  ],
  [
    'patch-coverage >= 80% fail',
    { coverage: coverage(0, 0, { patch: { lines: { covered: 1, total: 1 }, blind } }) },
    'passed',
    'Patch coverage is 100 % (1 of 1 line); the bar is 80 %. 1 changed file gave no coverage.',
  ],
  ['patch-coverage >= 80% fail', {}, 'unknown', 'Patch coverage is not known: nothing gave coverage.'],
  [
    'project-coverage >= 70.5% warn',
    { coverage: coverage(1, 2) },
    'warned',
    'Project coverage is 50.0 % (1 of 2 lines); the bar is 70.5 %.',
  ],
  ['project-coverage >= 70% fail', { coverage: coverage(0, 0) }, 'passed', 'Project coverage: nothing to cover.'],
  [
    'coverage-drop <= 1% warn',
    { coverage: fell(741) },
    'warned',
    'Coverage fell by 1.3 points, from 75.4 % to 74.1 %; it may fall by 1.',
  ],
  [
    'coverage-drop <= 1.3% warn',
    { coverage: fell(741) },
    'passed',
    'Coverage went from 75.4 % to 74.1 %; it may fall by 1.3 points.',
  ],
  [
    'coverage-drop <= 0% fail',
    { coverage: fell(800) },
    'passed',
    'Coverage went from 75.4 % to 80.0 %; it may fall by 0 points.',
  ],
  [
    'coverage-drop <= 1% fail',
    { coverage: coverage(1, 2) },
    'unknown',
    'Whether coverage fell is not known: there is nothing to compare with. It will exist after the next push to main.',
  ],
  ['p95 <= 300ms warn', { latency }, 'warned', 'The p95 of GET /slow is 301 ms (200 samples); the bar is 300 ms.'],
  [
    'p95 <= 10ms warn',
    { latency },
    'warned',
    'The p95 of GET /slow is 301 ms (200 samples); the bar is 10 ms. 2 of 2 routes are over it.',
  ],
  ['p95 <= 0.301s fail', { latency }, 'passed', 'The p95 of GET /slow is 301 ms (200 samples); the bar is 301 ms.'],
  ['p95 GET / <= 41ms fail', { latency }, 'failed', 'The p95 of GET / is 41.25 ms (200 samples); the bar is 41 ms.'],
  ['p95 GET /none <= 41ms fail', { latency }, 'unknown', 'GET /none was not timed.'],
  ['p95 <= 41ms fail', {}, 'unknown', 'No route was timed.'],
  [
    'silent-services fail',
    { services: [{ ...service, coverage: 'silent' }] },
    'failed',
    'No coverage came from mail; all that should give some must.',
  ],
  [
    'silent-services fail',
    { services: [{ ...service, coverage: 'measured' }] },
    'passed',
    'Every service that should gave coverage.',
  ],
  [
    'silent-services fail',
    { services: [{ ...service, coverage: 'not asked' }] },
    'unknown',
    'No service was asked for coverage.',
  ],
  ['new-flaky warn', { tests }, 'passed', 'No test became flaky.'],
  [
    'new-flaky warn',
    {
      tests: {
        ...tests,
        flakyTests: [
          { id: 'a', retries: 1 },
          { id: 'b', retries: 1 },
        ],
      },
    },
    'warned',
    'a and 1 more passed only when tried again, and did not do so on the base; none may.',
  ],
  [
    'new-flaky warn',
    { tests: { ...tests, flakyTests: [{ id: 'a', retries: 1, base: { outcome: 'passed', failed: 0, flaky: 2, runs: 9 } }] } },
    'passed',
    'No test became flaky.',
  ],
]
for (const [line, parts, outcome, message] of findings) {
  test(`${line} is ${outcome}: ${message}`, () => {
    const gates = evaluateGates(measured(parts), parseGates(`\n${line}`, FIELD))
    assert.deepEqual(gates.at(-1), { name: gates.at(-1)?.name, outcome, message, where: `${FIELD}, line 2` })
  })
}

test('where nothing is given, tests may not fail', () => {
  for (const text of ['', '\n  \n', '# patch-coverage >= 80% fail']) {
    assert.deepEqual(evaluateGates(measured({ tests: { ...tests, failed: 2 } }), parseGates(text, FIELD)), [
      {
        name: 'tests',
        outcome: 'failed',
        message: '2 of 7 tests failed; none may.',
        where: `${FIELD}, with the line tests warn`,
      },
    ])
  }
})

test('gates stand in the order of their lines, and one that is off says nothing', () => {
  const settings = parseGates('coverage-drop <= 1% warn\r\n\r\n  p95 GET   /a <= 1s off\np95 <= 1s warn\ntests   warn\n', FIELD)
  assert.deepEqual(
    evaluateGates(measured({}), settings).map(({ name, where }) => [name, where]),
    [
      ['coverage drop', 'the input gates, line 1'],
      ['p95', 'the input gates, line 4'],
      ['tests', 'the input gates, line 5'],
    ],
  )
  assert.deepEqual(settings[1], { kind: 'p95', route: 'GET /a', most: 1000, level: 'off', where: 'the input gates, line 3' })
})

const mistakes: [text: string, message: string, cure: string][] = [
  ['tests', 'Line 1 of the input gates, "tests", is no gate.', 'Write it as tests fail; the last word is fail, warn or off.'],
  [
    '\npatch-coverage > 80% fail',
    'Line 2 of the input gates, "patch-coverage > 80% fail", is no gate.',
    'Write it as patch-coverage >= 80% fail; the last word is fail, warn or off.',
  ],
  [
    'patch-coverage >= 80 fail',
    'Line 1 of the input gates, "patch-coverage >= 80 fail", is no gate.',
    'Write it as patch-coverage >= 80% fail; the last word is fail, warn or off.',
  ],
  [
    'patch-coverage >= 101% fail',
    'Line 1 of the input gates asks for 101 %, which nothing can reach.',
    'Write a bar from 0 to 100.',
  ],
  ['tests fail\ntests warn', 'Lines 1 and 2 of the input gates both speak of tests.', 'Remove one of them.'],
  [
    'p95 GET / <= 1s fail\np95 GET  / <= 2s fail',
    'Lines 1 and 2 of the input gates both speak of p95 GET /.',
    'Remove one of them.',
  ],
  [
    'constructor fail',
    'Line 1 of the input gates, "constructor fail", is no gate.',
    'Begin it with one of tests, new-flaky, silent-services, patch-coverage, project-coverage, coverage-drop, p95, and end it with fail, warn or off.',
  ],
]
for (const [text, message, cure] of mistakes) {
  test(`gates ${JSON.stringify(text)} are refused: ${message}`, () => {
    assert.throws(() => parseGates(text, FIELD), { name: 'UserError', message, cure })
  })
}

test('whatever is written as gates, it is read or refused as a mistake', () => {
  const word = fc.constantFrom(
    'tests',
    'p95',
    'patch-coverage',
    '>=',
    '<=',
    '80%',
    '1e9ms',
    '-1%',
    '\n',
    'fail',
    'off',
    '__proto__',
    ' ',
  )
  const text = fc.array(fc.oneof(word, fc.string({ maxLength: 5 })), { maxLength: 12 }).map((words) => words.join(' '))
  fc.assert(
    fc.property(text, (gates) => {
      try {
        for (const { level, where } of parseGates(gates, FIELD))
          assert.ok(['off', 'warn', 'fail'].includes(level) && where !== '')
      } catch (error) {
        if (!(error instanceof UserError)) throw error
      }
    }),
  )
})

test('what a gate says never contradicts what it decides', () => {
  fc.assert(
    fc.property(fc.nat(3000), fc.nat(3000), fc.nat(1000), (a, b, tenth) => {
      const [covered, total, bar] = [Math.min(a, b), Math.max(a, b, 1), tenth / 10]
      const [, gate] = evaluateGates(
        measured({ coverage: coverage(covered, total) }),
        parseGates(`tests off\npatch-coverage >= ${bar}% fail`, FIELD),
      )
      const shown = Number(/is ([\d.]+) %/.exec(gate?.message ?? '')?.[1])
      assert.equal(gate?.outcome === 'passed', covered * 1000 >= tenth * total)
      // A tenth is said of what is less, so that it is not nothing.
      if (gate?.outcome === 'failed' && shown > 0.1) assert.ok(shown < bar, gate.message)
    }),
  )
})
