import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { results, service } from './fixtures/results.ts'
import { renderTerminal } from './terminal.ts'

test('a ready preview is a URL, a table and the times', () => {
  assert.equal(
    renderTerminal(results.ready),
    `acme-shop-pr-12 at 1a2b3c4: ready
  https://acme-shop-pr-12.preview.example.com/
  web  updated    https://acme-shop-pr-12.preview.example.com/     web@1.4.3-pr.12.g1a2b3c4  sha256:0123456789ab
  api  unchanged  https://acme-shop-pr-12.preview.example.com/api  api@0.1.0                 sha256:0123456789ab
  db   created    inside only                                      postgres:17               sha256:0123456789ab
  - web: the published port 8080 is left out; the gateway leads to it.
  - db: restart is "no" in a preview.
  Read the project 210 ms, Build 12.3 s, Deploy 4.0 s
  Expires on Sunday 29 November 2026, 12:00 UTC, unless it is deployed again.
`,
  )
})

test('a failed one says why, the cure and the last lines of the log', () => {
  const text = renderTerminal(results.failed)
  assert.match(text, /: failed\n {2}api did not become healthy within 60 s\.\n {2}Look at its log below/)
  assert.match(text, / {2}The last lines of api:\n {4}listening on 8080\n/)
})

test('a removed one says what is gone', () => {
  assert.match(renderTerminal(results.removed), /Gone, and counted again: 3 containers, 1 network, 1 volume, 4 routes\./)
})

test('whatever a service says, the terminal gets no control character but line feeds and tabs', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const hostile = { ...service, name: text, artifact: text, log: text }
      const shown = renderTerminal({ ...results.failed, reason: text, cure: text, services: [hostile], notices: [text] })
      assert.doesNotMatch(shown.replace(/[\n\t]/g, ''), /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u)
    }),
  )
})
