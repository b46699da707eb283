import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { UserError } from '@mayfly/core'
import { readTestResults, type TestResults } from './index.ts'

const ROOTS = ['/home/runner/work/prices/prices/']

async function fixture(name: string): Promise<TestResults> {
  return readTestResults(await readFile(join(import.meta.dirname, 'fixtures', name)), name, ROOTS)
}

function only(results: TestResults, id: string) {
  const found = results.tests.filter((test) => test.id === id)
  assert.equal(found.length, 1, `${id} among ${results.tests.map((test) => test.id).join('\n')}`)
  const [test] = found
  if (test === undefined) throw new Error(id)
  return test
}

describe('reports of tests are read as the tools that wrote them count', () => {
  // The counts are those that each tool printed at its end.
  const counts: [file: string, format: string, total: number, passed: number, failed: number, skipped: number, flaky: number][] =
    [
      ['node-junit.xml', 'junit', 11, 6, 3, 2, 0],
      ['node.tap', 'tap', 12, 6, 4, 2, 0],
      ['playwright-retries.xml', 'junit', 10, 4, 2, 4, 2],
      ['playwright-ctrf.json', 'ctrf', 10, 4, 2, 4, 2],
      ['vitest.xml', 'junit', 8, 4, 2, 2, 0],
      ['vitest.tap', 'tap', 8, 4, 2, 2, 0],
      ['jest.xml', 'junit', 4, 2, 1, 1, 0],
      ['mocha.xml', 'junit', 3, 2, 1, 0, 0],
      ['mocha.tap', 'tap', 5, 2, 1, 2, 0],
      ['tape.tap', 'tap', 4, 2, 1, 1, 0],
      ['node-tap.tap', 'tap', 5, 2, 1, 2, 0],
      // One of pytest's six failures and errors is the cleaning up of a test that failed already.
      ['pytest-xunit1.xml', 'junit', 11, 4, 5, 2, 0],
      ['pytest-xunit2.xml', 'junit', 11, 4, 5, 2, 0],
      ['go-test.txt', 'go', 10, 4, 5, 1, 0],
      ['gotestsum.xml', 'junit', 11, 4, 6, 1, 0],
      ['gotestsum-rerun.xml', 'junit', 1, 1, 0, 0, 1],
      ['go-junit-report.xml', 'junit', 11, 4, 6, 1, 0],
      ['surefire.xml', 'junit', 5, 2, 2, 1, 1],
      ['phpunit.xml', 'junit', 12, 10, 2, 0, 0],
      ['tst.xml', 'junit', 31, 6, 20, 5, 0],
    ]
  for (const [file, format, total, passed, failed, skipped, flaky] of counts) {
    it(file, async () => {
      const { format: found, tests } = await fixture(file)
      const count = (status: string): number => tests.filter((test) => test.status === status).length
      assert.equal(found, format)
      assert.deepEqual(
        [tests.length, count('passed'), count('failed'), count('skipped'), tests.filter((test) => test.flaky).length],
        [total, passed, failed, skipped, flaky],
      )
      assert.equal(new Set(tests.map((test) => test.id)).size, total)
      for (const test of tests) if (test.status === 'failed' && format !== 'tap') assert.notEqual(test.message, '', test.id)
    })
  }
})

describe('a test has the name that its tool gives it', () => {
  const names: [file: string, id: string][] = [
    ['node-junit.xml', 'prices › with tax › adds'],
    ['node-junit.xml', 'prices › rounds <&> "quotes"'],
    ['node-junit.xml', 'other.test.js › adds'],
    ['node-junit.xml', 'prices.test.js › adds'],
    ['node.tap', 'prices › with tax › adds'],
    ['node.tap', 'name with # hash and \\ backslash'],
    ['playwright-retries.xml', 'firefox › shop.spec.js › shop › sells <b>bread</b> & "milk"'],
    ['playwright-ctrf.json', 'firefox › shop.spec.js › shop › sells <b>bread</b> & "milk"'],
    ['vitest.xml', 'sum.test.js › sum › of <nothing> & more › takes 2'],
    ['vitest.tap', 'sum.test.js › sum › of <nothing> & more › takes 2'],
    ['jest.xml', 'sum › of nothing is 0'],
    ['mocha.xml', 'sum › adds'],
    ['tape.tap', 'adds › is five'],
    ['node-tap.tap', 'adds › inner › is two'],
    ['pytest-xunit2.xml', 'test_prices › test_param[<x>]'],
    ['pytest-xunit1.xml', 'test_prices.TestTax › test_adds'],
    ['go-test.txt', 'example.org/prices › TestTable/second_one'],
    ['gotestsum.xml', 'example.org/prices › TestTable/second_one'],
    ['surefire-first.xml', 'org.example.PricesTest$Tax › adds'],
    ['phpunit.xml', 'PHPUnit.Event.DirectDispatcherTest › testDispatchRejectsUnknownEventType'],
  ]
  for (const [file, id] of names) it(`${file}: ${id}`, async () => void only(await fixture(file), id))

  it('what Playwright and Vitest write in two formats has the same ids in both', async () => {
    const ids = async (name: string) => (await fixture(name)).tests.map((test) => test.id).sort()
    assert.deepEqual(await ids('playwright-retries.xml'), await ids('playwright-ctrf.json'))
    const [xml, tap] = [await ids('vitest.xml'), await ids('vitest.tap')]
    assert.deepEqual(
      xml.filter((id) => id.startsWith('sum')),
      tap.filter((id) => id.startsWith('sum')),
    )
  })
})

