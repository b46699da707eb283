import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readXml } from '@mayfly/xml'
import fc from 'fast-check'
import { type CoverageMap, type Gathered, NO_CODE } from './model.ts'
import { readCoverage } from './read-coverage.ts'
import { type Union, union } from './union.ts'
import { writeCobertura } from './write-cobertura.ts'
import { writeJson } from './write-json.ts'
import { writeLcov } from './write-lcov.ts'

/** Names as people and their adversaries give them; no report can hold a line end in one. */
const paths = fc.constantFrom(
  'a.ts',
  'src/ü b.ts',
  'src/a&b<c>"d\'.ts',
  '__proto__',
  'x]]>.ts',
  'src/-->.ts',
  '日/本.py',
  'constructor',
)

const files = fc.dictionary(
  paths,
  fc.array(fc.record({ hits: fc.constantFrom(NO_CODE, 0, 1, 77, NO_CODE - 1), taken: fc.nat(3), total: fc.nat(3) }), {
    minLength: 1,
    maxLength: 12,
  }),
)

const unions = fc.array(files, { minLength: 1, maxLength: 3 }).map((sources) =>
  union(
    sources.map(
      (own, at): Gathered => ({
        name: `s${at}`,
        kind: 'service',
        format: 'v8',
        files: new Map(Object.entries(own).map(([path, lines]) => [path, toFile(lines)])),
      }),
    ),
  ),
)

function toFile(lines: readonly { hits: number; taken: number; total: number }[]) {
  const branches = lines.flatMap(({ taken, total }, at): [number, { taken: number; total: number }][] =>
    total === 0 ? [] : [[at + 1, { taken, total }]],
  )
  return { hits: Uint32Array.of(NO_CODE, ...lines.map(({ hits }) => hits)), branches: new Map(branches) }
}

