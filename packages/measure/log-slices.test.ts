import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type LogLine, parseLogs, SLICE, sliceLogs } from './log-slices.ts'

const START = Date.parse('2026-11-23T10:00:00Z')

function lines(count: number, text = (second: number) => `line ${second}`): LogLine[] {
  return Array.from({ length: count }, (_, second) => ({ at: new Date(START + second * 1000), text: text(second) }))
}

function at(second: number): string {
  return new Date(START + second * 1000).toISOString()
}

describe('what services wrote around a failed test', () => {
  it('from a second before its start to a second after its end, of each service that wrote anything then', () => {
    const logs = new Map([
      ['api', lines(60)],
      ['quiet', [{ at: new Date(START), text: 'long before' }]],
    ])
    assert.deepEqual(sliceLogs(logs, [{ id: 't', startedAt: at(10), milliseconds: 3000 }]).get('t'), [
      { service: 'api', lines: 'line 9\nline 10\nline 11\nline 12\nline 13\nline 14' },
    ])
  })

  it('the last 40 lines where nobody knows when it ran', () => {
    for (const span of [{ id: 't' }, { id: 't', milliseconds: 5 }, { id: 't', startedAt: 'soon' }]) {
      const [slice] = sliceLogs(new Map([['api', lines(100)]]), [span]).get('t') ?? []
      assert.deepEqual(slice?.lines.split('\n').length, 40)
      assert.ok(slice?.lines.endsWith('line 99'))
    }
  })

  it('of more than fits the last whole lines; one line that is too long is cut', () => {
    const long = lines(10, (second) => `${second}${'x'.repeat(3000)}`)
    const [slice] = sliceLogs(new Map([['api', long]]), [{ id: 't' }]).get('t') ?? []
    assert.equal(slice?.lines.split('\n').length, 2)
    const [cut] = sliceLogs(new Map([['api', lines(1, () => '😀'.repeat(9000))]]), [{ id: 't' }]).get('t') ?? []
    assert.ok((cut?.lines.length ?? 0) <= SLICE.characters && cut?.lines.isWellFormed())
  })

  it('whatever was written: within the bounds, and only lines of the window', () => {
    const log = fc.array(fc.record({ at: fc.integer({ min: 0, max: 100_000 }), text: fc.string({ maxLength: 50 }) }))
    fc.assert(
      fc.property(log, fc.integer({ min: 0, max: 100_000 }), fc.nat({ max: 5000 }), (written, start, milliseconds) => {
        const sorted = written.sort((one, other) => one.at - other.at).map(({ at, text }) => ({ at: new Date(START + at), text }))
        const span = { id: 't', startedAt: new Date(START + start).toISOString(), milliseconds }
        const [slice] = sliceLogs(new Map([['s', sorted]]), [span]).get('t') ?? []
        const inside = sorted.filter(
          ({ at }) => at.getTime() >= START + start - 1000 && at.getTime() <= START + start + milliseconds + 1000,
        )
        assert.equal(
          slice?.lines ?? '',
          inside
            .slice(-40)
            .map(({ text }) => text)
            .join('\n'),
        )
      }),
    )
  })
})

describe('docker logs --timestamps', () => {
  it('each line has its time to the millisecond; what has none belongs to the line before', () => {
    const text =
      '2026-11-23T10:00:00.123456789Z hello world\r\n2026-11-23T10:00:01Z \ngoes on\n2026-11-23T12:00:02.5+02:00 here\n'
    assert.deepEqual(
      parseLogs(text).map((line) => [line.at.toISOString(), line.text]),
      [
        ['2026-11-23T10:00:00.123Z', 'hello world'],
        ['2026-11-23T10:00:01.000Z', ''],
        ['2026-11-23T10:00:01.000Z', 'goes on'],
        ['2026-11-23T10:00:02.500Z', 'here'],
      ],
    )
    assert.deepEqual(parseLogs(''), [])
    assert.equal(parseLogs('9999-99-99T99:99:99Z x')[0]?.text, '9999-99-99T99:99:99Z x')
  })

  it('any text is read', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => parseLogs(text).every(({ at }) => !Number.isNaN(at.getTime()))),
    )
  })
})
