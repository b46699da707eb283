import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { UserError } from '@mayfly/core'
import fc from 'fast-check'
import { BOUNDS } from './bounds.ts'
import { readTestResults } from './index.ts'

/** Reads, and checks what holds of every answer. */
function read(report: string | Uint8Array): ReturnType<typeof readTestResults> | undefined {
  try {
    const results = readTestResults(report, 'report')
    assert.equal(new Set(results.tests.map(({ id }) => id)).size, results.tests.length, 'ids are unique')
    for (const test of results.tests) {
      assert.ok(test.name.length <= BOUNDS.name && test.id.length <= BOUNDS.name + 20)
      assert.ok(test.message.length <= BOUNDS.message && test.details.length <= BOUNDS.details)
      assert.ok(!test.flaky || test.status === 'passed')
    }
    return results
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}

describe('a report may hold anything', () => {
  it('arbitrary text and bytes are read or refused with a clear word', () => {
    const starts = fc.constantFrom(
      '',
      '<testsuites>',
      '<testsuite name="a"><testcase',
      'TAP version 13\n',
      'ok 1 ',
      '1..',
      '{"results":',
      '{"Action":',
    )
    fc.assert(
      fc.property(starts, fc.string({ unit: 'binary', maxLength: 300 }), (start, rest) => void read(start + rest)),
      { numRuns: 500 },
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void read(bytes)))
  })

  it('arbitrary TAP and arbitrary JSON too', () => {
    const line = fc.constantFrom(
      'ok',
      'not ok 2 - a',
      '    ok - b {',
      '}',
      '    }',
      '1..2',
      '    1..3',
      '  ---',
      '  ...',
      '  type: "suite"',
      '# x',
      '\tok',
      '        not ok',
      'Bail out!',
      'TAP version 14',
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => void read(`1..9\n${lines.join('\n')}`)),
      { numRuns: 500 },
    )
    const status = fc.oneof(fc.constantFrom('passed', 'failed', 'skipped', 'pending'), fc.jsonValue())
    const test = fc.record({
      name: fc.oneof(fc.string(), fc.jsonValue()),
      status,
      suite: fc.jsonValue(),
      retries: fc.jsonValue(),
      start: fc.jsonValue(),
      attachments: fc.jsonValue(),
      retryAttempts: fc.jsonValue(),
      line: fc.jsonValue(),
    })
    fc.assert(fc.property(fc.array(fc.oneof(test, fc.jsonValue())), (tests) => void read(JSON.stringify({ results: { tests } }))))
  })

  it('a real report cut off anywhere is refused or says that something failed: never all passed', async () => {
    const folder = join(import.meta.dirname, 'fixtures')
    for (const name of await readdir(folder)) {
      if (name === 'README.md') continue
      const text = await readFile(join(folder, name), 'utf8')
      const whole = readTestResults(text, name)
      for (let part = 1; part < 40; part++) {
        const piece = text.slice(0, Math.floor((text.trimEnd().length - 1) * (part / 40)))
        const results = read(piece)
        if (results === undefined) continue
        const told = results.tests.some(({ status }) => status === 'failed') || results.notices.length > 0
        assert.ok(told, `${name}, ${part}/40: ${results.tests.length} of ${whole.tests.length}`)
      }
    }
  })

  it('entities of its own, external ones and endless depth are refused in XML', () => {
    const laughs = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><testsuites><testsuite name="&b;"/></testsuites>'
    const outside = '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><testsuites><testsuite name="&a;"/></testsuites>'
    const deep = '<testsuite>'.repeat(100_000)
    for (const report of [laughs, outside, deep, '<testsuites>\0</testsuites>', `<testsuites a="1" a="2"/>`]) {
      assert.throws(() => readTestResults(report, 'r'), UserError)
    }
  })

  it('names that mean something to JavaScript, Markdown or a terminal are kept as they are', () => {
    for (const name of [
      '__proto__',
      'constructor',
      '<img src=x onerror=alert(1)>',
      '| a | b |',
      '@someone #1',
      '\u202eabc',
      'a › b',
      '::error::x',
    ]) {
      const ctrf = JSON.stringify({ results: { tests: [{ name, status: 'passed', suite: [name] }] } })
      const [test] = readTestResults(ctrf, 'r').tests
      assert.deepEqual([test?.name, test?.suite], [name, [name]])
    }
  })

  it('what is too long is cut, and details beyond the whole are dropped with a word', () => {
    const long = 'x'.repeat(200_000)
    const tests = Array.from({ length: 60 }, (_, index) => ({
      name: `${index} ${long}`,
      status: 'failed',
      message: long,
      trace: long,
      suite: Array(100).fill('y'.repeat(2000)),
    }))
    const results = read(JSON.stringify({ results: { tests } }))
    assert.equal(results?.tests.length, 60)
    const kept = results?.tests.reduce((sum, { details }) => sum + details.length, 0) ?? 0
    assert.ok(kept > 4_000_000 && kept <= BOUNDS.allDetails)
    assert.match(results?.notices.join() ?? '', /more than 5 MB of details; those of 9 tests are left out/)
  })

  it('a hundred thousand tests of one name each have an id, and none is tried again and again', () => {
    const inside = '<testcase classname="c" name="a"/>'.repeat(100_000)
    const results = read(`<testsuites name="x"><testsuite name="s">${inside}</testsuite></testsuites>`)
    assert.equal(results?.tests.at(-1)?.id, 'c › a (100000)')
    const names = Array.from({ length: 50_000 }, (_, index) => `ok ${index + 1} - a (${index})`).join('\n')
    assert.equal(read(`${names}\n${'ok - a\n'.repeat(50_000)}1..100000`)?.tests.length, 100_000)
  })

  it('lines made to be slow to read are not', () => {
    const blank = ' '.repeat(300_000)
    for (const report of [
      `1..1\nok${blank}\u2028x\n`,
      `1..1\nnot ok 1 - a\n  ---\n  error: '${blank}x\n  ...\n`,
      `<testsuite><testcase name="a"><failure>${`${blank}x`.repeat(3)}</failure></testcase></testsuite>`,
      `<testsuite><testcase name="a" file="f"><failure>${'f'.repeat(300_000)}</failure></testcase></testsuite>`,
      `<testsuite><testcase name="a"><failure/><system-out>${'[[ATTACHMENT|'.repeat(20_000)}</system-out></testcase></testsuite>`,
      `TAP version 13\n${Array.from({ length: 2000 }, (_, depth) => `${'    '.repeat(depth)}ok`).join('\n')}`,
    ]) {
      assert.ok((read(report)?.tests.length ?? 0) > 0, report.slice(0, 60))
    }
  })
})