function told(all: CoverageMap | Union['files']) {
  const entries = Array.isArray(all) ? all.map((file) => [file.path, file] as const) : [...all]
  return entries
    .map(([path, { hits, branches }]) => ({
      path,
      lines: [...hits.entries()].filter(([, count]) => count !== NO_CODE),
      branches: [...branches]
        .map(([line, { taken, total }]) => [line, Math.min(taken, total), total])
        .sort(([a = 0], [b = 0]) => a - b),
    }))
    .filter(({ lines }) => lines.length > 0)
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

function read(chunks: Iterable<string>, name: string) {
  return readCoverage(Buffer.from([...chunks].join('')), name)
}

describe('writeLcov', () => {
  it('writes what is read back the same: lines, hits and branches', () => {
    fc.assert(
      fc.property(unions, (all) => {
        fc.pre(told(all.files).length > 0)
        const back = read(writeLcov(all), 'lcov.info')
        assert.equal(back.format, 'lcov')
        assert.deepEqual(told(back.files), told(all.files))
      }),
    )
  })

  it('is an LCOV tracefile', () => {
    const all = union([
      {
        name: 'a',
        kind: 'tests',
        format: 'v8',
        files: new Map([
          [
            'a.ts',
            toFile([
              { hits: 3, taken: 1, total: 2 },
              { hits: 0, taken: 0, total: 0 },
            ]),
          ],
        ]),
      },
    ])
    const expected = 'TN:\nSF:a.ts\nBRDA:1,0,0,1\nBRDA:1,0,1,0\nBRF:2\nBRH:1\nDA:1,3\nDA:2,0\nLF:2\nLH:1\nend_of_record\n'
    assert.equal([...writeLcov(all)].join(''), expected)
  })

  it('keeps a name in its line, and does not write a billion branches because a report claims them', () => {
    const hostile = { hits: Uint32Array.of(NO_CODE, 1), branches: new Map([[1, { taken: 5, total: 1_000_000_000 }]]) }
    const all = union([{ name: 'a', kind: 'tests', format: 'v8', files: new Map([['a\nend_of_record\rb', hostile]]) }])
    const text = [...writeLcov(all)].join('')
    assert.equal(text, 'TN:\nSF:a\ufffdend_of_record\ufffdb\nBRF:1000000000\nBRH:5\nDA:1,1\nLF:1\nLH:1\nend_of_record\n')
  })
})

/** Of coverage-04.dtd: what each element holds, and which attributes it must and may have. */
const DTD: Readonly<Record<string, { holds: RegExp; must: string[]; may?: string[] }>> = {
  coverage: {
    holds: /^(sources )?packages $/,
    must: [
      'line-rate',
      'branch-rate',
      'lines-covered',
      'lines-valid',
      'branches-covered',
      'branches-valid',
      'complexity',
      'version',
      'timestamp',
    ],
  },
  sources: { holds: /^(source )*$/, must: [] },
  source: { holds: /^$/, must: [] },
  packages: { holds: /^(package )*$/, must: [] },
  package: { holds: /^classes $/, must: ['name', 'line-rate', 'branch-rate', 'complexity'] },
  classes: { holds: /^(class )*$/, must: [] },
  class: { holds: /^methods lines $/, must: ['name', 'filename', 'line-rate', 'branch-rate', 'complexity'] },
  methods: { holds: /^$/, must: [] },
  lines: { holds: /^(line )*$/, must: [] },
  line: { holds: /^$/, must: ['number', 'hits'], may: ['branch', 'condition-coverage'] },
}

function assertValid(xml: string): void {
  const open: { name: string; holds: string }[] = [{ name: '', holds: '' }]
  readXml(xml, {
    open: (name, attributes) => {
      const rule = DTD[name]
      assert.ok(rule !== undefined, name)
      const names = attributes instanceof Map ? [...attributes.keys()] : Object.keys(attributes)
      for (const must of rule.must) assert.ok(names.includes(must), `${name} has ${must}`)
      for (const one of names) assert.ok([...rule.must, ...(rule.may ?? [])].includes(one), `${name} may have ${one}`)
      const parent = open.at(-1)
      if (parent !== undefined) parent.holds += `${name} `
      open.push({ name, holds: '' })
    },
    close: () => {
      const { name, holds } = open.pop() ?? { name: '', holds: '' }
      assert.match(holds, DTD[name]?.holds ?? /./, name)
    },
    text: () => {},
  })
  assert.deepEqual(open, [{ name: '', holds: 'coverage ' }])
}

describe('writeCobertura', () => {
  it('writes what is read back the same: lines, hits and branches', () => {
    fc.assert(
      fc.property(unions, (all) => {
        fc.pre(told(all.files).length > 0)
        const back = read(writeCobertura(all), 'cobertura.xml')
        assert.equal(back.format, 'cobertura')
        // A branch stands at its line, and is left out where that is no code.
        const written = told(all.files).map(({ path, lines, branches }) => {
          const coded = new Set(lines.map(([line]) => line))
          return { path, lines, branches: branches.filter(([line = 0]) => coded.has(line)) }
        })
        assert.deepEqual(told(back.files), written)
      }),
    )
  })

  it('is valid against the DTD, with sums of all', () => {
    fc.assert(
      fc.property(unions, (all) => {
        const xml = [...writeCobertura(all)].join('')
        assertValid(xml)
        const attribute = (name: string) => new RegExp(`<coverage [^>]*\\b${name}="([^"]*)"`).exec(xml)?.[1]
        assert.equal(attribute('lines-covered'), `${all.lines.covered}`)
        assert.equal(attribute('lines-valid'), `${all.lines.total}`)
      }),
    )
  })

  it('says nothing of 100 % where there is nothing', () => {
    assert.match([...writeCobertura(union([]))].join(''), /<coverage line-rate="0" branch-rate="0"/)
  })

  it('stays XML whatever a file is called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (path) => {
        const all = union([
          { name: 'a', kind: 'tests', format: 'v8', files: new Map([[path, toFile([{ hits: 1, taken: 0, total: 0 }])]]) },
        ])
        assertValid([...writeCobertura(all)].join(''))
      }),
    )
  })
})

describe('writeJson', () => {
  it('says of each line how often it ran and who reached it', () => {
    fc.assert(
      fc.property(unions, (all) => {
        const written: unknown = JSON.parse([...writeJson(all)].join(''))
        const expected = {
          schema: 1,
          sources: all.sources.map(({ name, kind, format, lines, only }) => ({ name, kind, format, lines, only })),
          lines: all.lines,
          branches: all.branches,
          files: all.files.map(({ path, hits, masks, branches }) => ({
            path,
            lines: [...hits.entries()]
              .filter(([, count]) => count !== NO_CODE)
              .map(([line, count]) => [line, count, masks[line]]),
            branches: [...branches].map(([line, { taken, total }]) => [line, Math.min(taken, total), total]),
          })),
        }
        assert.deepEqual(written, expected)
      }),
    )
  })
})
