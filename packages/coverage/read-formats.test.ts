import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { NO_CODE, readCoverage } from './index.ts'

/** By path: the hits of the lines with code, and the branches as `taken/total`. */
function read(text: string) {
  const { files, notices } = readCoverage(Buffer.from(text), 'report')
  const found = new Map<string, { lines: Record<number, number>; branches: Record<number, string> }>()
  for (const [path, { hits, branches }] of files) {
    const lines = Object.fromEntries([...hits.entries()].filter(([, count]) => count !== NO_CODE))
    found.set(path, {
      lines,
      branches: Object.fromEntries([...branches].map(([line, { taken, total }]) => [line, `${taken}/${total}`])),
    })
  }
  return { files: Object.fromEntries(found), notices }
}

const lcov = (...lines: string[]) => read(`SF:a.c\n${lines.join('\n')}\nend_of_record\n`)
const MOST = NO_CODE - 1

describe('lcov', () => {
  for (const [what, lines, expected] of [
    ['a checksum', ['DA:1,2,XyZ=='], { 1: 2 }],
    ['the sum of a line that is said twice', ['DA:1,2', 'DA:1,3'], { 1: 5 }],
    ['none for a count below zero', ['DA:1,-5'], { 1: 0 }],
    [
      'the most for a count that no number holds',
      ['DA:1,99999999999999999999', 'DA:2,1e308', 'DA:3,4294967295'],
      { 1: MOST, 2: MOST, 3: MOST },
    ],
    ['the most for a sum that is more', ['DA:1,4294967294', 'DA:1,10'], { 1: MOST }],
  ] as const) {
    it(`is read with ${what}`, () =>
      assert.deepEqual(lcov(...lines), { files: { 'a.c': { lines: expected, branches: {} } }, notices: [] }))
  }

  it('adds up the records of one file, and takes a branch where one of them took it', () => {
    const one = 'SF:a.c\nDA:1,1\nDA:2,0\nBRDA:1,0,0,1\nBRDA:1,0,1,0\nend_of_record\n'
    const other = 'TN:two\nSF:a.c\nDA:1,2\nDA:3,1\nBRDA:1,0,0,0\nBRDA:1,0,1,4\nend_of_record\n'
    assert.deepEqual(read(one + other).files, { 'a.c': { lines: { 1: 3, 2: 0, 3: 1 }, branches: { 1: '2/2' } } })
    assert.deepEqual(read(one + one).files, { 'a.c': { lines: { 1: 2, 2: 0 }, branches: { 1: '1/2' } } })
  })

  it('takes a branch once, however many records took it, in whatever order their files come', () => {
    const record = (path: string, ...taken: string[]) =>
      `SF:${path}\n${taken.map((count, at) => `BRDA:1,0,${at},${count}\n`).join('')}DA:1,1\nend_of_record\n`
    const text =
      record('a.c', '1', '0', '0') + record('b.c', '0', '1') + record('a.c', '2', '0', '-') + record('a.c', '0', '3', '0')
    const branches = Object.entries(read(text).files).map(([path, file]) => [path, file.branches])
    assert.deepEqual(branches, [
      ['a.c', { 1: '2/3' }],
      ['b.c', { 1: '1/2' }],
    ])
  })

  it('takes numbers for what they are, however they are written', () => {
    assert.deepEqual(lcov('DA: 1 , 2 ', 'DA:2,1e2', 'DA:03,007', 'DA:4,2.9', 'BRDA:5').files['a.c']?.lines, {
      1: 2,
      2: 100,
      3: 7,
      4: 2,
    })
    assert.deepEqual(lcov('BRDA:1', 'BRDA:1,0,"x,y",1', 'BRDA: 1,0,0,-').files['a.c']?.branches, { 1: '1/2' })
  })

  it('counts a branch that was never reached as not taken', () => {
    assert.deepEqual(lcov('DA:4,0', 'BRDA:4,0,0,-', 'BRDA:4,0,1,-').files, { 'a.c': { lines: { 4: 0 }, branches: { 4: '0/2' } } })
  })

  it('begins the next file where a record has no end, and gives what there is where the file has none', () => {
    assert.deepEqual(read('SF:a.c\nDA:1,1\nSF:b.c\nDA:2,1').files, {
      'a.c': { lines: { 1: 1 }, branches: {} },
      'b.c': { lines: { 2: 1 }, branches: {} },
    })
  })

  it('leaves out what belongs to no file', () => {
    assert.deepEqual(read('TN:\nDA:1,1\nend_of_record\nSF:a.c\nDA:2,1\nend_of_record\nDA:3,1\n').files, {
      'a.c': { lines: { 2: 1 }, branches: {} },
    })
  })

  it('keeps a path as it is spelled, with commas, blanks and colons', () => {
    assert.deepEqual(Object.keys(read('SF:C:\\a b\\é,1.c\nDA:1,1\nend_of_record\n').files), ['C:\\a b\\é,1.c'])
  })
})

