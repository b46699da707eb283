import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UserError } from '@mayfly/core'
import fc from 'fast-check'
import { readXml, type XmlLimits, xmlText } from './index.ts'

/** What the handlers are told, as one text. */
function told(text: string | Iterable<string>, limits: XmlLimits = {}): string {
  const said: string[] = []
  readXml(
    text,
    {
      open: (name, attributes) =>
        said.push(`<${[name, ...Object.entries(attributes).map(([key, value]) => `${key}=${value}`)].join(' ')}>`),
      close: (name) => said.push(`</${name}>`),
      text: (piece) => said.push(piece),
    },
    limits,
  )
  return said.join('')
}

const userError = (message: RegExp) => (error: unknown) =>
  error instanceof UserError && error.cure !== undefined && message.test(error.message)

describe('XML', () => {
  for (const [what, xml, expected] of [
    ['elements, attributes and text', '<a x="1"><b/>t</a>', '<a x=1><b></b>t</a>'],
    ['the five references and those of characters', '<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x1F600;</a>', `<a><>&"'A😀</a>`],
    ['references in attributes', '<a x="&lt;&#10;b"/>', '<a x=<\nb></a>'],
    ['CDATA', '<a><![CDATA[<b>&amp;]]></a>', '<a><b>&amp;</a>'],
    ['local names', '<n:a xmlns:n="u" n:x="1"/>', '<a n=u x=1></a>'],
    ['an attribute without a prefix rather than one with', '<a n:x="1" x="2" m:x="3"/>', '<a x=2></a>'],
    ['names that mean something to JavaScript', '<constructor __proto__="1"/>', '<constructor __proto__=1></constructor>'],
    ['no comments and instructions', '<?xml version="1.0"?><!-- <b> --><a><?p q?>x</a><!-- y -->\n', '<a>x</a>'],
    ['a mark at the start', '\ufeff<?xml version="1.0"?><a/>', '<a></a>'],
    ['a DTD that it names, without reading it', '<!DOCTYPE a SYSTEM "http://x.invalid/[a].dtd"><a/>', '<a></a>'],
  ] as const) {
    it(`gives ${what}`, () => assert.equal(told(xml), expected))
  }

  it('gives the same in whatever pieces it comes', () => {
    const xml = '<?xml version="1.0"?>\r\n<a x="&lt;é😀"><b>one\r\ntwo</b><![CDATA[]]]]><!-- - --></a>'
    const whole = told(xml)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: xml.length }), { maxLength: 10 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), xml.length]
        assert.equal(told(at.slice(1).map((end, index) => xml.slice(at[index], end))), whole)
      }),
    )
  })

  for (const [what, xml, message] of [
    ['nothing', '', /empty/],
    ['an end in the middle', '<a>\n <b x="1"', /^line 2, column \d+: this is no XML: unclosed tag: a|unexpected end/],
    ['an element that is not closed', '<a>\n<b>\n</a>', /^line 3, .*unexpected close tag/],
    ['two of one attribute', '<a x="1" x="2"/>', /^line 1, .*duplicate attribute: x/],
    ['an entity of its own', '<!DOCTYPE a [\n<!ENTITY b "c">\n]><a>&b;</a>', /^line 1: its DOCTYPE declares/],
    [
      'a file as an entity',
      '<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
      /^line 2: its DOCTYPE declares/,
    ],
    ['an unknown entity', '<a>&nbsp;</a>', /undefined entity/],
    ['a character that is none', '<a>&#0;</a>', /malformed character entity/],
    ['NUL', '<a>\0</a>', /disallowed character/],
    ['half a character', '<a>\ud800</a>', /this is no XML/],
    ['half a character where no character may be', '<!\ud800', /this is no XML/],
    ['text that is none of it', 'hello', /this is no XML/],
    ['JSON', '{"a":1}', /this is no XML/],
  ] as const) {
    it(`refuses ${what}, and says where`, () => assert.throws(() => told(xml), userError(message)))
  }

  it('refuses a billion laughs before one of them', () => {
    const levels = Array.from({ length: 10 }, (_, level) => `<!ENTITY l${level + 1} "${`&l${level};`.repeat(10)}">`)
    const bomb = `<?xml version="1.0"?>\n<!DOCTYPE l [<!ENTITY l0 "ha">${levels.join('')}]>\n<l>&l10;</l>`
    assert.throws(() => told(bomb), userError(/^line 2: its DOCTYPE declares/))
  })

  for (const [what, xml, limits, message] of [
    ['more than so many elements in one another', '<a>'.repeat(300), {}, /more than 256 elements are in one another/],
    [
      'more than so many attributes',
      `<a ${Array.from({ length: 300 }, (_, at) => `x${at}="1"`).join(' ')}/>`,
      {},
      /more than 256 attributes/,
    ],
    ['names that are too long', `<${'a'.repeat(1001)}/>`, {}, /longer than 1,000 characters/],
    ['names of attributes that are too long', `<a ${'a'.repeat(1001)}=""/>`, {}, /longer than 1,000 characters/],
    ['what is too long', `<a>${'b'.repeat(100)}</a>`, { length: 100 }, /longer than 100 characters/],
  ] as const) {
    it(`refuses ${what}`, () => assert.throws(() => told(xml, limits), userError(message)))
  }

  it('keeps the start of a value and of a text that are too long, and no half character', () => {
    assert.equal(told('<a x="1234">😀😀</a>', { value: 2, text: 3 }), '<a x=12>😀</a>')
  })

  for (const [what, xml, message] of [
    ['a DOCTYPE of any length', `<!DOCTYPE a ${'"a" '.repeat(500_000)}><a/>`, /the first 1,000,000 characters hold no element/],
    ['a name that never ends', `<a ${'b'.repeat(200_000)}`, /a name is longer than 1,000 characters/],
    ['a reference that never ends', `<a>&${'b'.repeat(200_000)}`, /a name is longer than 1,000 characters/],
  ] as const) {
    it(`refuses ${what}`, () => assert.throws(() => told(xml), userError(message)))
  }

  it('holds no more of a text that never ends than it gives', () => {
    const limits = { text: 10, value: 10 }
    for (const [long, expected] of [
      [`<a>${'- '.repeat(500_000)}</a>`, '<a>- - - - - </a>'],
      [`<a><!--${'- '.repeat(500_000)}--></a>`, '<a></a>'],
      [`<a><![CDATA[${']'.repeat(500_000)}]]></a>`, '<a>]]]]]]]]]]</a>'],
      [`<a x="${'&lt;'.repeat(200_000)}"/>`, '<a x=<<<<<<<<<<></a>'],
    ] as const) {
      assert.equal(told(long, limits), expected)
    }
  })

  it('throws what a handler throws, as it is', () => {
    const own = new Error('own')
    const open = () => {
      throw own
    }
    assert.throws(
      () => readXml('<a/>', { open }),
      (error) => error === own,
    )
  })

  it('is a UserError or is read, whatever it is', () => {
    const piece = fc.constantFrom(
      '<a>',
      '</a>',
      '<',
      '>',
      '"',
      "'",
      '=',
      ' x',
      '&',
      ';',
      '#',
      '<!',
      '--',
      '[',
      ']',
      'CDATA[',
      '<?xml',
      '?>',
      '<!DOCTYPE',
      '\0',
      '\ud800',
      '\r',
      '/',
    )
    const text = fc.array(fc.oneof(piece, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 30 })
    fc.assert(
      fc.property(text, (pieces) => {
        try {
          told(pieces)
        } catch (error) {
          assert.ok(error instanceof UserError, String(error))
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('the bytes of XML', () => {
  const decode = (bytes: Uint8Array) => [...xmlText(bytes)].join('')
  const utf16 = (text: string) => Buffer.from(text, 'utf16le')
  for (const [what, bytes, expected] of [
    ['UTF-8', Buffer.from('<a>é</a>'), '<a>é</a>'],
    ['UTF-8 with a mark', Buffer.from('\ufeff<a>é</a>'), '<a>é</a>'],
    ['UTF-16 with a mark', utf16('\ufeff<a>é</a>'), '<a>é</a>'],
    ['UTF-16 the other way round', utf16('\ufeff<a>é</a>').swap16(), '<a>é</a>'],
    ['UTF-16 without a mark', utf16('<a>é</a>'), '<a>é</a>'],
    [
      'the encoding that is declared',
      Buffer.from(`<?xml version="1.0" encoding='iso-8859-1'?><a>é</a>`, 'latin1'),
      `<?xml version="1.0" encoding='iso-8859-1'?><a>é</a>`,
    ],
  ] as const) {
    it(`are read as ${what}`, () => assert.equal(decode(bytes), expected))
  }

  it('are whole characters where a piece of them ends in the middle of one', () => {
    const text = `<a>${'x'.repeat(1024 * 1024 - 4)}é</a>`
    assert.equal(decode(Buffer.from(text)), text)
  })

  it('are refused in an encoding that nobody knows', () => {
    assert.throws(() => decode(Buffer.from('<?xml version="1.0" encoding="EBCDIC-9"?><a/>')), userError(/EBCDIC-9/))
  })
})
