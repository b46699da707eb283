import assert from 'node:assert/strict'
import test from 'node:test'
import type { Named, Outcome, Result } from '@mayfly/core'
import { results, service } from './fixtures/results.ts'
import { renderSummary } from './summary.ts'
import { renderTerminal } from './terminal.ts'

const before = { service: 'web', artifact: 'web@1.4.2', digest: `sha256:${'fedcba9876543210'.repeat(4)}` }
const promoted: Named = { name: 'production', action: 'promote', from: 'staging', before: [before] }
const of = (outcome: Outcome, named: Named, more: Partial<Result> = {}): Result => ({
  ...results.building,
  outcome,
  environment: 'acme-shop-production',
  services: [service],
  named,
  ...more,
})
const headline = (result: Result) => renderSummary(result).split('\n')[0]

test('the headline says what became of which environment', () => {
  const back: Named = { ...promoted, action: 'rollback', from: '' }
  const table: [Outcome, Named, RegExp][] = [
    ['ready', promoted, /^### ✅ `production` runs `1a2b3c4`: \[acme-shop/],
    ['ready', back, /^### ✅ `production` is back at `1a2b3c4`: \[acme-shop/],
    ['failed', promoted, /^### ❌ The promotion of `1a2b3c4` to `production` failed$/],
    ['failed', back, /^### ❌ The roll back of `production` to `1a2b3c4` failed$/],
    ['planned', promoted, /^### The plan for the promotion of `1a2b3c4` to `production`$/],
    ['overtaken', promoted, /^### The promotion of `1a2b3c4` to `production` was overtaken$/],
    ['building', promoted, /^### ⏳ The promotion of `1a2b3c4` to `production` is under way$/],
  ]
  for (const [outcome, named, line] of table) assert.match(headline(of(outcome, named)) ?? '', line)
  // What fails before its commit is known names none.
  assert.equal(headline(of('failed', promoted, { revision: '' })), '### ❌ The promotion to `production` failed')
})

test('where it came from and what it took the place of are told, and only that', () => {
  const text = renderSummary(of('ready', promoted))
  assert.match(text, /From `staging`, pull request 12\.\n\nBefore that ran:\n\n- `web`: `web@1\.4\.2` `sha256:fedcba987654`/)
  // A preview's name holds its number already.
  assert.match(renderSummary(of('ready', { ...promoted, from: 'pr-12' })), /From `pr-12`\.\n/)
  assert.doesNotMatch(renderSummary(of('ready', { ...promoted, from: '' }, { pullRequest: undefined })), /From/)
  const same = { ...before, digest: service.digest }
  assert.doesNotMatch(renderSummary(of('ready', { ...promoted, before: [same] })), /Before that ran/)
})

test('what a pull request named itself stays text', () => {
  const hostile = '`</td>\n## @octocat ![x](http://x.test)'
  const named: Named = { name: hostile, action: 'promote', from: hostile, before: [{ ...before, artifact: hostile }] }
  const text = renderSummary(of('ready', named)).replace(/(`+)[\s\S]*?[^`]\1(?!`)/g, '')
  assert.doesNotMatch(text, /octocat|x\.test/)
})

test('a terminal names the environment and the reason', () => {
  const text = renderTerminal(of('failed', promoted, { reason: 'The service web is unhealthy.' }))
  assert.match(text, /^acme-shop-production at 1a2b3c4: failed\n {2}The service web is unhealthy\./)
})
