import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { UserError } from '@mayfly/core'
import fc from 'fast-check'
import { NO_CODE, readCoverage } from './index.ts'

const FIXTURES = new URL('fixtures/', import.meta.url)
const read = (content: string | Uint8Array) => readCoverage(Buffer.from(content), 'evil.report')

/** Everything that is said of one file. */
const file = (content: string, path: string) => read(content).files.get(path)

describe('what is no report is refused with what it is and what to do', () => {
  for (const [what, content, message, cure] of [
    ['nothing', '', /is empty/, /ended before/],
    ['blanks alone', '\n \r\n\t\n', /is empty/, /ended before/],
    ['text', 'Hello, world\nSFX:a', /looks like text that starts with "Hello, world"/, /lcov, Cobertura/],
    ['a page', '<!DOCTYPE html>\n<html><head/><body/></html>', /looks like a page for people/, /lcov/],
    ['a report of tests', '<testsuites><testsuite name="a"/></testsuites>', /report of tests, not of coverage/, /lcov/],
    ['other XML', '<CoverageSession><Modules/></CoverageSession>', /XML of the kind <CoverageSession>/, /lcov/],
    ['other JSON', '{"a":1}', /JSON of another kind/, /lcov/],
    ['a list', '[]', /JSON of another kind/, /lcov/],
    ['half of a JSON', '{"/a.js":{"path":"/a.js","statementMap":{"0":{"sta', /is broken JSON/, /again/],
    ['half of an XML', '<coverage line-rate="1"><packages>\n<package name="a"', /^evil\.report: line 2, .*no XML/, /again/],
    ["istanbul's summary", '{"total":{"lines":{"total":1}}}', /summary, which tells of no lines/, /lcov/],
    ["V8's own", '{"result":[{"scriptId":"1","url":"file:///a.js","functions":[]}]}', /V8's raw coverage/, /c8 report/],
    ['what is compressed', gzipSync('SF:a\n'), /compressed with gzip/, /Unpack/],
    ["JaCoCo's execution data", Buffer.from('01c0c01007c0c0', 'hex'), /JaCoCo's execution data/, /jacococli/],
    ["coverage.py's data", 'SQLite format 3\0', /coverage\.py's data file/, /coverage json/],
    ["LLVM's raw profile", Buffer.from('8172666f72706cff', 'hex'), /LLVM's raw profile/, /llvm-profdata/],
    ['anything binary', Buffer.from([1, 2, 3, 0, 4]), /is binary/, /lcov/],
  ] as const) {
    it(what, () => {
      assert.throws(
        () => read(content),
        (error) => error instanceof UserError && message.test(error.message) && cure.test(error.cure ?? ''),
      )
    })
  }
})

describe('XML that attacks is refused', () => {
  const entities = Array.from({ length: 9 }, (_, level) => `<!ENTITY l${level + 1} "${`&l${level};`.repeat(10)}">`).join('')
  for (const [what, content, message] of [
    [
      'a billion laughs',
      `<!DOCTYPE c [<!ENTITY l0 "ha">${entities}]><coverage><packages>&l9;</packages></coverage>`,
      /DOCTYPE declares/,
    ],
    [
      'a file of the runner',
      '<!DOCTYPE c [<!ENTITY x SYSTEM "file:///etc/passwd">]><coverage><sources><source>&x;</source></sources></coverage>',
      /DOCTYPE declares/,
    ],
    ['an entity that nobody declared', '<coverage><sources><source>&x;</source></sources></coverage>', /undefined entity/],
    ['depth', `<report>${'<group name="a">'.repeat(300)}`, /in one another/],
    [
      'attributes',
      `<report><package ${Array.from({ length: 5000 }, (_, at) => `a${at}=""`).join(' ')}/></report>`,
      /more than 256 attributes/,
    ],
    [
      'two of one attribute',
      '<coverage><packages><class filename="a" filename="b"/></packages></coverage>',
      /duplicate attribute/,
    ],
  ] as const) {
    it(what, () =>
      assert.throws(
        () => read(content),
        (error) => error instanceof UserError && message.test(error.message),
      ),
    )
  }

  it('but a DTD that is only named is none, as JaCoCo and Cobertura write one', () => {
    const named = '<!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd"><report name="a"/>'
    assert.equal(read(named).format, 'jacoco')
  })
})

describe('numbers that are none', () => {
  const formats: [string, (line: string) => string][] = [
    ['lcov', (line) => `SF:a\nDA:${line},1\nDA:7,1\nend_of_record\n`],
    [
      'Cobertura',
      (line) =>
        `<coverage><packages><class filename="a"><lines><line number="${line}" hits="1"/><line number="7" hits="1"/></lines></class></packages></coverage>`,
    ],
    [
      'JaCoCo',
      (line) =>
        `<report><package name=""><sourcefile name="a"><line nr="${line}" ci="1"/><line nr="7" ci="1"/></sourcefile></package></report>`,
    ],
    [
      'Clover',
      (line) =>
        `<coverage><project><file path="a"><line num="${line}" type="stmt" count="1"/><line num="7" type="stmt" count="1"/></file></project></coverage>`,
    ],
  ]
  for (const [format, text] of formats) {
    for (const line of ['0', '-1', '1.5', 'NaN', '']) {
      it(`are left out of ${format} and said: line "${line}"`, () => {
        const { files, notices } = read(text(line))
        assert.deepEqual(
          [...(files.get('a')?.hits ?? [])].filter((hits) => hits !== NO_CODE),
          [1],
        )
        assert.equal(notices.length, 1)
        assert.match(notices[0] ?? '', /^evil\.report: 1 records of a line that is none were left out/)
      })
    }
    for (const line of ['1e308', '2147483648', '1000001']) {
      it(`are refused in ${format} rather than kept a place for: line ${line}`, () => {
        assert.throws(
          () => read(text(line)),
          (error) => error instanceof UserError && /more than 1,000,000/.test(error.message),
        )
      })
    }
  }

  it('are left out of JSON', () => {
    const statements = [0, -1, 1.5, null, '3', {}].map((line) => ({ start: { line } }))
    const json = { a: { path: 'a', statementMap: { ...statements, ok: { start: { line: 2 } } }, s: { ok: 1 } } }
    const { files, notices } = read(JSON.stringify(json))
    assert.deepEqual([...(files.get('a')?.hits ?? [])], [NO_CODE, NO_CODE, 1])
    assert.match(notices.join(), /6 records of a line that is none/)
  })

  for (const [what, content] of [
    ['coverage.py', '{"files":{"a":{"executed_lines":[9e99]}}}'],
    ['Codecov', '{"coverage":{"a":{"2147483648":1}}}'],
    ['Go', 'mode: set\na.go:1.1,2147483648.1 1 1\n'],
    [
      'llvm-cov',
      '{"type":"llvm.coverage.json.export","data":[{"files":[{"filename":"a","segments":[[1,1,1,true,true,false],[9e15,1,0,false,false,false]]}]}]}',
    ],
  ] as const) {
    it(`are refused in ${what}`, () =>
      assert.throws(
        () => read(content),
        (error) => error instanceof UserError && /more than 1,000,000/.test(error.message),
      ))
  }
})

describe('reports that are too much are refused', () => {
  for (const [what, content] of [
    ['files', () => Array.from({ length: 100_001 }, (_, at) => `SF:f${at}\n`).join('')],
    [
      'places for lines, in files with one line each',
      () => Array.from({ length: 60 }, (_, at) => `SF:f${at}\nDA:1000000,1\n`).join(''),
    ],
    [
      "Go's blocks, which all hold all lines",
      () => `mode: set\n${Array.from({ length: 60 }, (_, at) => `a.go:1.${at},1000000.1 1 1\n`).join('')}`,
    ],
    ['lists in JSON', () => `[${'[],'.repeat(12_000_001)}[]]`],
  ] as const) {
    it(what, () =>
      assert.throws(
        () => read(content()),
        (error) => error instanceof UserError && /more than [\d,]+\.$/.test(error.message),
      ),
    )
  }

  it('bytes', () => {
    assert.throws(
      () => readCoverage(new Uint8Array(256 * 1024 * 1024 + 1), 'a'),
      (error) => error instanceof UserError && /256 MB/.test(error.message),
    )
  })

  it('but a path that is too long is left out, and said', () => {
    const { files, notices } = read(`SF:${'a'.repeat(5000)}\nDA:1,1\nend_of_record\nSF:b\nDA:1,1\nend_of_record\n`)
    assert.deepEqual([...files.keys()], ['b'])
    assert.equal(notices.length, 1)
  })
})

describe('names that mean something to JavaScript are names', () => {
  for (const name of ['__proto__', 'constructor', 'toString']) {
    const one = `{"${name}":`
    for (const [format, content] of [
      ['lcov', `SF:${name}\nDA:1,2\nend_of_record\n`],
      [
        'Cobertura',
        `<coverage><packages><class filename="${name}"><lines><line number="1" hits="2"/></lines></class></packages></coverage>`,
      ],
      ['istanbul', `${one}{"statementMap":{"__proto__":{"start":{"line":1}}},"s":{"__proto__":2}}}`],
      ['SimpleCov', `{"__proto__":{"timestamp":1,"coverage":${one}[2]}}}`],
      ['Codecov', `{"coverage":${one}{"1":2}}}`],
    ] as const) {
      it(`${name} in ${format}`, () => {
        assert.deepEqual([...(file(content, name)?.hits ?? [])], [NO_CODE, 2])
        assert.equal(Object.hasOwn(Object.prototype, 'statementMap'), false)
      })
    }
  }

  it('and what every object has is in no report', () => {
    assert.throws(() => read('{"a":{"__proto__":{"statementMap":{}}}}'), UserError)
  })
})

describe('whatever it is, it is read or refused', () => {
  const attempt = (bytes: Uint8Array) => {
    try {
      readCoverage(bytes, 'any')
    } catch (error) {
      assert.ok(error instanceof UserError, error instanceof Error ? error.stack : String(error))
    }
  }

  it('any bytes', () => fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), attempt), { numRuns: 500 }))

  it('any JSON, on its own and within what each format has', () => {
    const key = fc.constantFrom(
      'coverage',
      'files',
      'data',
      'segments',
      'branches',
      'lines',
      'statementMap',
      's',
      'branchMap',
      'b',
      'executed_lines',
      'executed_branches',
      'start',
      'line',
      'loc',
      'path',
      'filename',
      'timestamp',
      'a',
      '__proto__',
      'toString',
      '[:if, 0, 3,',
    )
    const leaf = fc.oneof(fc.constantFrom(null, true, 0, 1, -1, 1.5, 1e308, '1/2', '', 'a'), fc.nat(50))
    const { any } = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: 'medium' },
        leaf,
        fc.array(tie('any'), { maxLength: 6 }),
        fc.array(fc.tuple(key, tie('any')), { maxLength: 5 }).map((members) => Object.fromEntries(members)),
      ),
    }))
    const within = fc.oneof(
      any,
      any.map((coverage) => ({ coverage, timestamp: 1 })),
      any.map((lines) => ({ suite: { coverage: { 'a.rb': { lines: [1, lines], branches: lines } }, timestamp: 1 } })),
      any.map((value) => ({
        files: { a: { executed_lines: [1, value], missing_lines: value, executed_branches: [value, [value]] } },
      })),
      fc.tuple(any, any).map(([segment, branch]) => ({
        type: 'llvm.coverage.json.export',
        data: [
          {
            files: [
              { filename: 'a', segments: [[1, 1, 1, true, true, false], [segment], segment], branches: [branch, [branch]] },
            ],
          },
        ],
      })),
      fc.tuple(any, any).map(([statement, branch]) => ({
        a: {
          statementMap: { 0: statement, 1: { start: statement } },
          s: statement,
          branchMap: { 0: branch, 1: { loc: branch } },
          b: branch,
        },
      })),
    )
    fc.assert(
      fc.property(within, (json) => attempt(Buffer.from(JSON.stringify(json)))),
      { numRuns: 1500 },
    )
  })

  it('any report with a piece of it missing, doubled or turned into something else', async () => {
    const names = (await readdir(FIXTURES)).filter((name) => name !== 'README.md')
    const reports = names.map((name) => readFileSync(new URL(name, FIXTURES)).subarray(0, 6000))
    const places = fc.array(
      fc.tuple(fc.nat(6000), fc.nat(40), fc.oneof(fc.constant(undefined), fc.uint8Array({ maxLength: 4 }))),
      { minLength: 1, maxLength: 4 },
    )
    fc.assert(
      fc.property(fc.constantFrom(...reports), places, (report, changes) => {
        const changed = changes.reduce((bytes: Uint8Array, [at, length, other]) => {
          const piece = other ?? Buffer.concat([bytes.subarray(at, at + length), bytes.subarray(at, at + length)])
          return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at + length)])
        }, report)
        attempt(changed)
      }),
      { numRuns: 800 },
    )
  })

  it('a report in UTF-8 that is none', () =>
    attempt(Buffer.concat([Buffer.from('SF:'), Buffer.from([0xff, 0xc3, 0x28]), Buffer.from('\nDA:1,1\n')])))
})
