import assert from 'node:assert/strict'
import test from 'node:test'
import { type Frame, type LineRange, type Measurement, type TestOutcome, UserError } from '@mayfly/core'
import fc from 'fast-check'
import { readMeasurement, writeMeasurement } from './read-measurement.ts'

const SHA = 'a'.repeat(40)
const RATIO = { covered: 1, total: 2 }
const HISTORY = { outcome: 'flaky', failed: 1, flaky: 2, runs: 30 } as const
const leaf: Frame = { name: 'priceOf', file: 'shop/price.ts', line: 4, self: 3, total: 3, children: [] }

/** Every field that there is, the optional ones too. */
const FULL: Measurement = {
  schema: 1,
  repository: 'acme/shop',
  pullRequest: 1,
  revision: SHA,
  environment: 'acme-shop-pr-1',
  url: 'http://shop.acme-shop-pr-1.localhost:8080/',
  run: { id: 7, attempt: 2, url: 'https://github.example.test/acme/shop/actions/runs/7' },
  at: '2026-01-02T03:04:05.678Z',
  base: { kind: 'found', commit: SHA, mergeBase: 'b'.repeat(40), distance: 3, from: 'artifact' },
  services: [
    { name: 'shop', artifact: 'shop@1.2.3', digest: `sha256:${'0'.repeat(64)}`, coverage: 'measured', why: '', deaths: 0 },
    { name: 'db', artifact: '', digest: '', coverage: 'not asked', why: 'It is none of ours.', deaths: 1 },
  ],
  tests: {
    total: 2,
    passed: 1,
    failed: 1,
    skipped: 0,
    flaky: 1,
    milliseconds: 12.5,
    base: { total: 1, passed: 1, failed: 0, skipped: 0 },
    commands: [{ where: 'runner', exitCode: null, timedOut: 60_000, milliseconds: 60_001, tail: 'hung\n' }],
    reports: [{ path: 'junit.xml', format: 'junit', tests: 2 }],
    failures: [
      {
        id: 'suite › pays',
        file: 'shop/pay.test.ts',
        line: 3,
        milliseconds: 4,
        message: '<b>expected</b>',
        details: 'at pay',
        base: HISTORY,
        logs: [{ service: 'shop', lines: 'GET /' }],
        attachments: [{ name: 'a.png', kind: 'image', url: 'https://github.example.test/a/1' }],
      },
    ],
    added: ['suite › pays'],
    removed: ['suite › paid'],
    newlySkipped: ['x'],
    fixed: ['y'],
    flakyTests: [{ id: 'z', retries: 1, base: HISTORY }],
    slowest: [{ id: 'z', milliseconds: 9 }],
    outcomes: Object.fromEntries<TestOutcome>([
      ['suite › pays', 'failed'],
      ['constructor', 'passed'],
      ['__proto__', 'flaky'],
    ]),
  },
  coverage: {
    sources: [{ name: 'shop', kind: 'service', format: 'v8', lines: RATIO, patch: RATIO, only: 1, base: RATIO }],
    lines: RATIO,
    branches: { covered: 0, total: 0 },
    files: [
      {
        path: 'shop/price.ts',
        lines: RATIO,
        branches: RATIO,
        runs: [1, 2, 1, 5, 1, 0],
        patch: { lines: RATIO, missed: [[5, 5]] },
        base: RATIO,
      },
    ],
    patch: { lines: RATIO, blind: [{ path: 'shop/new.ts', why: 'Nothing loaded it.' }] },
    lost: [{ path: 'shop/old.ts', lines: [[1, 3]] }],
    base: { lines: RATIO, head: RATIO, sources: ['shop'] },
    unmapped: [{ source: 'shop', path: '/app/x.js', why: 'No file ends so.' }],
  },
  latency: {
    instrumented: false,
    services: [{ service: 'shop', healthy: 100, first: 20.5, base: { healthy: 90, first: 19 } }],
    routes: [
      {
        route: 'GET /',
        service: 'shop',
        samples: 200,
        errors: 0,
        p50: 1.5,
        p95: 2.5,
        noise: 0.1,
        base: { samples: 200, p50: 1, p95: 2, noise: 0.1 },
        verdict: 'slower',
      },
    ],
    compared: 'same run',
  },
  profiles: [
    {
      service: 'shop',
      kind: 'cpu',
      milliseconds: 100,
      total: 5,
      root: { ...leaf, name: '(root)', self: 2, total: 5, children: [leaf] },
    },
  ],
  gates: [{ name: 'patch coverage', outcome: 'warned', message: '50 %, and 80 % are asked for.', where: 'the input gates' }],
  degraded: [{ what: 'check run', why: 'The token may not.', cure: 'checks: write' }],
  links: {
    page: 'http://x.localhost/r.html',
    artifact: 'https://github.example.test/a/2',
    server: 'https://github.example.test',
  },
}

const SMALL: Measurement = {
  schema: 1,
  repository: 'acme/shop',
  revision: SHA,
  environment: 'e',
  url: '',
  run: { id: 1, attempt: 1, url: 'https://github.example.test/r' },
  at: '2026-01-02T03:04:05Z',
  base: { kind: 'none', why: 'There is none.' },
  services: [],
  profiles: [],
  gates: [],
  degraded: [],
  links: { server: 'https://github.example.test' },
}

