import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import test from 'node:test'
import { Script } from 'node:vm'
import { inflateRawSync } from 'node:zlib'
import type { FileMeasured, Frame, Measurement } from '@mayfly/core'
import fc from 'fast-check'
import { hugeMeasurement, measurements } from '../fixtures/measurements.ts'
import { sample, sampleSource } from '../fixtures/page-sample.ts'
import { readTags } from '../fixtures/page-tags.ts'
import { CLIENT } from './client.ts'
import { prepareData } from './data.ts'
import { renderPage } from './page.ts'
import { hottestFunctions } from './profiles.ts'

const none = () => undefined
const page = renderPage(sample, { source: sampleSource })

test('the same measurement gives the same page, and is left as it is', () => {
  const before = structuredClone(sample)
  assert.equal(renderPage(structuredClone(sample), { source: sampleSource }), page)
  assert.deepEqual(sample, before)
})

test('the policy of the page names the one style and the one script by their hash, and nothing may be loaded', () => {
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1]?.replaceAll('&#39;', "'") ?? ''
  const scripts = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, text = '']) => text)
  const styles = [...page.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(([, text = '']) => text)
  assert.equal(scripts.length, 1)
  assert.equal(styles.length, 1)
  const hash = (text = '') => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  assert.equal(
    policy,
    `default-src 'none'; script-src ${hash(scripts[0])}; style-src ${hash(styles[0])}; img-src data:; base-uri 'none'; form-action 'none'`,
  )
  assert.doesNotMatch(policy, /unsafe/)
})

test('the script can be read by an engine, and neither makes HTML of text nor evaluates any', () => {
  assert.ok(new Script(CLIENT))
  assert.doesNotMatch(CLIENT, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|<\/script/i)
})

for (const [name, measurement] of Object.entries<Measurement>({ ...measurements, sample })) {
  test(`the page of a measurement that is ${name} is well formed: every element closed, every id once, every link inside it leads somewhere`, () => {
    const tags = readTags(renderPage(measurement, { source: sampleSource }))
    const ids = tags.flatMap(({ attributes }) => attributes.get('id') ?? [])
    assert.equal(new Set(ids).size, ids.length)
    for (const { attributes } of tags) {
      const href = attributes.get('href')
      if (href?.startsWith('#')) assert.ok(ids.includes(href.slice(1)), href)
      else if (href !== undefined && !href.startsWith('data:image/svg+xml,')) assert.match(href, /^https?:\/\/[\w.-]+(\/|$)/)
    }
  })
}

test('what a reviewer asks stands in the page without a script', () => {
  const text = page.replace(/<(script|style)[\s\S]*?<\/\1>/g, '').replace(/<[^>]*>/g, '')
  for (const said of [
    'expected 402 &quot;Payment Required&quot;',
    'passes on the base',
    'fails on the base too',
    'failed in 28 of the base&#39;s last 30 runs',
    'return free(cart, key)',
    'The service mail gave no coverage',
    'Patch coverage is 72.4 % (21 of 29 lines); the bar is 80 %.',
    'Set in the input gates, line 2.',
    'about the same',
    'GET /api/search?q=hat',
    '3 commits before the merge base a1b2c3d',
    'the base: 80 passed, 2 failed',
    'checks: write',
    'services/api/src/search/rank.ts:14',
  ]) {
    assert.ok(text.includes(said), said)
  }
})

test('nothing to cover is n/a and never 100 %, and without a base nothing is compared', () => {
  const docs = renderPage(measurements.docs, { source: none })
  assert.match(docs, /Patch coverage<\/span><span class="value">n\/a</)
  const alone = renderPage(measurements['no-base'], { source: none })
  assert.match(alone, /nothing yet: it will exist after the next push to main\./)
  assert.doesNotMatch(alone, /points from|passes on the base|new test</)
})