describe('Cobertura', () => {
  const cobertura = (classes: string) =>
    read(`<coverage line-rate="1"><packages><package><classes>${classes}</classes></package></packages></coverage>`)

  it('puts the classes of one file together, and counts no line twice', () => {
    const one =
      '<class name="A" filename="a.cs"><methods/><lines><line number="1" hits="2"/><line number="2" hits="0"/></lines></class>'
    const other =
      '<class name="A/B" filename="a.cs"><methods/><lines><line number="2" hits="3"/><line number="1" hits="1"/></lines></class>'
    assert.deepEqual(cobertura(one + other).files, { 'a.cs': { lines: { 1: 2, 2: 3 }, branches: {} } })
  })

  it('takes the lines of methods where a class has no others', () => {
    const methods = '<methods><method><lines><line number="7" hits="1"/></lines></method></methods>'
    assert.deepEqual(
      cobertura(`<class filename="a">${methods}<lines><line number="8" hits="1"/></lines></class>`).files.a?.lines,
      { 8: 1 },
    )
    assert.deepEqual(cobertura(`<class filename="a">${methods}<lines/></class>`).files.a?.lines, { 7: 1 })
  })

  it('reads how many conditions were taken', () => {
    const line = (text: string) =>
      `<class filename="a"><lines><line number="1" hits="1" branch="true" condition-coverage="${text}"/></lines></class>`
    assert.deepEqual(cobertura(line('50% (1/2)')).files.a?.branches, { 1: '1/2' })
    assert.deepEqual(cobertura(line('50,5% (2/4)')).files.a?.branches, { 1: '2/4' })
    assert.deepEqual(cobertura(line('300% (6/2)')).files.a?.branches, { 1: '2/2' })
    assert.deepEqual(cobertura(line('100%')).files.a?.branches, {})
  })
})

describe('JaCoCo', () => {
  it('has a line run where one of its instructions did, its path by the package', () => {
    const file =
      '<sourcefile name="App.kt"><line nr="3" mi="1" ci="2" mb="1" cb="1"/><line nr="4" mi="3" ci="0" mb="0" cb="0"/></sourcefile>'
    assert.deepEqual(read(`<report name="r"><package name="com/acme">${file}</package></report>`).files, {
      'com/acme/App.kt': { lines: { 3: 1, 4: 0 }, branches: { 3: '1/2' } },
    })
  })

  it('says where several groups have a file of one path, which it cannot tell apart', () => {
    const group = (name: string) =>
      `<group name="${name}"><package name="p"><sourcefile name="A.java"><line nr="1" ci="0"/></sourcefile></package></group>`
    assert.deepEqual(read(`<report name="r">${group('api')}${group('web')}</report>`).notices, [
      'report: 1 files of one path in several groups were put together (the first: p/A.java).',
    ])
  })

  it('takes no package for the default one', () => {
    assert.deepEqual(Object.keys(read('<report><package name=""><sourcefile name="A.java"/></package></report>').files), [
      'A.java',
    ])
  })
})

describe('Clover', () => {
  it('has a path by the package where it says no other', () => {
    const text =
      '<coverage><project><package name="com.acme"><file name="A.java"><line num="1" type="stmt" count="1"/></file></package></project></coverage>'
    assert.deepEqual(Object.keys(read(text).files), ['com/acme/A.java'])
  })

  it('reads conditions as Clover and as istanbul write them', () => {
    const text = (line: string) =>
      `<coverage><project><file name="/a"><line num="1" type="cond" ${line}/></file></project></coverage>`
    assert.deepEqual(read(text('truecount="3" falsecount="0"')).files['/a'], { lines: { 1: 3 }, branches: { 1: '1/2' } })
    assert.deepEqual(read(text('count="9" truecount="3" falsecount="1"')).files['/a'], {
      lines: { 1: 9 },
      branches: { 1: '3/4' },
    })
  })
})

