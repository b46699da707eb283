import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { readCells, readFences, withoutCode } from './fixtures/read-markdown.ts'
import { code, fence, lastLines, link, oneLine, prose } from './text.ts'

const BREAK = '\u200b'
const ESCAPE = '\u001b'

const proses: [string, string][] = [
  ['plain words, with 1.5 and a-b', 'plain words, with 1.5 and a-b'],
  ['ask @octocat and @acme/team', `ask @${BREAK}octocat and @${BREAK}acme/team`],
  ['fixes #12, GH-12, acme/shop#12', `fixes \\#${BREAK}12, GH${BREAK}-12, acme/shop\\#${BREAK}12`],
  ['<img src=x onerror=y>', '&lt;img src=x onerror=y&gt;'],
  ['</details><!--', '&lt;/details&gt;&lt;\\!--'],
  ['[free](https://evil.test)', `\\[free\\]\\(https:${BREAK}//evil.test\\)`],
  ['![x](//evil.test/x.png)', '\\!\\[x\\]\\(//evil.test/x.png\\)'],
  ['www.evil.test a@b.test', `www${BREAK}.evil.test a@${BREAK}b.test`],
  ['a | b `c` **d** _e_ ~f~ $g$', 'a \\| b \\`c\\` \\*\\*d\\*\\* \\_e\\_ \\~f\\~ \\$g\\$'],
  ['&#64;octocat &amp; \\', '&amp;\\#'.concat(BREAK, '64;octocat &amp;amp; \\\\')],
  ['# heading', `\\#${BREAK} heading`],
  ['- item', '\\- item'],
  ['---', '\\---'],
  ['1. item', '1\\. item'],
  ['1) item', '1\\) item'],
  ['> quote', '&gt; quote'],
  ['two\nlines\r\nand\u2028more', 'two lines and more'],
  [`${ESCAPE}[31mred${ESCAPE}[0m${ESCAPE}]8;;https://evil.test${ESCAPE}\\link\u0007`, 'redlink'],
  ['a\u202etxt.exe\u2069\u200f\u0000\u0008b', 'atxt.exeb'],
  ['lone \ud800 surrogate', 'lone \ufffd surrogate'],
  ['', ''],
]
for (const [text, expected] of proses) {
  test(`prose of ${JSON.stringify(text)} is ${JSON.stringify(expected)}`, () => assert.equal(prose(text), expected))
}

const codes: [string, string][] = [
  ['web@1.2.3', '`web@1.2.3`'],
  ['a`b', '``a`b``'],
  ['`', '`` ` ``'],
  ['a|b', '`a¦b`'],
  ['a\n\nb', '`a b`'],
  ['', ''],
]
for (const [text, expected] of codes) {
  test(`code of ${JSON.stringify(text)} is ${expected}`, () => assert.equal(code(text), expected))
}

for (const url of [
  'javascript:alert(1)',
  'https://a.test/)x',
  'https://a.test/ b',
  'https://u:p@a.test/',
  'data:text/html,x',
  '',
]) {
  test(`${JSON.stringify(url)} is no link`, () => assert.equal(link('label', url), 'label'))
}
test('a link has a harmless label', () => {
  assert.equal(link('](x) @me', 'https://a.test/b_c'), `[\\]\\(x\\) @${BREAK}me](https://a.test/b_c)`)
})

const pieces = [
  '`',
  '```',
  '~~~',
  '\\',
  '|',
  '\n',
  '\r',
  '\u2028',
  ' ',
  '@octocat',
  '#1',
  '<b>',
  '</details>',
  '](',
  'www.',
  '://',
  'GH-1',
  ESCAPE,
  '\u202e',
  'x',
]
const hostile = fc.oneof(
  fc.array(fc.constantFrom(...pieces)).map((all) => all.join('')),
  fc.string({ unit: 'binary', maxLength: 200 }),
)

test('whatever is put in a fence, it is one fence that closes, and nothing leaves it', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const { fences, outside } = readFences(`before\n\n${fence(text)}\n\nafter`)
      assert.equal(fences.length, 1)
      assert.equal(fences[0]?.closed, true)
      assert.equal(outside, 'before\n\n\nafter')
    }),
  )
})

test('whatever is put in prose, it is one line of text without mentions, references, links and HTML', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const safe = prose(text)
      assert.doesNotMatch(safe, /@\w|#\d|:\/\/|www\.|GH-\d|[<>\n\r\u2028\u2029]/i)
      // Whatever Markdown gives a meaning stands behind a backslash that is not itself behind one.
      assert.doesNotMatch(safe.replace(/\\[^A-Za-z0-9\s]/g, ''), /[\\`*_{}[\]()!|~^$#]/)
      assert.deepEqual(readFences(safe).fences, [])
    }),
  )
})

test('whatever is put in code and prose, they fill one cell of a table each', () => {
  fc.assert(
    fc.property(hostile, hostile, (one, two) => {
      const cells = readCells(`| ${code(one)} | ${prose(two)} | end |`)
      assert.deepEqual([cells.length, cells[2]], [3, 'end'])
      assert.equal(withoutCode(cells[0] ?? ''), code(one) === '' ? '' : '⟨code⟩')
    }),
  )
})

test('the last lines are at most as many, and as long, as asked for', () => {
  const text = Array.from({ length: 100 }, (_, at) => `line ${at}`).join('\r\n')
  assert.equal(lastLines(text, 2, 1000), 'line 98\nline 99')
  assert.equal(lastLines(text, 100, 20), 'line 98\nline 99')
  assert.equal(lastLines(text, 0, 1000), '')
  fc.assert(
    fc.property(hostile, fc.nat(50), fc.nat(500), (log, lines, characters) => {
      const kept = lastLines(log, lines, characters)
      assert.ok(kept.length <= characters && kept.split('\n').length <= Math.max(1, lines))
    }),
  )
})

test('a progress bar that returns its carriage is read as lines, and a long line is shortened between characters', () => {
  assert.equal(lastLines('10%\r20%\r30%', 2, 100), '20%\n30%')
  assert.equal(oneLine('🦋🦋', 3), '🦋…')
})
