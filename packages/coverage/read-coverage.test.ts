import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { type CoverageMap, NO_CODE, readCoverage } from './index.ts'

const fixture = (file: string) => readFileSync(new URL(`fixtures/${file}`, import.meta.url))

interface Totals {
  lines: [covered: number, total: number]
  branches?: [taken: number, total: number]
}

function totals(files: CoverageMap): Required<Totals> {
  const sum: Required<Totals> = { lines: [0, 0], branches: [0, 0] }
  for (const { hits, branches } of files.values()) {
    for (const count of hits) {
      if (count !== NO_CODE) sum.lines[1]++
      if (count !== NO_CODE && count > 0) sum.lines[0]++
    }
    for (const { taken, total } of branches.values()) {
      sum.branches[0] += taken
      sum.branches[1] += total
    }
  }
  return sum
}

/** Every line that has code, with how often it ran. */
function linesOf(files: CoverageMap, path: string): Record<number, number> {
  const hits = files.get(path)?.hits ?? new Uint32Array()
  return Object.fromEntries([...hits.entries()].filter(([, count]) => count !== NO_CODE))
}

/** The sum of all numbers that the pattern finds. */
function sum(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].reduce((all, [, found]) => all + Number(found), 0)
}

/** What the tools say that their reports hold. */
const SAID = {
  lcov: (text: string): Totals => ({
    lines: [sum(text, /^LH:(\d+)/gm), sum(text, /^LF:(\d+)/gm)],
    branches: [sum(text, /^BRH:(\d+)/gm), sum(text, /^BRF:(\d+)/gm)],
  }),
  cobertura: (text: string): Totals => ({
    lines: [sum(text, /lines-covered="(\d+)"/g), sum(text, /lines-valid="(\d+)"/g)],
    branches: [sum(text, /branches-covered="(\d+)"/g), sum(text, /branches-valid="(\d+)"/g)],
  }),
  jacoco: (text: string): Totals => {
    const [, end = ''] = text.split('</package>')
    const [, missed, covered] = /"LINE" missed="(\d+)" covered="(\d+)"/.exec(end) ?? []
    const [, untaken, taken] = /"BRANCH" missed="(\d+)" covered="(\d+)"/.exec(end) ?? []
    return {
      lines: [Number(covered), Number(missed) + Number(covered)],
      branches: [Number(taken), Number(untaken) + Number(taken)],
    }
  },
  /** Of files: the same is said again for classes, packages and the whole. */
  clover: (text: string): Totals => {
    const files = [...text.matchAll(/<file [\s\S]*?<\/file>/g)]
      .map(([file]) => file.replace(/<class[\s\S]*?<\/class>/g, ''))
      .join('')
    return { lines: [sum(files, /coveredstatements="(\d+)"/g), sum(files, / statements="(\d+)"/g)] }
  },
  coveragePy: (text: string): Totals => {
    const all = text.slice(text.indexOf('"totals"'))
    return {
      lines: [sum(all, /"covered_lines": (\d+)/g), sum(all, /"num_statements": (\d+)/g)],
      branches: [sum(all, /"covered_branches": (\d+)/g), sum(all, /"num_branches": (\d+)/g)],
    }
  },
}