describe('a failure says what is wrong in its first line, and where', () => {
  const failures: [file: string, id: string, message: RegExp, place?: string][] = [
    ['node-junit.xml', 'prices › rounds <&> "quotes"', /^Expected values to be strictly equal:/, 'prices.test.js:5'],
    ['node.tap', 'a parent › fails inside', /^inside\nsecond line$/, 'prices.test.js:14'],
    [
      'playwright-retries.xml',
      'chromium › shop.spec.js › shop › sells <b>bread</b> & "milk"',
      /^expect\(received\)/,
      'shop.spec.js:5',
    ],
    ['vitest.tap', 'sum.test.js › sum › of <nothing> & more › is 0', /^expected \+0 to be 1/, 'sum.test.js:5'],
    ['jest.xml', 'sum › of nothing is 0', /^Error: expect\(received\)\.toBe/],
    ['tape.tap', 'adds › is five', /^Error: is five$/, 'sum.js:2'],
    ['pytest-xunit1.xml', 'test_prices › test_rounds', /^AssertionError: not the same/, 'test_prices.py:7'],
    ['pytest-xunit1.xml', 'test_prices › test_teardown_error', /^AssertionError: first/, 'test_prices.py:42'],
    ['go-test.txt', 'example.org/prices › TestRounds', /^prices_test\.go:8: expected 3, got 4$/],
    ['go-test.txt', 'example.org/prices/broken › (the package itself)', /^It could not be built: .*undefinedFunction$/],
    ['go-test.txt', 'example.org/prices/panics › TestPanics', /^panic: assignment to entry in nil map/],
    ['go-junit-report.xml', 'example.org/prices › TestTable/third', /^prices_test\.go:14: third is wrong$/],
    ['surefire.xml', 'org.example.PricesTest › rounds', /^not the same ==> expected: <3> but was: <4>$/],
    ['phpunit.xml', 'CLI Arguments › targeting-traits-with-usesclass-attribute-is-deprecated.phpt', /Failed asserting/],
  ]
  for (const [file, id, message, place] of failures) {
    it(`${file}: ${id}`, async () => {
      const test = only(await fixture(file), id)
      assert.equal(test.status, 'failed')
      assert.match(test.message, message)
      assert.notEqual(test.details, '')
      if (place !== undefined) assert.equal(`${test.file}:${test.line}`, place)
    })
  }

  it('screenshots and traces are found, in the output and in CTRF', async () => {
    for (const file of ['playwright-retries.xml', 'playwright-ctrf.json']) {
      const test = only(await fixture(file), 'chromium › shop.spec.js › shop › sells <b>bread</b> & "milk"')
      assert.ok(
        test.attachments.some(({ path }) => path.endsWith('.png')),
        file,
      )
      assert.equal(test.retries, 1)
    }
  })

  it('a flaky test says why it failed at first', async () => {
    for (const [file, id] of [
      ['surefire.xml', 'org.example.PricesTest › isFlaky'],
      ['gotestsum-rerun.xml', 'example.org/prices/flaky › TestFlaky'],
      ['playwright-ctrf.json', 'chromium › shop.spec.js › shop › is flaky'],
    ] as const) {
      const test = only(await fixture(file), id)
      assert.deepEqual([test.status, test.flaky, test.retries], ['passed', true, 1], file)
      assert.notEqual(test.message, '')
      assert.notEqual(test.details, '')
    }
  })

  it('a skipped test says why', async () => {
    assert.equal(only(await fixture('node-junit.xml'), 'prices › with tax › needs a bank').message, 'no bank here')
    assert.equal(only(await fixture('gotestsum.xml'), 'example.org/prices › TestBank').message, 'prices_test.go:19: no bank here')
    assert.equal(only(await fixture('surefire.xml'), 'org.example.PricesTest › isSkipped').message, 'no bank here')
  })

  it('when a test started follows from its suite, one after the other', async () => {
    const { tests } = await fixture('pytest-xunit2.xml')
    const starts = tests.map(({ startedAt }) => Date.parse(startedAt ?? ''))
    assert.ok(starts.every((start, index) => index === 0 || start >= (starts[index - 1] ?? 0)))
  })
})

