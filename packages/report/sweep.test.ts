import assert from 'node:assert/strict'
import test from 'node:test'
import { nothingRemoved } from '@mayfly/core'
import { readCells } from './fixtures/read-markdown.ts'
import { renderSweep } from './sweep.ts'

const removed = { ...nothingRemoved, containers: 3, networks: 1 }

test('a sweep says what went and why before what stays and why', () => {
  const decisions = [
    { environment: 'acme-shop-pr-1', action: 'keep', why: 'until 2026-11-29T12:00:00.000Z', removed: nothingRemoved },
    { environment: 'acme-shop-pr-2', action: 'remove', why: '#2 is merged | @octocat', removed },
  ] as const
  assert.equal(
    renderSweep({ decisions, dryRun: false }),
    `### Sweep: 1 removed, 1 kept

| Environment | | Why |
| --- | --- | --- |
| \`acme-shop-pr-2\` | removed: 3 containers, 1 network | \\#\u200b2 is merged \\| @\u200boctocat |
| \`acme-shop-pr-1\` | kept | until 2026-11-29T12:00:00.000Z |
`,
  )
  assert.match(renderSweep({ decisions, dryRun: true }), /Sweep: 1 would go, 1 would stay[\s\S]+pr-2` \| would go \|/)
})

test('a sweep of nothing says so', () => {
  assert.match(renderSweep({ decisions: [], dryRun: false }), /no environments/)
})

test('a sweep of thousands fits into a summary, with what went in front', () => {
  const decisions = Array.from({ length: 5000 }, (_, at) => ({
    environment: `e${at}`,
    action: at < 4999 ? ('keep' as const) : ('remove' as const),
    why: '&|'.repeat(400),
    removed,
  }))
  const text = renderSweep({ decisions, dryRun: false })
  assert.ok(Buffer.byteLength(text) < 1024 * 1024)
  assert.equal(readCells(text.split('\n')[4] ?? '')[0], '`e4999`')
  assert.match(text, /and 4500 more\n$/)
})