describe('Go', () => {
  it('has a line run as often as the block on it that ran most, and adds up the runs of one block', () => {
    const text = 'mode: count\nm/a.go:1.10,3.5 2 4\nm/a.go:3.5,5.3 1 0\nm/a.go:1.10,3.5 2 3\nmode: count\nm/b.go:1.1,1.9 1 0\n'
    assert.deepEqual(read(text).files, {
      'm/a.go': { lines: { 1: 7, 2: 7, 3: 7, 4: 0, 5: 0 }, branches: {} },
      'm/b.go': { lines: { 1: 0 }, branches: {} },
    })
  })

  it('leaves out what is no block, and says so', () => {
    assert.deepEqual(read('mode: set\nm/a.go:1.1,2.2 1 1\nhello\nm/a.go:5.1,3.1 1 1\n').notices, [
      'report: 2 records that are no block were left out (the first: line 3).',
    ])
  })
})

describe('SimpleCov', () => {
  it('adds up the suites, and reads branches by their condition', () => {
    const suite = (hits: number, then: number) => ({
      coverage: {
        '/a.rb': {
          lines: [hits, null, 0],
          branches: { '[:if, 0, 3, 4, 7, 7]': { '[:then, 1, 4, 6, 4, 10]': then, '[:else, 2, 6, 6, 6, 10]': 0 } },
        },
      },
      timestamp: 1,
    })
    assert.deepEqual(read(JSON.stringify({ RSpec: suite(1, 2), Cucumber: suite(2, 0) })).files, {
      '/a.rb': { lines: { 1: 3, 3: 0 }, branches: { 3: '1/2' } },
    })
  })
})

describe('istanbul', () => {
  it('has a line run as often as the statement that starts on it and ran most', () => {
    const at = (line: number, end = line) => ({ start: { line, column: 0 }, end: { line: end, column: 9 } })
    const file = {
      path: '/a.js',
      statementMap: { 0: at(1, 5), 1: at(1), 2: at(3) },
      s: { 0: 1, 1: 4, 2: 0 },
      fnMap: {},
      f: {},
      branchMap: { 0: { loc: at(3), type: 'if', locations: [] } },
      b: { 0: [1, 0] },
    }
    const expected = { '/a.js': { lines: { 1: 4, 3: 0 }, branches: { 3: '1/2' } } }
    assert.deepEqual(read(JSON.stringify({ '/a.js': file })).files, expected)
    assert.deepEqual(read(JSON.stringify({ '/a.js': { data: file } })).files, expected)
  })
})

describe('any lines', () => {
  it('are read from lcov, Cobertura, Clover, istanbul and Codecov alike', () => {
    const lines = fc.dictionary(fc.integer({ min: 1, max: 3000 }).map(String), fc.nat(5000), { minKeys: 1, maxKeys: 40 })
    fc.assert(
      fc.property(lines, (drawn) => {
        const hits = { ...drawn }
        const all = Object.entries(hits)
        const place = (line: string) => ({ start: { line: Number(line), column: 0 } })
        const texts = [
          `SF:a\n${all.map(([line, count]) => `DA:${line},${count}`).join('\n')}\nend_of_record`,
          `<coverage><packages><class filename="a"><lines>${all.map(([line, count]) => `<line number="${line}" hits="${count}"/>`).join('')}</lines></class></packages></coverage>`,
          `<coverage><project><file path="a">${all.map(([line, count]) => `<line num="${line}" type="stmt" count="${count}"/>`).join('')}</file></project></coverage>`,
          JSON.stringify({
            a: { path: 'a', statementMap: Object.fromEntries(all.map(([line]) => [line, place(line)])), s: hits },
          }),
          JSON.stringify({ coverage: { a: hits } }),
        ]
        for (const text of texts) assert.deepEqual(read(text).files, { a: { lines: hits, branches: {} } })
      }),
      { numRuns: 50 },
    )
  })
})