describe('small reports', () => {
  const suite = (inside: string, attributes = '') => `<testsuite name="s"${attributes}>${inside}</testsuite>`
  const one = (report: string) => {
    const [test, ...more] = readTestResults(report, 'r').tests
    if (test === undefined || more.length > 0) throw new Error(`${more.length + 1} tests`)
    return test
  }

  it('times are read with thousands, with a decimal comma and as powers of ten', () => {
    for (const [time, milliseconds] of [
      ['1,234.5', 1_234_500],
      ['12,345,678', 12_345_678_000],
      ['0,005', 5],
      ['1.5e-05', 0.015],
      ['3', 3000],
      ['-1', undefined],
      ['soon', undefined],
      ['', undefined],
      ['1e308', 1e12],
    ] as const) {
      assert.equal(one(suite(`<testcase name="a" time="${time}"/>`)).milliseconds, milliseconds, time)
    }
  })

  it('RSpec’s, GoogleTest’s and xUnit’s ways of saying how a test ended', () => {
    for (const [inside, status] of [
      ['<testcase name="a"/>', 'passed'],
      ['<testcase name="a"><failure/></testcase>', 'failed'],
      ['<testcase name="a"><error type="Timeout"/></testcase>', 'failed'],
      ['<testcase name="a"><skipped/></testcase>', 'skipped'],
      ['<testcase name="a" status="notrun"/>', 'skipped'],
      ['<testcase name="a" result="suppressed"/>', 'skipped'],
      ['<testcase name="a"><skipped/><error message="no"/></testcase>', 'failed'],
      ['<testcase name="a"><skipped type="todo"/><failure/></testcase>', 'skipped'],
      ['<testcase name="a"><failure/><rerunFailure/></testcase>', 'failed'],
      ['<testcase name="a"><flakyError/></testcase>', 'passed'],
    ] as const) {
      assert.equal(one(suite(inside)).status, status, inside)
    }
    const rspec = one(
      '<testsuite name="rspec" tests="1"><testcase classname="spec.user_spec" name="User is valid" file="./spec/user_spec.rb" time="0.01"/></testsuite>',
    )
    assert.deepEqual([rspec.id, rspec.file], ['spec.user_spec › User is valid', 'spec/user_spec.rb'])
  })

  it('a failure that a suite counts but does not list is a failed test', () => {
    const test = one('<testsuites><testsuite name="broken.test.js" errors="1" tests="0"/></testsuites>')
    assert.deepEqual([test.id, test.status], ['broken.test.js › (the suite itself)', 'failed'])
    assert.equal(one(suite('<error message="set-up failed"/>', ' errors="1"')).message, 'set-up failed')
  })

  it('a test listed again after it failed is another attempt; what passed twice is two tests', () => {
    const fails = '<testcase classname="c" name="a"><failure message="no"/></testcase>'
    const passes = '<testcase classname="c" name="a"/>'
    const told = (inside: string) =>
      readTestResults(suite(inside), 'r').tests.map((test) => `${test.id} ${test.status} ${test.flaky} ${test.retries}`)
    assert.deepEqual(told(fails + passes), ['c › a passed true 1'])
    assert.deepEqual(told(fails + fails + fails), ['c › a failed false 2'])
    assert.deepEqual(told(passes + passes), ['c › a passed false 0', 'c › a (2) passed false 0'])
    assert.deepEqual(told(passes + fails), ['c › a passed false 0', 'c › a (2) failed false 0'])
    const lines = '<testcase classname="c" name="a" line="3"><failure/></testcase><testcase classname="c" name="a" line="9"/>'
    assert.deepEqual(told(lines), ['c › a failed false 0', 'c › a (2) passed false 0'])
  })

  it('suites around a class count only where tests would be the same without them', () => {
    const report = `<testsuites>${['x', 'y'].map((name) => `<testsuite name="${name}"><testcase classname="c" name="a"/></testsuite>`).join('')}
      <testsuite name="x"><testcase classname="c" name="b"/></testsuite></testsuites>`
    assert.deepEqual(
      readTestResults(report, 'r').tests.map(({ id }) => id),
      ['x › c › a', 'y › c › a', 'c › b'],
    )
  })

  it('TAP: what its plan does not keep, giving up, and a run that ended early are failures', () => {
    for (const [report, failed, total] of [
      ['1..3\nok 1 - a\nok 2 - b\n', ['(the plan)'], 3],
      ['TAP version 13\nok 1 - a\n', ['(the plan)'], 2],
      ['1..2\nok 1 - a\nBail out! no database\n', ['Bail out!'], 2],
      ['1..1\nok 1 - a\n    not ok 1 - inner\n    1..1\nnot ok 2 - outer\n1..1\n', ['outer › inner'], 2],
      ['TAP version 14\nnot ok 1 - p {\n    ok 1 - c\n    1..1\n}\n1..1\n', ['p'], 2],
      ['ok 1 - p {\n    ok 1 - c\n    1..1\n}\n1..1\n', [], 1],
      ['1..0 # SKIP no network\n', [], 0],
      ['1..2\nok 1 # SKIP not now\nnot ok 2 x # TODO later\n', [], 2],
      ['TAP version 13\n1..1\nok 1 a\nTAP version 13\n1..1\nnot ok 1 b\n', ['b'], 2],
    ] as const) {
      const { tests } = readTestResults(report, 'r')
      assert.deepEqual(
        [tests.filter(({ status }) => status === 'failed').map(({ id }) => id), tests.length],
        [failed, total],
        report,
      )
    }
  })

  it('CTRF: suites as text or list, pending is skipped, and what neither passed nor failed counts as failed', () => {
    const report = {
      results: {
        summary: { tests: 5 },
        tests: [
          { name: 'a', status: 'passed', suite: 'x > y', duration: 5, start: 1_760_000_000 },
          { name: 'b', status: 'pending', suite: ['x', 'y'] },
          { name: 'c', status: 'other' },
          { name: 'd', status: 'passed', retries: 2 },
        ],
      },
    }
    const { tests, notices } = readTestResults(JSON.stringify(report), 'r.json')
    assert.deepEqual(
      tests.map((test) => [test.id, test.status, test.flaky]),
      [
        ['x › y › a', 'passed', false],
        ['x › y › b', 'skipped', false],
        ['c', 'failed', false],
        ['d', 'passed', true],
      ],
    )
    assert.equal(tests[0]?.startedAt, '2025-10-09T08:53:20.000Z')
    assert.equal(notices.length, 2)
  })

  it('Go: a test that never ended failed', () => {
    const lines = ['run', 'output'].map((Action) =>
      JSON.stringify({ Action, Package: 'p', Test: 'TestHangs', Output: 'waiting\n' }),
    )
    assert.deepEqual([one(lines.join('\n')).status, one(lines.join('\n')).id], ['failed', 'p › TestHangs'])
  })

  it('a report without tests says so and a report of something else is refused with what can be read', () => {
    assert.deepEqual(readTestResults('<testsuites/>', 'r.xml').notices, ['r.xml holds no tests.'])
    for (const report of [
      '',
      ' \n',
      '<coverage/>',
      '{"a":1}',
      '{',
      'hello',
      '<testsuites><testsuite name="a">',
      '\0\0\0',
      '[]',
    ]) {
      assert.throws(
        () => readTestResults(report, 'reports/r.xml'),
        (error) => error instanceof UserError && error.message.startsWith('reports/r.xml') && (error.cure ?? '') !== '',
        report,
      )
    }
  })

  it('a report in UTF-16 or with a mark in front is read', () => {
    const report = suite('<testcase name="ä"/>')
    assert.equal(readTestResults(Buffer.from(`\ufeff${report}`, 'utf16le'), 'r').tests[0]?.name, 'ä')
    assert.equal(readTestResults(Buffer.from(`\ufeff${report}`), 'r').tests[0]?.name, 'ä')
  })
})