for (const [what, measured] of Object.entries({ 'every field': FULL, 'no field that may be absent': SMALL })) {
  test(`one with ${what} comes back as it was written, from text and from bytes`, () => {
    const text = writeMeasurement(measured)
    assert.deepEqual(readMeasurement(text), measured)
    assert.deepEqual(readMeasurement(new TextEncoder().encode(text)), measured)
    assert.doesNotMatch(text, /\n/)
  })
}

const size = fc.double({ min: 0, max: 1e15, noNaN: true }).filter((one) => !Object.is(one, -0))
const words = fc.string({ maxLength: 60, unit: 'grapheme' })
const ratio = fc.nat(1000).chain((total) => fc.record({ covered: fc.nat(total), total: fc.constant(total) }))
const outcome = fc.constantFrom('passed', 'failed', 'skipped', 'flaky')
const range = fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.nat(50)).map(([first, more]): LineRange => [first, first + more])
/** A call tree that is so deep at most; one that ties itself to itself grows without end. */
const frame = (depth: number): fc.Arbitrary<Frame> =>
  fc.record({
    name: words,
    file: words,
    line: fc.nat(),
    self: size,
    total: size,
    children: depth === 0 ? fc.constant([]) : fc.array(frame(depth - 1), { maxLength: 2 }),
  })

/** What a run may have measured: the texts and numbers are anything that they may be. */
const measurement: fc.Arbitrary<Measurement> = fc
  .record({
    outcomes: fc.dictionary(words, outcome),
    message: words,
    milliseconds: size,
    missed: fc.array(range, { maxLength: 5 }),
    lines: ratio,
    root: frame(4),
    why: words,
    p50: size,
  })
  .map(({ outcomes, message, milliseconds, missed, lines, root, why, p50 }) => {
    const copy = structuredClone(FULL)
    const { tests, coverage, latency, profiles } = copy
    if (tests) Object.assign(tests, { outcomes, milliseconds, added: Object.keys(outcomes) })
    for (const failure of tests?.failures ?? []) Object.assign(failure, { message, details: why })
    for (const file of coverage?.files ?? []) Object.assign(file, { lines, patch: { lines, missed } })
    for (const route of latency?.routes ?? []) Object.assign(route, { p50, route: why })
    for (const profile of profiles) profile.root = root
    return copy
  })

test('whatever was measured comes back as it was written', () => {
  fc.assert(
    fc.property(measurement, (measured) => {
      // By text: an object with a key `__proto__` is compared by what it says.
      assert.equal(writeMeasurement(readMeasurement(writeMeasurement(measured))), writeMeasurement(measured))
    }),
  )
})

/** Reads it, and lets nothing but an error of the user's pass. */
function read(document: string | Uint8Array): Measurement | UserError {
  try {
    return readMeasurement(document)
  } catch (error) {
    assert.ok(error instanceof UserError, `${error}`)
    return error
  }
}

test('any JSON, and any bytes, are a measurement or an error of the user', () => {
  fc.assert(fc.property(fc.json(), (text) => void read(text)))
  fc.assert(fc.property(fc.string(), (text) => void read(text)))
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void read(bytes)))
})

/** Where every value of a document lies. */
function placesOf(value: unknown, at: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...at]]
  return [[...at], ...Object.entries(value).flatMap(([key, each]) => placesOf(each, [...at, key]))]
}

function replaced(at: readonly string[], by: unknown): string {
  const copy: unknown = JSON.parse(writeMeasurement(FULL))
  const last = at.at(-1)
  if (last === undefined) return JSON.stringify(by)
  const holder = at.slice(0, -1).reduce<unknown>((value, key) => Reflect.get(Object(value), key), copy)
  Reflect.defineProperty(Object(holder), last, { value: by, enumerable: true })
  return JSON.stringify(copy)
}

const ODD: unknown[] = [
  null,
  true,
  'x',
  '',
  -1,
  1.5,
  1e308,
  2 ** 53,
  [],
  {},
  [[]],
  { length: 1e9 },
  '\u0000',
  '../x',
  'javascript:x',
]

test('with any one value replaced by another it is read or refused, and never anything else', () => {
  for (const place of placesOf(FULL)) for (const odd of ODD) read(replaced(place, odd))
})

test('with any one value replaced by anything it is read or refused, and reads the same again', () => {
  fc.assert(
    fc.property(fc.constantFrom(...placesOf(FULL)), fc.jsonValue(), (place, odd) => {
      const once = read(replaced(place, odd))
      if (!(once instanceof UserError))
        assert.equal(writeMeasurement(readMeasurement(writeMeasurement(once))), writeMeasurement(once))
    }),
    { numRuns: 500 },
  )
})

