import assert from 'node:assert/strict'
import test from 'node:test'
import { renderRetention } from './retention.ts'

const digest = `sha256:${'a'.repeat(64)}`
const image = { store: 'registry', place: 'ghcr.io', repository: 'acme/web', digest, tags: ['1.0.0'] }

test('what went comes first, then what would not go, then what stays, each with its reason', () => {
  assert.equal(
    renderRetention({
      dryRun: false,
      items: [
        { item: image, why: 'it is the released version web@1.0.0', outcome: 'kept' },
        { item: { ...image, tags: [] }, why: 'it has no tag | @octocat', outcome: 'deleted' },
        {
          item: { ...image, store: 'engine', place: 'the local engine', tags: ['web:2'] },
          why: '#2 uses it',
          outcome: 'refused',
        },
      ],
      notices: ['ghcr.io does not tell <everything>'],
      stopped: '',
    }),
    `### Retention: 1 deleted, 1 could not go, 1 kept

| Artifact | | Why |
| --- | --- | --- |
| \`ghcr.io/acme/web@sha256:aaaaaaaaaaaa\` | deleted | it has no tag \\| @\u200boctocat |
| \`web:2\` on the local engine | could not go | \\#\u200b2 uses it |
| \`ghcr.io/acme/web:1.0.0\` | kept | it is the released version web@\u200b1.0.0 |

* ghcr.io does not tell &lt;everything&gt;
`,
  )
})

test('a run that was stopped says so before anything else, and a dry run says what it is', () => {
  const text = renderRetention({
    dryRun: true,
    items: [{ item: image, why: 'over', outcome: 'would go' }],
    notices: [],
    stopped: 'the host <b>x</b> does not answer',
  })
  assert.match(text, /^### Retention \(dry run\): 1 would go\n\n\*\*It was stopped before its end:\*\* the host &lt;b&gt;x/)
})

test('nothing at all is a sentence', () => {
  assert.match(renderRetention({ dryRun: false, items: [], notices: [], stopped: '' }), /there is nothing of this repository/)
})

test('thousands of artifacts fit into a summary', () => {
  const items = Array.from({ length: 5000 }, () => ({ item: image, why: '&|'.repeat(400), outcome: 'kept' as const }))
  const text = renderRetention({ dryRun: false, items, notices: [], stopped: '' })
  assert.ok(Buffer.byteLength(text) < 1024 * 1024)
  assert.match(text, /and 4500 more\n$/)
})
