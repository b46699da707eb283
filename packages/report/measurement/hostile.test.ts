import assert from 'node:assert/strict'
import test from 'node:test'
import type { Frame, Measurement, Result } from '@mayfly/core'
import fc from 'fast-check'
import { ready } from '../fixtures/measurement-texts.ts'
import { hugeMeasurement, measurements } from '../fixtures/measurements.ts'
import { readCells, readFences, withoutCode } from '../fixtures/read-markdown.ts'
import { results } from '../fixtures/results.ts'
import { renderCheck } from './check.ts'
import { renderMeasurementComment } from './comment.ts'
import { renderMeasurementSummary } from './summary.ts'

/** The tags and the comments that are ours. */
const OURS = /^<!-- mayfly:[a-z0-9-]* -->$|^<!-- mayfly-run \{[^<>]*\} -->$|<\/?(details|summary|sub)>|<br>/gm

/** Everything that must hold of Markdown that hostile text stands in. */
function assertSafe(markdown: string): void {
  const { fences, outside } = readFences(markdown)
  assert.ok(fences.every((fence) => fence.closed))
  const text = withoutCode(outside)
  assert.doesNotMatch(text, /@\w|#\d/)
  // A `>` that begins a line is a quotation of ours.
  assert.doesNotMatch(text.replace(OURS, ''), /<|(?<!^)>/m)
  for (const [, target = ''] of text.matchAll(/(?<!\\)\]\(([^)]*)\)/g)) assert.match(target, /^https?:\/\/[\w.:/~%#?=&+,-]+$/)
  for (const tag of ['details', 'summary', 'sub']) {
    assert.equal(text.split(`<${tag}>`).length, text.split(`</${tag}>`).length, tag)
  }
  assertTables(outside)
}

/** Every row has as many cells as its table's head. */
function assertTables(outside: string): void {
  let columns = 0
  for (const line of outside.split('\n')) {
    if (!line.startsWith('| ')) columns = 0
    else if (columns === 0) columns = readCells(line).length
    else assert.equal(readCells(line).length, columns, line)
  }
}

/** Texts that are longer than `longest` are only looked through for open fences: what reads Markdown here is slow. */
function assertAll(result: Result | undefined, measurement: Measurement, source: string, longest = Infinity): void {
  const comment = renderMeasurementComment(result, measurement)
  const summary = renderMeasurementSummary(measurement, { sources: () => source })
  const check = renderCheck(measurement)
  for (const text of [comment, summary, check.summary, check.text]) {
    if (text.length <= longest) assertSafe(text)
    else assert.ok(readFences(text).fences.every(({ closed }) => closed))
  }
  assert.ok(comment.length <= 60_000)
  assert.ok(check.summary.length <= 60_000 && check.text.length <= 60_000)
  assert.ok(Buffer.byteLength(summary) <= 900 * 1024)
  assert.ok(check.title.length <= 255 && check.title !== '')
  assert.ok(check.annotations.length <= 200)
  for (const { path, startLine, endLine, title, message } of check.annotations) {
    assert.doesNotMatch(path, /^\/|(^|\/)\.{0,2}(\/|$)/)
    assert.ok(1 <= startLine && startLine <= endLine)
    assert.ok(title !== '' && title.length <= 255)
    assert.ok(message.trim() !== '' && Buffer.byteLength(message) <= 64 * 1024)
  }
}

const pieces = [
  '`',
  '````',
  '~~~',
  '\\',
  '|',
  '\n',
  '\r\n',
  '\u2028',
  ' ',
  '@octocat',
  '#1',
  '<b>',
  '</details>',
  '<!--',
  '-->',
  '](x)',
  '..',
  '/',
  'x',
]
const hostile = fc.oneof(
  fc.array(fc.constantFrom(...pieces), { maxLength: 30 }).map((all) => all.join('')),
  fc.string({ unit: 'binary', maxLength: 100 }),
)
const url = fc.oneof(fc.webUrl(), hostile)
const few = <Item>(item: fc.Arbitrary<Item>): fc.Arbitrary<Item[]> => fc.array(item, { maxLength: 3 })
const maybe = <Item>(item: fc.Arbitrary<Item>): fc.Arbitrary<Item | undefined> => fc.option(item, { nil: undefined })
const ratio = fc.tuple(fc.nat(50), fc.nat(50)).map(([a, b]) => ({ covered: Math.min(a, b), total: Math.max(a, b) }))
const line = fc.integer({ min: 1, max: 40 })
const range = fc.tuple(line, fc.nat(3)).map(([first, more]): [number, number] => [first, first + more])
const milliseconds = fc.nat(100_000)
const history = fc.record({
  outcome: fc.constantFrom('passed', 'failed', 'skipped', 'flaky'),
  failed: fc.nat(9),
  flaky: fc.nat(9),
  runs: fc.nat(30),
})

const failed = fc.record(
  {
    id: hostile,
    file: hostile,
    line,
    milliseconds,
    message: hostile,
    details: hostile,
    base: history,
    logs: few(fc.record({ service: hostile, lines: hostile })),
    attachments: few(fc.record({ name: hostile, kind: fc.constantFrom('image', 'trace', 'video', 'other'), url })),
  },
  { requiredKeys: ['id', 'message', 'details', 'logs', 'attachments'] },
)
const testsMeasured = fc.record({
  total: fc.nat(9),
  passed: fc.nat(9),
  failed: fc.nat(9),
  skipped: fc.nat(9),
  flaky: fc.nat(9),
  milliseconds,
  commands: few(
    fc.record(
      { where: hostile, exitCode: fc.constantFrom(null, 0, 1), timedOut: milliseconds, milliseconds, tail: hostile },
      { requiredKeys: ['where', 'exitCode', 'milliseconds', 'tail'] },
    ),
  ),
  reports: few(fc.record({ path: hostile, format: hostile, tests: fc.nat(9) })),
  failures: few(failed),
  added: few(hostile),
  removed: few(hostile),
  newlySkipped: few(hostile),
  fixed: few(hostile),
  flakyTests: few(fc.record({ id: hostile, retries: fc.nat(3), base: history }, { requiredKeys: ['id', 'retries'] })),
  slowest: few(fc.record({ id: hostile, milliseconds })),
  outcomes: fc.constant({}),
})
const coverageMeasured = fc.record({
  sources: few(
    fc.record({
      name: hostile,
      kind: fc.constantFrom('service', 'tests', 'browser'),
      format: hostile,
      lines: ratio,
      patch: ratio,
      only: fc.nat(9),
    }),
  ),
  lines: ratio,
  branches: ratio,
  files: few(
    fc.record(
      {
        path: fc.oneof(hostile, fc.constantFrom('a/b.ts', '../x', '/etc/passwd', "it's (1)/ü.ts")),
        lines: ratio,
        runs: fc.array(fc.tuple(line, fc.nat(5), fc.nat(7)), { maxLength: 4 }).map((runs) => runs.flat()),
        patch: fc.record({ lines: ratio, missed: few(range) }),
      },
      { requiredKeys: ['path', 'lines', 'runs'] },
    ),
  ),
  patch: fc.record({ lines: ratio, blind: few(fc.record({ path: hostile, why: hostile })) }),
  lost: few(fc.record({ path: hostile, lines: few(range) })),
  unmapped: few(fc.record({ source: hostile, path: hostile, why: hostile })),
})
const latencyMeasured = fc.record({
  instrumented: fc.constant(false as const),
  services: few(fc.record({ service: hostile, healthy: milliseconds, first: milliseconds })),
  routes: few(
    fc.record(
      {
        route: hostile,
        service: hostile,
        samples: fc.nat(300),
        errors: fc.nat(2),
        p50: milliseconds,
        p95: milliseconds,
        noise: fc.nat(9),
        verdict: fc.constantFrom('faster', 'slower', 'same'),
      },
      { requiredKeys: ['route', 'service', 'samples', 'errors', 'p50', 'p95', 'noise'] },
    ),
  ),
})
const frame: fc.Arbitrary<Frame> = fc
  .tuple(hostile, hostile)
  .map(([name, file]) => ({ name, file, line: 1, self: 3, total: 9, children: [] }))

const measurement: fc.Arbitrary<Measurement> = fc
  .record({
    url,
    repository: fc.oneof(fc.constant('acme/shop'), hostile),
    revision: fc.oneof(fc.constant(measurements.red.revision), hostile),
    environment: hostile,
    run: fc.record({ id: fc.nat(), attempt: fc.nat(9), url }),
    at: hostile,
    base: fc.oneof(
      fc.record({ kind: fc.constant('none' as const), why: hostile }),
      fc.record({
        kind: fc.constant('found' as const),
        commit: hostile,
        mergeBase: hostile,
        distance: fc.nat(9),
        from: fc.constant('cache' as const),
      }),
    ),
    services: few(
      fc.record({
        name: hostile,
        artifact: hostile,
        digest: hostile,
        coverage: fc.constantFrom('measured', 'silent', 'not asked'),
        why: hostile,
        deaths: fc.nat(2),
      }),
    ),
    tests: maybe(testsMeasured),
    coverage: maybe(coverageMeasured),
    latency: maybe(latencyMeasured),
    profiles: few(
      fc.record({ service: hostile, kind: fc.constantFrom('cpu', 'heap'), milliseconds, total: fc.nat(9), root: frame }),
    ),
    gates: few(
      fc.record({
        name: fc.oneof(fc.constantFrom('tests', 'patch coverage'), hostile),
        outcome: fc.constantFrom('passed', 'warned', 'failed', 'unknown'),
        message: hostile,
        where: hostile,
      }),
    ),
    degraded: few(fc.record({ what: hostile, why: hostile, cure: hostile })),
    links: fc.record({ page: url, server: fc.oneof(fc.constant('https://github.com'), hostile) }),
  })
  .map(({ tests, coverage, latency, ...rest }) => ({
    schema: 1,
    pullRequest: 12,
    ...rest,
    ...(tests === undefined ? {} : { tests }),
    ...(coverage === undefined ? {} : { coverage }),
    ...(latency === undefined ? {} : { latency }),
  }))

test('whatever a measurement holds: sizes are kept, fences and tags are closed, rows are whole, nobody is mentioned, no HTML of others', () => {
  fc.assert(
    fc.property(
      fc.constantFrom<(Result | undefined)[]>(undefined, ready, results.failed),
      measurement,
      hostile,
      (result, hostileMeasurement, source) => assertAll(result, hostileMeasurement, source),
    ),
    { numRuns: 400 },
  )
})

for (const [what, text] of [
  ['letters', 'x'.repeat(500)],
  ['backticks', '`'.repeat(500)],
  ['ampersands', '&'.repeat(500)],
  ['butterflies', '🦋'.repeat(250)],
  ['lines', 'x\n'.repeat(250)],
  ['tags', '</details>'.repeat(50)],
] as const) {
  test(`ten thousand failures and files full of ${what} fit into a comment, a summary and a check`, () => {
    const huge = hugeMeasurement(text)
    const failed = { ...results.failed, notices: [text, text], reason: text, cure: text }
    assertAll(failed, huge, text.repeat(20), 60_000)
    assert.match(renderMeasurementComment(undefined, huge), /10000 of 10000 tests failed/)
  })
}

test('what gets too long loses logs before it loses failures, and never the numbers', () => {
  const lines = Array.from({ length: 40 }, (_, at) => `${at} ${'x'.repeat(300)}`).join('\n')
  const base = measurements.red.tests ?? assert.fail()
  const [failure] = base.failures
  assert.ok(failure !== undefined)
  const failures = Array.from({ length: 18 }, (_, at) => ({
    ...failure,
    id: `test ${at}`,
    logs: ['api', 'web', 'db'].map((service) => ({ service, lines })),
  }))
  const comment = renderMeasurementComment(undefined, {
    ...measurements.red,
    tests: { ...base, failed: 18, total: 18, failures },
  })
  assert.match(comment, /18 of 18 tests failed/)
  assert.match(comment, /#### ❌ test 9\n/)
  assert.match(comment, /and 8 more failed/)
  assert.doesNotMatch(comment, /11 x{300}\n12 x/)
})
