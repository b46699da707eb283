import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import type { Result, ServiceResult } from '@mayfly/core'
import fc from 'fast-check'
import { commentMarker, renderComment } from './comment.ts'
import { readCells, readFences, withoutCode } from './fixtures/read-markdown.ts'
import { results, service } from './fixtures/results.ts'
import { renderSummary } from './summary.ts'

const fixtures = join(import.meta.dirname, 'fixtures')

for (const [name, result] of Object.entries<Result>(results)) {
  test(`the comment of a result that is ${name} looks as in fixtures/${name}.md`, () => {
    assert.equal(renderComment(result), readFileSync(join(fixtures, `${name}.md`), 'utf8'))
  })
}

test('there is no fixture without its result', () => {
  const files = readdirSync(fixtures).filter((file) => file.endsWith('.md'))
  assert.deepEqual(
    files.sort(),
    Object.keys(results)
      .map((name) => `${name}.md`)
      .sort(),
  )
})

test('the marker stands at the very start and holds nothing that could end it', () => {
  assert.equal(commentMarker('acme-shop-pr-12'), '<!-- mayfly:acme-shop-pr-12 -->')
  assert.equal(commentMarker('a --> @b'), '<!-- mayfly:a--b -->')
})

test('the summary is the comment without its marker', () => {
  for (const result of Object.values<Result>(results)) {
    assert.equal(renderComment(result), `${commentMarker(result.environment)}\n\n${renderSummary(result)}`)
  }
})

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
  '](https://e.test)',
  'x',
]
const hostile = fc.oneof(
  fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((all) => all.join('')),
  fc.string({ unit: 'binary', maxLength: 200 }),
)
const hostileService: fc.Arbitrary<ServiceResult> = fc.record({
  name: hostile,
  urls: fc.array(fc.oneof(fc.webUrl(), hostile), { maxLength: 3 }),
  artifact: hostile,
  digest: hostile,
  revision: hostile,
  state: fc.constantFrom('waiting', 'healthy', 'running', 'completed', 'failed'),
  action: fc.constantFrom('created', 'updated', 'unchanged', 'none'),
  log: hostile,
})
const hostileResult: fc.Arbitrary<Result> = fc.record({
  outcome: fc.constantFrom('building', 'ready', 'failed', 'removed', 'overtaken', 'skipped', 'planned'),
  environment: fc.constant('acme-shop-pr-12'),
  pullRequest: fc.constant(12),
  revision: hostile,
  reason: hostile,
  cure: hostile,
  services: fc.array(hostileService, { maxLength: 4 }),
  phases: fc.array(fc.record({ name: hostile, milliseconds: fc.nat() }), { maxLength: 3 }),
  expiresAt: fc.option(hostile, { nil: undefined }),
  notices: fc.array(hostile, { maxLength: 4 }),
  removed: fc.record({ containers: fc.nat(9), networks: fc.nat(9), volumes: fc.nat(9), images: fc.nat(9), routes: fc.nat(9) }),
  runUrl: fc.option(fc.oneof(fc.webUrl(), hostile), { nil: undefined }),
})

/** The tags and the comment that are ours. */
const OURS = /<!-- mayfly:acme-shop-pr-12 -->|<\/?(details|summary|sub)>|<br>/g

test('whatever a result holds: the marker first, every fence closed, no mention, no HTML of others, whole table rows', () => {
  fc.assert(
    fc.property(hostileResult, (result) => {
      const comment = renderComment(result)
      assert.ok(comment.startsWith('<!-- mayfly:acme-shop-pr-12 -->\n\n### '))
      const { fences, outside } = readFences(comment)
      assert.ok(fences.every((fence) => fence.closed))
      const text = withoutCode(outside)
      assert.doesNotMatch(text, /@\w|#\d/)
      assert.doesNotMatch(text.replace(OURS, ''), /[<>]/)
      for (const [, target = ''] of text.matchAll(/(?<!\\)\]\(([^)]*)\)/g)) assert.match(target, /^https?:\/\/[\w.:/~-]+$/)
      for (const row of outside.split('\n').filter((line) => line.startsWith('| '))) assert.equal(readCells(row).length, 6, row)
      assert.equal(text.split('<details>').length, text.split('</details>').length)
    }),
    { numRuns: 500 },
  )
})

test('exactly one fence opens and closes around the log of the one service that failed', () => {
  fc.assert(
    fc.property(hostile, (log) => {
      const { fences, outside } = readFences(
        renderComment({ ...results.failed, services: [{ ...service, state: 'failed', log: `${log}.` }] }),
      )
      assert.equal(fences.length, 1)
      assert.equal(fences[0]?.closed, true)
      assert.ok(outside.trimEnd().endsWith('</sub>'))
    }),
  )
})

for (const [what, text] of [
  ['letters', 'x'.repeat(2000)],
  ['backticks', '`'.repeat(2000)],
  ['ampersands', '&'.repeat(2000)],
  ['butterflies', '🦋'.repeat(2000)],
  ['lines', 'x\n'.repeat(20_000)],
] as const) {
  test(`a failure of three hundred services full of ${what} fits into a comment and into a summary`, () => {
    const services = Array.from({ length: 300 }, () => ({
      ...service,
      name: text,
      artifact: text,
      urls: [`https://${'a.'.repeat(1000)}test/`, text],
      state: 'failed' as const,
      log: text.repeat(10),
    }))
    const notices = Array.from({ length: 300 }, () => text)
    const phases = notices.map((name) => ({ name, milliseconds: 1 }))
    const result: Result = { ...results.failed, reason: text, cure: text, services, notices, phases }
    assert.ok(renderComment(result).length < 60_000)
    assert.ok(Buffer.byteLength(renderSummary(result)) < 1024 * 1024)
    assert.match(renderComment(result), /failed/)
  })
}

test('what gets too long loses log lines before it loses notices or services', () => {
  const log = Array.from({ length: 100 }, (_, at) => `${at} ${'x'.repeat(190)}`).join('\n')
  const services = Array.from({ length: 12 }, (_, at) => ({ ...service, name: `s${at}`, state: 'failed' as const, log }))
  const comment = renderComment({ ...results.failed, services, notices: ['kept'] })
  const { fences } = readFences(comment)
  assert.equal(fences.length, 12)
  assert.ok(fences.every(({ lines }) => lines.length > 1 && lines.length < 40 && lines.at(-1)?.startsWith('99 ')))
  assert.match(comment, /- kept/)
})

test('the same result gives the same comment', () => {
  const result = structuredClone(results.ready)
  assert.equal(renderComment(result), renderComment(structuredClone(result)))
  assert.deepEqual(result, results.ready)
})
