import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { harmless, lineCutter, OUTPUT, tailKeeper } from './output-lines.ts'

function cutAll(pieces: readonly Buffer[]): string[] {
  const lines: string[] = []
  const cutter = lineCutter((line) => lines.push(line))
  for (const piece of pieces) cutter.write(piece)
  cutter.end()
  return lines
}

const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g')

describe('the output of tests', () => {
  it('is the same lines however it is cut into pieces', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'ü', '😀', '\n', '\r', ' ') })
    fc.assert(
      fc.property(text, fc.array(fc.nat({ max: 40 })), (written, cuts) => {
        const bytes = Buffer.from(written)
        const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length]
        const pieces = at.slice(1).map((end, index) => bytes.subarray(at[index], end))
        assert.deepEqual(
          cutAll(pieces),
          written.split(/[\r\n]+/).filter((line) => line !== ''),
        )
      }),
    )
  })

  it('a line without an end does not grow', () => {
    const [line, ...more] = cutAll(Array.from({ length: 100 }, () => Buffer.alloc(65_536, 'x')))
    assert.deepEqual([line?.length, more.length], [OUTPUT.line + 2, 0])
  })

  it('no line of it is a command to the runner, and none moves a cursor', () => {
    const hostile = [
      '::set-output name=a::b',
      ' \t::add-mask::x',
      '\u00a0::stop-commands::x',
      '\u200b::error::x',
      '\0::warning::x',
      '\u001b[2J::debug::x',
      'a ##[set-env name=A;]b',
      '##[command]x',
      ':::error::x',
      '\u001b]0;title\u0007::error::x',
      '\ufeff::error::x',
    ]
    for (const line of hostile) {
      const shown = harmless(line)
      assert.doesNotMatch(shown, /^[\s\p{Cf}\p{Cc}]*::|##\[/u, JSON.stringify(shown))
    }
    assert.equal(harmless('\u001b[31mred\u001b[0m and \u001b[1Aup\tand a::b'), '\u001b[31mred\u001b[0m and up\tand a::b')
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(':', '#', '[', ' ', '\u001b', 'm', 'A', '\0', '\u200b', ']') }), (line) => {
        const shown = harmless(line)
        assert.doesNotMatch(shown, /^[\s\p{Cf}]*::|##\[/u)
        assert.doesNotMatch(shown.replaceAll(COLOURS, ''), /(?!\t)\p{Cc}/u)
      }),
      { numRuns: 2000 },
    )
  })

  it('of it the last 200 lines and 64 KB are kept', () => {
    const keeper = tailKeeper()
    for (let index = 0; index < 1_000_000; index++) keeper.add(`line ${index}`)
    const kept = keeper.text().split('\n')
    assert.deepEqual([kept.length, kept.at(-1), keeper.last()], [200, 'line 999999', 'line 999999'])
    for (let index = 0; index < 300; index++) keeper.add('x'.repeat(10_000))
    assert.equal(keeper.text().split('\n').length, 6)
  })
})