test('a profile that was asked for by itself is a page of its own, without a verdict, an empty overview or a run', () => {
  const alone: Measurement = { ...sample, services: [], gates: [], degraded: [], url: '', run: { id: 0, attempt: 1, url: '' } }
  delete alone.tests
  delete alone.coverage
  delete alone.latency
  const made = renderPage(alone, { source: none })
  assert.deepEqual(
    readTags(made).flatMap(({ name, attributes }) => (name === 'section' ? attributes.get('id') : [])),
    ['profiles'],
  )
  assert.match(made, /<h1><span>Profile of api<\/span><\/h1>/)
  assert.doesNotMatch(made, /<dt>Run</)
})

test('a measurement of nothing has a page that says so', () => {
  const empty: Measurement = { ...measurements['no-coverage'], services: [], gates: [], url: '' }
  delete empty.tests
  delete empty.latency
  const tags = readTags(renderPage(empty, { source: none }))
  assert.equal(tags.filter(({ name }) => name === 'section').length, 0)
  assert.match(renderPage(empty, { source: none }), /Nothing was measured/)
})

const hostile = fc.oneof(
  fc
    .array(
      fc.constantFrom(
        '<',
        '>',
        '"',
        "'",
        '&',
        '`',
        '/',
        '=',
        ' ',
        '\n',
        'script',
        '</script>',
        '<!--',
        '-->',
        '<img src=x onerror=a()>',
        'javascript:',
        '\u202e',
        '\u0000',
        '${',
        '\\u003c',
        '__proto__',
      ),
      { maxLength: 12 },
    )
    .map((all) => all.join('')),
  fc.string({ unit: 'binary', maxLength: 40 }),
)

/** Every string of a measurement but those that our own words depend on. */
function poison(value: unknown, text: string): unknown {
  if (typeof value === 'string')
    return [
      'passed',
      'failed',
      'warned',
      'unknown',
      'skipped',
      'flaky',
      'found',
      'none',
      'cpu',
      'heap',
      'measured',
      'silent',
      'not asked',
      'same',
      'slower',
      'faster',
      'same run',
      'image',
      'trace',
      'service',
      'browser',
      'tests',
    ].includes(value)
      ? value
      : text
  if (Array.isArray(value)) return value.map((item) => poison(item, text))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, poison(item, text)]))
}

test('no string, wherever it stands, makes an element, an attribute or a link that the page does not have', () => {
  const shape = (tags: ReturnType<typeof readTags>) =>
    new Set(tags.map(({ name, attributes }) => `${name} ${[...attributes.keys()].sort().join(' ')}`))
  const known = shape([
    ...readTags(page),
    ...readTags(renderPage(measurements.late, { source: none })),
    ...readTags(renderPage(measurements.red, { source: none })),
  ])
  fc.assert(
    fc.property(hostile, hostile, (text, source) => {
      const made = renderPage(poison(sample, text) as Measurement, { source: () => source })
      const tags = readTags(made)
      for (const one of shape(tags)) assert.ok(known.has(one) || one === 'code class' || one === 'span class', one)
      assert.ok(tags.every(({ attributes }) => !/^\s*javascript:/i.test(attributes.get('href') ?? '')))
      assert.equal(tags.filter(({ name, attributes }) => name === 'script' && !attributes.has('type')).length, 1)
      const data: { files: unknown[] } = JSON.parse(/id="data">([\s\S]*?)<\/script>/.exec(made)?.[1] ?? '')
      assert.equal(data.files.length, sample.coverage?.files.length)
    }),
    { numRuns: 60 },
  )
})

for (const [what, text] of [
  ['letters', 'x'.repeat(400)],
  ['angle brackets', '<'.repeat(400)],
  ['what cannot be seen', '\u202e'.repeat(400)],
  ['butterflies', '🦋'.repeat(200)],
] as const) {
  test(`ten thousand failures and files full of ${what} make a page of less than 30 MB`, () => {
    const made = renderPage(hugeMeasurement(text), { source: () => `${text}\n`.repeat(200) })
    assert.ok(Buffer.byteLength(made) < 30_000_000, String(Buffer.byteLength(made)))
  })
}

function file(path: string, total: number, covered: number, changed = false): FileMeasured {
  const lines = { covered, total }
  return { path, lines, runs: [1, total, 0], ...(changed ? { patch: { lines, missed: [] } } : {}) }
}

