import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { renderColumns, renderDrift, renderFacts, renderNotChecked, renderPlaces } from './trace.ts'

/** Whatever moves a cursor, hides text or turns it around, but for the line feeds that we write. */
const UNSAFE = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u
const hostile = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\u001b[2J', '\u202ered', 'a\r\nb', '\u009b31m'))

describe('what a registry or a label says', () => {
  it('reaches no terminal with anything that is not seen', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const place = { host: text, environment: text, service: text, state: text, since: new Date(0), pullRequest: 1 }
        const drift = { kind: text, what: text, expected: text, found: text, cure: text }
        for (const shown of [
          renderFacts([['name', text]]),
          renderColumns([[text, text]]),
          renderPlaces([place]),
          renderDrift(drift),
          renderNotChecked([{ what: text, why: text }]),
        ])
          assert.doesNotMatch(shown, UNSAFE)
      }),
      { examples: [['\t¡']] },
    )
  })

  it('cannot make a line of its own in a table, a drift or among what was not checked', () => {
    const text = 'a\nverified: everything'
    assert.equal(renderColumns([[text]]), 'a verified: everything')
    assert.equal(renderDrift({ kind: text, what: text, expected: text, found: text, cure: text }).split('\n').length, 4)
    assert.equal(renderNotChecked([{ what: text, why: text }]).split('\n').length, 1)
  })
})

it('facts stand below each other, what is empty is left out, and further lines are indented', () => {
  assert.equal(
    renderFacts([
      ['a', '1'],
      ['none', ''],
      ['long', '2\n3'],
    ]),
    'a     1\nlong  2\n      3',
  )
  assert.equal(renderFacts([]), '')
})

it('what shares a reason is named together, and not without end', () => {
  const same = Array.from({ length: 12 }, (_, at) => ({ what: `w${at}`, why: 'it is away' }))
  const lines = renderNotChecked([...same, { what: 'x', why: 'other' }]).split('\n')
  assert.match(lines[0] ?? '', /^not checked: w0, .*, w9 and 2 more: it is away$/)
  assert.equal(lines[1], 'not checked: x: other')
})