describe('a report of', () => {
  for (const [file, format, files, said] of [
    ['semver-nyc.lcov', 'lcov', 5, SAID.lcov],
    ['semver-c8.lcov', 'lcov', 5, SAID.lcov],
    ['iniconfig.lcov', 'lcov', 4, SAID.lcov],
    ['iniconfig.cobertura', 'cobertura', 4, SAID.cobertura],
    ['commons-cli.jacoco', 'jacoco', 7, SAID.jacoco],
    ['semver-nyc.clover', 'clover', 5, SAID.clover],
    ['byte-buffer.clover', 'clover', 2, SAID.clover],
    ['openclover.clover', 'clover', 3, SAID.clover],
    ['iniconfig.coverage-py', 'coverage.py', 4, SAID.coveragePy],
  ] as const) {
    it(`${file} holds what the tool says`, () => {
      const bytes = fixture(file)
      const expected = said(bytes.toString())
      assert.ok(expected.lines[1] > 0)
      const read = readCoverage(bytes, file)
      assert.deepEqual({ format: read.format, files: read.files.size, notices: read.notices }, { format, files, notices: [] })
      const found = totals(read.files)
      assert.deepEqual(found.lines, expected.lines)
      if (expected.branches !== undefined) assert.deepEqual(found.branches, expected.branches)
    })
  }

  for (const [file, format, expected] of [
    // nyc's own summary of that run.
    ['semver-nyc.istanbul', 'istanbul', { lines: [144, 191], branches: [37, 121] }],
    // Its Cobertura says 37 of 121, but has no place for the branches of lines without statements.
    ['semver-nyc.cobertura', 'cobertura', { lines: [144, 191], branches: [37, 108] }],
    // simplecov's "total" in the same file.
    ['simplecov-branches.simplecov', 'simplecov', { lines: [9, 10], branches: [1, 2] }],
    // simplecov's .last_run.json of it: 88.89.
    ['simplecov-old.simplecov', 'simplecov', { lines: [8, 9], branches: [0, 0] }],
    ['awspec.simplecov', 'simplecov', { lines: [69, 96], branches: [0, 0] }],
    // gocover-cobertura finds three lines more, of empty cases, in which Go itself counts no statement.
    ['uuid.go-cover', 'go', { lines: [542, 622], branches: [0, 0] }],
    ['cargo-llvm-cov.llvm', 'llvm-cov', { lines: [5, 7], branches: [0, 0] }],
    ['cargo-llvm-cov.codecov', 'codecov', { lines: [5, 7], branches: [6, 8] }],
  ] as const) {
    it(`${file} holds what the tool said elsewhere`, () => {
      const read = readCoverage(fixture(file), file)
      assert.deepEqual(
        { format: read.format, notices: read.notices, ...totals(read.files) },
        { format, notices: [], ...expected },
      )
    })
  }

  it('one run is the same line for line, whichever reporter wrote it', () => {
    for (const [one, others, short] of [
      ['semver-nyc.istanbul', ['semver-nyc.lcov', 'semver-nyc.cobertura', 'semver-nyc.clover'], 'semver/'],
      ['iniconfig.coverage-py', ['iniconfig.lcov', 'iniconfig.cobertura'], 'iniconfig/'],
    ] as const) {
      const lines = (file: string) => {
        const { files } = readCoverage(fixture(file), file)
        return new Map([...files.keys()].sort().map((path) => [path.slice(path.lastIndexOf(short)), linesOf(files, path)]))
      }
      for (const other of others) assert.deepEqual(lines(other), lines(one))
    }
  })

  it("llvm-cov has the lines of Codecov's of the same program", () => {
    const llvm = readCoverage(fixture('cargo-llvm-cov.llvm'), 'a').files
    const codecov = readCoverage(fixture('cargo-llvm-cov.codecov'), 'b').files
    const ran = (files: CoverageMap) => Object.entries(linesOf(files, 'src/main.rs')).map(([line, hits]) => [line, hits > 0])
    assert.deepEqual(ran(llvm), ran(codecov))
  })

  it('Cobertura names the folders that its paths are relative to', () => {
    assert.deepEqual(readCoverage(fixture('semver-nyc.cobertura'), 'a').sources, ['/home/runner/work/demo/demo'])
  })
})

describe('what kind a report is', () => {
  const read = (text: string) => readCoverage(Buffer.from(text), 'report').format
  for (const [what, text, format] of [
    ['lcov that starts with a comment', '# made by hand\n\nTN:\nSF:a\nDA:1,1\nend_of_record\n', 'lcov'],
    ['lcov of Windows', 'TN:\r\nSF:a\r\nDA:1,1\r\nend_of_record\r\n', 'lcov'],
    ['Cobertura without sources', '<coverage line-rate="1"><packages/></coverage>', 'cobertura'],
    ['Cobertura with nothing in it', '<coverage line-rate="1"/>', 'cobertura'],
    ['Clover', '<coverage generated="1"><project/></coverage>', 'clover'],
    ['JaCoCo of a group', '<report name="a"><group name="b"/></report>', 'jacoco'],
    ['istanbul of nothing', '{}', 'istanbul'],
    ['a Go profile of nothing', 'mode: set\n', 'go'],
    ['one suite of SimpleCov', '{"coverage":{"/a.rb":{"lines":[1]}}}', 'simplecov'],
    ["Codecov's with lists", '{"coverage":{"a.py":[null,1,0,"1/2"]}}', 'codecov'],
    ['coverage.py of nothing', '{"files":{},"totals":{}}', 'coverage.py'],
  ] as const) {
    it(`is told by what it holds: ${what}`, () => assert.equal(read(text), format))
  }

  it('is told in UTF-16 too, which PowerShell writes', () => {
    const bytes = Buffer.from('\ufeffmode: set\r\na.com/b/c.go:1.2,3.4 1 1\r\n', 'utf16le')
    const found = readCoverage(bytes, 'report')
    assert.equal(found.format, 'go')
    assert.deepEqual(linesOf(found.files, 'a.com/b/c.go'), { 1: 1, 2: 1, 3: 1 })
  })

  it('is said where it tells of no file', () => {
    assert.deepEqual(readCoverage(Buffer.from('mode: set\n'), 'c.out').notices, ['c.out is go and tells of no file.'])
  })
})
