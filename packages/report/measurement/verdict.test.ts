import assert from 'node:assert/strict'
import test from 'node:test'
import type { Gate, Measurement } from '@mayfly/core'
import { coverage, measurements } from '../fixtures/measurements.ts'
import { renderCheck } from './check.ts'
import { renderMeasurementComment, shouldComment } from './comment.ts'
import { type Verdict, verdictOf } from './verdict.ts'

const { green, red, docs } = measurements
const nothing = { lines: { covered: 0, total: 0 }, blind: [] }

function gate(outcome: Gate['outcome'], name = 'patch coverage'): Gate {
  return { name, outcome, message: '', where: '' }
}

const verdicts: [what: string, measurement: Measurement, verdict: Verdict, conclusion: string][] = [
  ['nothing wrong', green, 'passed', 'success'],
  ['a failed gate', { ...green, gates: [gate('failed')] }, 'failed', 'failure'],
  ['a gate that warns', { ...green, gates: [gate('warned')] }, 'warned', 'neutral'],
  ['a gate that is not known', { ...green, gates: [gate('unknown')] }, 'unknown', 'neutral'],
  ['a failed test and no gate for tests', { ...red, gates: [] }, 'failed', 'failure'],
  ['a failed test and a gate that warns of it', { ...red, gates: [gate('warned', 'tests')] }, 'warned', 'neutral'],
  ['a failed test that is no gate', { ...red, gates: [gate('passed', 'tests')] }, 'warned', 'neutral'],
  ['a command that did not end', { ...measurements.late, gates: [] }, 'failed', 'failure'],
  ['nothing measured', without(green), 'unknown', 'neutral'],
]
for (const [what, measurement, verdict, conclusion] of verdicts) {
  test(`with ${what} the verdict is ${verdict} and the check's conclusion ${conclusion}`, () => {
    assert.equal(verdictOf(measurement), verdict)
    assert.equal(renderCheck(measurement).conclusion, conclusion)
  })
}

function without({ tests: _tests, coverage: _coverage, latency: _latency, ...rest }: Measurement): Measurement {
  return { ...rest, gates: [] }
}

test('a quiet comment is written where something failed, warned, is not known or not covered, and where one stands already', () => {
  const fell: Measurement = {
    ...docs,
    coverage: {
      ...coverage,
      patch: nothing,
      base: { lines: { covered: 2, total: 2 }, head: { covered: 1, total: 2 }, sources: [] },
    },
  }
  const blind: Measurement = { ...docs, coverage: { ...coverage, patch: { ...nothing, blind: [{ path: 'a.go', why: '' }] } } }
  const asked = [
    red,
    fell,
    blind,
    measurements['no-base'],
    { ...green, gates: [gate('warned')] },
    { ...green, gates: [gate('unknown')] },
  ]
  for (const measurement of asked) assert.equal(shouldComment(undefined, measurement, true), true)
  assert.equal(shouldComment(undefined, green, true), false)
  assert.equal(shouldComment(undefined, docs, true), false)
  assert.equal(shouldComment('<!-- mayfly:a -->', green, true), true)
  assert.equal(shouldComment(undefined, green, false), true)
})

test('a quiet comment of what went well has no table', () => {
  assert.match(renderMeasurementComment(undefined, green), /\| Tests \|/)
  const quiet = renderMeasurementComment(undefined, green, { quiet: true })
  assert.doesNotMatch(quiet, /\|/)
  assert.match(quiet, /patch coverage 100 %/)
  assert.equal(renderMeasurementComment(undefined, red, { quiet: true }), renderMeasurementComment(undefined, red))
})
