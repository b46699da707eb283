import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { html, json, NOTHING, type Part, textOf } from './html.ts'
import { isWebUrl } from './links.ts'
import { visible, visibleEnd, visibleLine, visibleStart } from './visible.ts'

test('values are text in elements and in attributes, arrays are joined, nothing is nothing', () => {
  const made = html`<p title="${'"><b>'}">${["<a href='x'>", 1, html`<i>${'&'}</i>`, false, undefined, NOTHING]}</p>`
  assert.equal(textOf(made), '<p title="&quot;&gt;&lt;b&gt;">&lt;a href=&#39;x&#39;&gt;1<i>&amp;</i></p>')
})

test('what was read from JSON cannot pass for finished HTML', () => {
  const forged: Part[] = JSON.parse('[["<b>"]]')
  assert.equal(textOf(html`${forged}`), '&lt;b&gt;')
})

test('data for a script keeps its value and cannot end the element', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('</script>', '<!--<script>', ']]>')), (text) => {
      const made = textOf(json({ [text]: text }))
      assert.doesNotMatch(made, /</)
      assert.deepEqual(JSON.parse(made), { [text]: text })
    }),
  )
})

for (const [what, text, shown] of [
  ['a right-to-left override', 'a\u202Eb', 'a‹U+202E›b'],
  ['a zero-width space', 'pay\u200Bment', 'pay‹U+200B›ment'],
  ['a NUL', 'a\u0000', 'a‹U+0000›'],
  ['the colour of a terminal', '\u001b[31mred\u001b[0m', 'red'],
  ['ends of lines', 'a\r\nb\u2028c\fd', 'a\nb\nc\nd'],
  ['half of a character', 'a\ud800b', 'a\ufffdb'],
] as const) {
  test(`${what} is named, replaced or gone, and never in effect`, () => assert.equal(visible(text), shown))
}

test('text that is too long says how much of it is left out', () => {
  assert.equal(visibleStart('abcdef', 4), 'abcd…\n[2 more characters are left out]')
  assert.equal(visibleEnd('abcdef', 4), '[2 characters before this are left out]\ncdef')
  assert.equal(visibleLine('a\n b\tc', 4), 'a b …')
})

test('whatever the text is, nothing unseen is left of it and a line stays a line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.integer({ min: 1, max: 50 }), (text, longest) => {
      assert.doesNotMatch(visible(text), /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
      assert.doesNotMatch(visibleLine(text, longest), /\n/)
      assert.ok(visibleLine(text, longest).length <= longest + 1)
    }),
  )
})

for (const [url, is] of [
  ['https://github.example.com/a/b/blob/1/x.ts#L1-L2', true],
  ['http://127.0.0.1:8080/?a=1', true],
  ['javascript:alert(1)', false],
  ['https://user:secret@e.test/', false],
  ['https://e.test/" onclick="x', false],
  ['https://e.test/<b>', false],
  ['//e.test/', false],
  ['data:text/html,x', false],
  [undefined, false],
] as const) {
  test(`${url} is ${is ? '' : 'no '}link`, () => assert.equal(isWebUrl(url), is))
}
