import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import type { Measurement } from '@mayfly/core'
import { measurementTexts, ready } from '../fixtures/measurement-texts.ts'
import { coverage, measurements } from '../fixtures/measurements.ts'
import { results } from '../fixtures/results.ts'
import { renderMeasurementComment } from './comment.ts'

const fixtures = join(import.meta.dirname, '../fixtures/measurements')

for (const [file, text] of measurementTexts()) {
  test(`what is told looks as in fixtures/measurements/${file}`, () => {
    assert.equal(text, readFileSync(join(fixtures, file), 'utf8'))
  })
}

test('there is no fixture that nothing is compared with', () => {
  const files = measurementTexts().map(([file]) => file)
  assert.deepEqual(readdirSync(fixtures).sort(), files.sort())
})

test('where all is well the comment is a title, a line of links, a table and small print, within 3 KB', () => {
  const comment = renderMeasurementComment(ready, measurements.green)
  assert.ok(Buffer.byteLength(comment) <= 3 * 1024)
  assert.doesNotMatch(comment, /<details>|####/)
})

test('a change without code is one line under the markers', () => {
  const lines = renderMeasurementComment(ready, measurements.docs).trimEnd().split('\n')
  assert.deepEqual(
    lines.map((line) => line.slice(0, 4)),
    ['<!--', '<!--', '', '✅ 83'],
  )
})

test('changed files that nobody measured are no change without code', () => {
  const blind: Measurement = {
    ...measurements.docs,
    coverage: {
      ...coverage,
      patch: { lines: { covered: 0, total: 0 }, blind: [{ path: 'mail/send.go', why: 'It is silent.' }] },
    },
  }
  const comment = renderMeasurementComment(ready, blind)
  assert.match(comment, /1 changed file without coverage data/)
  assert.match(comment, /`mail\/send\.go`.*\*no coverage data\* \| It is silent\./)
  assert.doesNotMatch(comment, /100 %|nothing to cover/)
})

test('a preview that failed keeps its own headline, and what was measured follows', () => {
  const comment = renderMeasurementComment({ ...results.failed, environment: 'acme-shop-pr-128' }, measurements.red)
  assert.ok(comment.indexOf('### ❌ The preview of `1a2b3c4` failed') < comment.indexOf('#### ❌ checkout'))
  assert.match(comment, /api did not become healthy/)
})

test('coverage that only some sources can be compared in is said to be so', () => {
  const measurement: Measurement = {
    ...measurements.red,
    coverage: { ...coverage, base: { lines: { covered: 79, total: 100 }, head: { covered: 80, total: 100 }, sources: ['api'] } },
  }
  assert.match(
    renderMeasurementComment(undefined, measurement),
    /\| 74\.0 % \(80\.0 % of what both have\) \| 79\.0 % \| \+1\.0 \|/,
  )
})

test('without a base there is no column for one, and why is said', () => {
  const comment = renderMeasurementComment(undefined, measurements['no-base'])
  assert.match(comment, /\| {2}\| this PR \| {2}\|/)
  assert.match(comment, /No base yet: it will exist after the next push to main\./)
  assert.doesNotMatch(comment.split('<details>')[0] ?? '', /Δ/)
})

test('a push has no pull request to speak of', () => {
  const { pullRequest: _, ...push } = measurements.green
  assert.match(renderMeasurementComment(undefined, push), /\| this commit \|/)
})

const histories: [base: NonNullable<NonNullable<Measurement['tests']>['failures'][number]['base']> | undefined, said: string][] =
  [
    [undefined, '**new**, the base does not have it'],
    [{ outcome: 'passed', failed: 0, flaky: 0, runs: 1 }, '**passes on the base**\n'],
    [{ outcome: 'passed', failed: 0, flaky: 0, runs: 30 }, '**passes on the base** · steady in its last 30 runs there'],
    [{ outcome: 'failed', failed: 4, flaky: 0, runs: 30 }, 'fails on the base too · failed in 4 of its last 30 runs there'],
    [
      { outcome: 'flaky', failed: 1, flaky: 4, runs: 30 },
      'flaky on the base · failed in 1 and flaky in 4 of its last 30 runs there',
    ],
  ]
for (const [base, said] of histories) {
  test(`a failure ${base === undefined ? 'without a history' : `that is ${JSON.stringify(base)} on the base`} is told as ${said}`, () => {
    const { base: _, ...failure } = measurements.red.tests?.failures[0] ?? assert.fail()
    const failures = [base === undefined ? failure : { ...failure, base }]
    const comment = renderMeasurementComment(undefined, { ...measurements.red, tests: { ...tests(), failures } })
    assert.ok(comment.includes(said))
  })
}

function tests(): NonNullable<Measurement['tests']> {
  return measurements.red.tests ?? assert.fail()
}

test('the same measurement gives the same comment and is not changed', () => {
  const measurement = structuredClone<Measurement>(measurements.red)
  assert.equal(renderMeasurementComment(ready, measurement), renderMeasurementComment(ready, structuredClone(measurement)))
  assert.deepEqual(measurement, measurements.red)
})
