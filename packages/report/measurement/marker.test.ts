import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { commentMarker } from '../comment.ts'
import { measurements } from '../fixtures/measurements.ts'
import { renderMeasurementComment } from './comment.ts'
import { readRunMarker } from './marker.ts'

const sha = measurements.red.revision

test("a measured comment begins with the preview's own marker, so that there is only ever one comment", () => {
  const comment = renderMeasurementComment(undefined, measurements.red)
  assert.ok(comment.startsWith(`${commentMarker(measurements.red.environment)}\n`))
})

test('what a comment says of its run is read again, also from a body whose line ends GitHub changed', () => {
  const comment = renderMeasurementComment(undefined, { ...measurements.red, run: { id: 43_000_000_017, attempt: 3, url: '' } })
  const marker = { sha, run: 43_000_000_017, attempt: 3 }
  assert.deepEqual(readRunMarker(comment), marker)
  assert.deepEqual(readRunMarker(comment.replaceAll('\n', '\r\n')), marker)
})

const head = '<!-- mayfly:a -->\n'
const good = `<!-- mayfly-run {"sha":"${sha}","run":1,"attempt":1} -->`
const unreadable: [string, string][] = [
  ['nothing', ''],
  ["the preview's comment alone", `${head}\n### ready`],
  ['a marker in a log further down', `${head}\n### failed\n\n${good}`],
  ['a marker without ours before it', good],
  ['no JSON', `${head}<!-- mayfly-run {sha} -->`],
  ['a commit that is none', `${head}<!-- mayfly-run {"sha":"x","run":1,"attempt":1} -->`],
  ['a run that is no number', `${head}<!-- mayfly-run {"sha":"${sha}","run":"1","attempt":1} -->`],
  ['a run that is no whole number', `${head}<!-- mayfly-run {"sha":"${sha}","run":1.5,"attempt":1} -->`],
  ['no attempt', `${head}<!-- mayfly-run {"sha":"${sha}","run":1} -->`],
  ['an attempt only in its prototype', `${head}<!-- mayfly-run {"sha":"${sha}","run":1,"__proto__":1} -->`],
]
for (const [what, body] of unreadable) {
  test(`a body with ${what} says nothing of a run`, () => assert.equal(readRunMarker(body), undefined))
}

test('fields that a later version adds do no harm', () => {
  assert.deepEqual(readRunMarker(`${head}<!-- mayfly-run {"v":2,"attempt":1,"sha":"${sha}","run":1} -->`), {
    sha,
    run: 1,
    attempt: 1,
  })
})

test('whatever stands in a body, reading it throws nothing', () => {
  const piece = fc.oneof(fc.constantFrom(head, good, '<!-- mayfly-run {', '"sha":', '} -->', '\n'), fc.string())
  fc.assert(
    fc.property(
      fc.array(piece).map((all) => all.join('')),
      (body) => void readRunMarker(body),
    ),
  )
})