const refused: [what: string, at: string, by: unknown][] = [
  ['a negative count', 'tests.total', -1],
  ['half a test', 'tests.total', 1.5],
  ['a count beyond what is counted exactly', 'tests.total', 2 ** 53],
  ['a negative time', 'tests.milliseconds', -1],
  ['more covered than there is', 'coverage.lines', { covered: 2, total: 1 }],
  ['a short commit', 'revision', 'abc1234'],
  ['a commit that is a branch', 'base.commit', 'refs/heads/main'],
  ['a link that runs something', 'links.page', 'javascript:alert(1)'],
  ['a link that holds markup', 'links.artifact', 'https://x.test/"><script>'],
  ['a link that ends the Markdown around it', 'run.url', 'https://x.test/)[evil](https://evil.test'],
  ['a path that climbs', 'coverage.files.0.path', 'a/../../etc/passwd'],
  ['a path from the root', 'coverage.files.0.path', '/etc/passwd'],
  ['a path of Windows', 'tests.failures.0.file', 'a\\..\\b'],
  ['a path with nothing in it', 'coverage.lost.0.path', ''],
  ['a line before the first', 'coverage.lost.0.lines.0', [0, 1]],
  ['a range that ends before it begins', 'coverage.files.0.patch.missed.0', [5, 4]],
  ['a range of three', 'coverage.files.0.patch.missed.0', [1, 2, 3]],
  ['lines of a source that is not listed', 'coverage.files.0.runs', [1, 1, 2]],
  ['lines out of order', 'coverage.files.0.runs', [5, 1, 1, 1, 1, 1]],
  ['more sources than a line can name', 'coverage.sources', Array.from({ length: 32 }, () => FULL.coverage?.sources[0])],
  ['an outcome that there is not', 'tests.outcomes', { x: 'great' }],
  ['a latency of what was instrumented', 'latency.instrumented', true],
  ['a list that is an object', 'tests.failures', { length: 1, 0: {} }],
  ['more commands than there can be', 'tests.commands', Array.from({ length: 101 }, () => FULL.tests?.commands[0])],
  ['an environment with markup', 'environment', '<b>'],
  ['a repository that is none', 'repository', 'acme/shop/../x'],
  ['a time that is none', 'at', 'yesterday'],
]
for (const [what, at, by] of refused) {
  test(`${what} is refused, and the field named`, () => {
    const error = read(replaced(at.split('.'), by))
    assert.ok(error instanceof UserError)
    assert.match(error.cure ?? '', /measure again|Remove that record/)
  })
}

test('of the fields that may not be absent none may', () => {
  for (const key of Object.keys(SMALL)) {
    const { [key]: _, ...rest } = Object.fromEntries(Object.entries(SMALL))
    assert.ok(read(JSON.stringify(rest)) instanceof UserError, key)
  }
})

test('what is not known is dropped, and a prototype is nothing but a key', () => {
  const text = writeMeasurement(SMALL).replace('{', '{"evil":1,"__proto__":{"pullRequest":666},')
  const measured = readMeasurement(text)
  assert.deepEqual(measured, SMALL)
  assert.equal(measured.pullRequest, undefined)
})

test('a field is read from the document itself and never from where all objects have theirs', () => {
  const { run: _, ...rest } = SMALL
  assert.ok(
    read(JSON.stringify(rest).replace('{', '{"__proto__":{"run":{"id":1,"attempt":1,"url":"https://x.test"}},')) instanceof
      UserError,
  )
})

test('text that only people read is cut to a length and not refused', () => {
  const long = 'x'.repeat(1_000_000)
  const measured = readMeasurement(replaced(['tests', 'failures', '0', 'message'], long))
  const message = measured.tests?.failures[0]?.message ?? ''
  assert.ok(message.length <= 30_000 && message.endsWith('…'), `${message.length}`)
})

test('a call tree has an end, in depth and in breadth', () => {
  const deep = `${'{"name":"f","file":"","line":1,"self":1,"total":1,"children":['.repeat(100_000)}${']}'.repeat(100_000)}`
  const text = writeMeasurement(FULL).replace(/"root":.*?\]\}\]\}/, () => `"root":${deep}`)
  assert.match(Object(read(text)).message, /call tree without end/)
  const wide = { ...leaf, children: Array.from({ length: 10_000 }, () => leaf) }
  assert.match(Object(read(replaced(['profiles', '0', 'root'], wide))).message, /call tree without end/)
})

test('one of another version is told apart from one that is broken', () => {
  const other = read(writeMeasurement(SMALL).replace('"schema":1', '"schema":2'))
  assert.ok(other instanceof UserError)
  assert.match(other.message, /another version of Mayfly \(schema 2\)/)
  assert.match(other.cure ?? '', /same version/)
  for (const broken of ['', '{', 'null', '[]', '"x"', writeMeasurement(SMALL).slice(0, -1)]) {
    const error = read(broken)
    assert.ok(error instanceof UserError)
    assert.doesNotMatch(error.message, /another version/)
  }
})

test('bytes that are no UTF-8, and more of them than 64 MB, are refused', () => {
  const bytes = Buffer.from(writeMeasurement(SMALL))
  bytes[bytes.indexOf('There is none.')] = 0xff
  assert.match(Object(read(bytes)).message, /not JSON/)
  assert.match(Object(read(Buffer.alloc(64 * 1024 * 1024 + 1, ' '))).message, /larger than 64 MB/)
})