function withFiles(files: FileMeasured[]): Measurement {
  if (sample.coverage === undefined) throw new Error('The sample has no coverage.')
  return { ...sample, coverage: { ...sample.coverage, files } }
}

test('where not all code fits, that of changed files is kept, then of those with most lines missed, and the page says so', () => {
  const files = Array.from({ length: 40 }, (_, at) => file(`a/${at}.ts`, 100, 100 - at, at === 7))
  const asked: string[] = []
  const source = (path: string) => {
    asked.push(path)
    return `${path}\n`.padEnd(1_400_000, 'x')
  }
  const { data, leftOut } = prepareData(withFiles(files), source)
  const kept = data.files.filter(({ s }) => s !== undefined).map(({ p }) => p)
  assert.ok(kept.length > 5 && kept.length < 40)
  assert.ok(kept.includes('a/7.ts') && kept.includes('a/39.ts') && !kept.includes('a/0.ts'))
  assert.equal(asked[0], 'a/7.ts')
  assert.match(leftOut.join(), new RegExp(`The code of ${40 - kept.length} files is left out`))
})

test('the code of each file is what was given, equal code is there once, and no path outside the repository is asked for', () => {
  const paths = ['a.ts', 'b.ts', 'same.ts', '../../etc/passwd', '/etc/passwd', 'c/../../d']
  const texts: Record<string, string> = { 'a.ts': 'one\r\n', 'b.ts': '</script>🦋', 'same.ts': 'one\r\n' }
  const { data, chunks } = prepareData(withFiles(paths.map((path) => file(path, 1, 0))), (path) => {
    assert.ok(path in texts, path)
    return texts[path]
  })
  const all: string[][] = chunks.map((chunk) => JSON.parse(inflateRawSync(Buffer.from(chunk, 'base64')).toString()))
  for (const { p, s } of data.files) assert.equal(s === undefined ? undefined : all[s[0]]?.[s[1]], texts[p])
  assert.equal(all.flat().length, 2)
})

test('a frame of the repository is linked to its line, one of a package or of Node itself is not', () => {
  const links = readTags(page).flatMap(({ attributes }) => attributes.get('data-file') ?? [])
  assert.ok(links.includes('services/api/src/search/rank.ts'))
  assert.ok(page.includes('node_modules/pg/lib/client.js:540'))
  assert.ok(links.every((path) => !/^node_modules|^node:/.test(path)))
})

test('a function that calls itself counts once in its own total', () => {
  const frame = (name: string, self: number, children: Frame[] = []): Frame => ({
    name,
    file: 'a.ts',
    line: 1,
    self,
    total: self + children.reduce((sum, { total }) => sum + total, 0),
    children,
  })
  const hot = hottestFunctions(frame('(root)', 0, [frame('walk', 2, [frame('walk', 3, [frame('leaf', 4)])]), frame('walk', 1)]))
  assert.deepEqual(
    hot.map(({ frame: { name }, self, total }) => [name, self, total]),
    [
      ['walk', 6, 10],
      ['leaf', 4, 4],
    ],
  )
})

test('a call tree of any depth and width is packed within the budget', () => {
  let deep: Frame = { name: 'end', file: 'a.ts', line: 1, self: 1, total: 1, children: [] }
  for (let at = 0; at < 50_000; at++) deep = { name: `f${at}`, file: 'a.ts', line: at, self: 0, total: 1, children: [deep] }
  const wide: Frame = {
    name: '(root)',
    file: '',
    line: 0,
    self: 0,
    total: 100_001,
    children: [
      deep,
      ...Array.from(
        { length: 100_000 },
        (_, at): Frame => ({ name: `g${at}`, file: 'a.ts', line: 1, self: 1, total: 1, children: [] }),
      ),
    ],
  }
  const profiles = [{ service: 'api', kind: 'cpu' as const, milliseconds: 1, total: wide.total, root: wide }]
  const { data } = prepareData({ ...sample, profiles }, none)
  assert.ok((data.profiles[0]?.frames.length ?? 0) / 6 <= 20_000)
  assert.ok(renderPage({ ...sample, profiles }, { source: none }).length < 5_000_000)
})
