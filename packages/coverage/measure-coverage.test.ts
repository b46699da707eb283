import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CoverageMeasured, type LineRange, UserError } from '@mayfly/core'
import fc from 'fast-check'
import type { Diff, FileChange } from './diff.ts'
import { type CoverageRequest, measureCoverage } from './measure-coverage.ts'
import { type FileCoverage, type Gathered, NO_CODE } from './model.ts'

const NONE = NO_CODE
/** A line without code, one that did not run, and one that did. */
const SIGNS: ReadonlyMap<string, number> = new Map([
  ['-', NONE],
  ['0', 0],
  ['1', 1],
])

/** `file('1-0')`: line 1 ran, 2 has no code, 3 did not run. */
function file(lines: string): FileCoverage {
  return { hits: Uint32Array.of(NONE, ...[...lines].map((sign) => SIGNS.get(sign) ?? NONE)), branches: new Map() }
}

function source(name: string, files: Readonly<Record<string, string>>, kind: Gathered['kind'] = 'service'): Gathered {
  return { name, kind, format: 'v8', files: new Map(Object.entries(files).map(([path, lines]) => [path, file(lines)])) }
}

function change(lines: LineRange[], more: Partial<FileChange> = {}): FileChange {
  const hunks = lines.map(([first, last]) => ({ oldFirst: first, oldCount: 0, newFirst: first, newCount: last - first + 1 }))
  return { status: 'changed', from: '', binary: false, lines, hunks, ...more }
}

function measure(gathered: Gathered[], more: Partial<CoverageRequest> = {}): CoverageMeasured {
  return measureCoverage({ gathered, sourceFile: (path) => path.endsWith('.ts'), silent: [], ...more })
}

function changed(changes: Readonly<Record<string, FileChange>>): Diff {
  return new Map(Object.entries(changes))
}

describe('patch coverage', () => {
  it('is of the changed lines that are code, by file and by source', () => {
    const gathered = [source('api', { 'a.ts': '1100-0' }), source('web', { 'a.ts': '0010-0', 'b.ts': '11' })]
    const measured = measure(gathered, {
      diff: changed({
        'a.ts': change([
          [2, 3],
          [5, 9],
        ]),
        'b.ts': change([[2, 2]]),
      }),
    })
    assert.deepEqual(measured.patch, { lines: { covered: 3, total: 4 }, blind: [] })
    assert.deepEqual(
      measured.files.map(({ path, patch }) => [path, patch]),
      [
        ['a.ts', { lines: { covered: 2, total: 3 }, missed: [[6, 6]] }],
        ['b.ts', { lines: { covered: 1, total: 1 }, missed: [] }],
      ],
    )
    assert.deepEqual(
      measured.sources.map(({ patch, only }) => [patch, only]),
      [
        [{ covered: 1, total: 3 }, 2],
        [{ covered: 2, total: 4 }, 3],
      ],
    )
  })

  it('is of nothing, not of everything, where no changed line is code', () => {
    const measured = measure([source('api', { 'a.ts': '11-' })], {
      diff: changed({ 'a.ts': change([[3, 3]]), 'README.md': change([[1, 9]]) }),
    })
    assert.deepEqual(measured.patch, { lines: { covered: 0, total: 0 }, blind: [] })
    assert.deepEqual(measured.files[0]?.patch, { lines: { covered: 0, total: 0 }, missed: [] })
  })

  it('names changed source files that nothing measured, and nothing that cannot be measured', () => {
    const diff = changed({
      'blind.ts': change([[1, 3]]),
      'README.md': change([[1, 3]]),
      'gone.ts': change([], { status: 'deleted' }),
      'moved.ts': change([], { status: 'renamed', from: 'old.ts' }),
      'picture.ts': change([], { binary: true }),
      'known.ts': change([[1, 1]]),
    })
    const blind = (silent: string[]) => measure([source('api', { 'known.ts': '1' })], { diff, silent }).patch.blind
    assert.deepEqual(blind([]), [{ path: 'blind.ts', why: 'no test and no service loaded it' }])
    assert.equal(blind(['web'])[0]?.why, 'service web sent none')
    assert.equal(blind(['web', 'jobs', 'mail'])[0]?.why, 'services web, jobs and mail sent none')
  })

  it('never leaves the change: missed lines are changed ones, and covered and missed are all of them', () => {
    const sign = fc.constantFrom('-', '0', '1')
    const lines = fc.array(sign, { maxLength: 20 }).map((all) => all.join(''))
    const ranges = fc
      .uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 10 })
      .map((all) => all.sort((a, b) => a - b).map((n): LineRange => [n, n]))
    fc.assert(
      fc.property(lines, lines, ranges, (one, two, changes) => {
        const measured = measure([source('a', { 'x.ts': one }), source('b', { 'x.ts': two })], {
          diff: changed({ 'x.ts': change(changes) }),
        })
        const patch = measured.files[0]?.patch
        const missed = (patch?.missed ?? []).flatMap(([first, last]) =>
          Array.from({ length: last - first + 1 }, (_, at) => first + at),
        )
        for (const line of missed) assert.ok(changes.some(([first]) => first === line))
        assert.equal((patch?.lines.covered ?? 0) + missed.length, patch?.lines.total)
      }),
    )
  })
})

describe('what is compared with a base', () => {
  it('is what the base was: nothing lost where nothing changed, each source beside itself', () => {
    const gathered = [source('api', { 'a.ts': '110-' }), source('tests', { 'a.ts': '011-' }, 'tests')]
    const base = measure(gathered)
    const measured = measure(gathered.toReversed(), { base })
    assert.deepEqual(measured.lost, [])
    assert.deepEqual(measured.base, {
      lines: { covered: 3, total: 3 },
      head: { covered: 3, total: 3 },
      sources: ['tests', 'api'],
    })
    assert.deepEqual(measured.files[0]?.base, { covered: 3, total: 3 })
    assert.deepEqual(
      measured.sources.map(({ base: before }) => before),
      [
        { covered: 2, total: 3 },
        { covered: 2, total: 3 },
      ],
    )
  })

  it('is nothing where no source is on both sides, or a service has the name of tests', () => {
    const base = measure([source('api', { 'a.ts': '11' })])
    for (const other of [source('web', { 'a.ts': '00' }), source('api', { 'a.ts': '00' }, 'tests')]) {
      const measured = measure([other], { base })
      assert.equal(measured.base, undefined)
      assert.deepEqual([measured.lost, measured.files[0]?.base, measured.sources[0]?.base], [[], undefined, undefined])
    }
  })

  it('counts only sources on both sides: a service that is silent today has lost nothing', () => {
    const base = measure([source('web', { 'w.ts': '1111', 'both.ts': '11' }), source('api', { 'a.ts': '1100', 'both.ts': '01' })])
    const measured = measure([source('api', { 'a.ts': '1110', 'both.ts': '01' }), source('new', { 'n.ts': '0000' })], { base })
    assert.deepEqual(measured.base, { lines: { covered: 3, total: 6 }, head: { covered: 4, total: 6 }, sources: ['api'] })
    assert.deepEqual(measured.lost, [])
    assert.deepEqual(
      measured.files.map((one) => [one.path, one.base]),
      [
        ['a.ts', { covered: 2, total: 4 }],
        ['both.ts', undefined],
        ['n.ts', undefined],
      ],
    )
  })

  it('lost lines that nothing reaches any more, at their new numbers, outside the diff', () => {
    const base = measure([source('api', { 'a.ts': '1111', 'same.ts': '11', 'unloaded.ts': '1-1', 'gone.ts': '1' })])
    const diff = changed({
      // Two lines more after the first, and the third changed.
      'a.ts': {
        ...change([
          [2, 3],
          [5, 5],
        ]),
        hunks: [
          { oldFirst: 2, oldCount: 0, newFirst: 2, newCount: 2 },
          { oldFirst: 3, oldCount: 1, newFirst: 5, newCount: 1 },
        ],
      },
      'gone.ts': change([], { status: 'deleted', from: 'gone.ts' }),
    })
    const measured = measure([source('api', { 'a.ts': '100000', 'same.ts': '01' })], { base, diff })
    assert.deepEqual(measured.lost, [
      {
        path: 'a.ts',
        lines: [
          [4, 4],
          [6, 6],
        ],
      },
      { path: 'same.ts', lines: [[1, 1]] },
      {
        path: 'unloaded.ts',
        lines: [
          [1, 1],
          [3, 3],
        ],
      },
    ])
  })

  it('lost nothing where another source reaches the line now, or it is no code any more', () => {
    const base = measure([source('api', { 'a.ts': '111' })])
    const measured = measure([source('api', { 'a.ts': '00-' }), source('web', { 'a.ts': '10-' })], { base })
    assert.deepEqual(measured.lost, [{ path: 'a.ts', lines: [[2, 2]] }])
  })

  it('follows a renamed file, and one that another took the place of', () => {
    const base = measure([source('api', { 'old.ts': '111', 'new.ts': '1' })])
    const diff = changed({ 'new.ts': change([], { status: 'renamed', from: 'old.ts' }) })
    const measured = measure([source('api', { 'new.ts': '101' })], { base, diff })
    assert.deepEqual(measured.lost, [{ path: 'new.ts', lines: [[2, 2]] }])
    assert.deepEqual(measured.files[0]?.base, { covered: 3, total: 3 })
  })

  it('goes by the diff since the base where that is older than the merge base, and leaves the patch out', () => {
    const base = measure([source('api', { 'a.ts': '111' })])
    const sinceBase = changed({ 'a.ts': change([[1, 1]]) })
    const diff = changed({ 'a.ts': change([[3, 3]]) })
    const measured = measure([source('api', { 'a.ts': '0000' })], { base, diff, sinceBase })
    assert.deepEqual(measured.lost, [
      {
        path: 'a.ts',
        lines: [
          [2, 2],
          [4, 4],
        ],
      },
    ])
  })

  it('refuses a base whose lines are broken, or too many', () => {
    const base = measure([source('api', { 'a.ts': '1' })])
    const endless = { path: 'a.ts', lines: { covered: 0, total: 0 }, runs: [1, 9_000_000, 1] }
    const many = { ...base, files: Array.from({ length: 9 }, () => endless) }
    assert.throws(() => measure([source('web', { 'b.ts': '1' }), source('api', { 'b.ts': '1' })], { base: many }), UserError)
    for (const one of base.files) one.runs = [0, -1, 7]
    assert.throws(() => measure([source('api', { 'a.ts': '1' })], { base }), UserError)
  })
})

describe('measureCoverage', () => {
  it('is JSON and says the same after it was written and read', () => {
    const measured = measure([source('api', { 'a.ts': '110-', __proto__x: '1' })], {
      diff: changed({ 'a.ts': change([[1, 1]]) }),
    })
    assert.deepEqual(JSON.parse(JSON.stringify(measured)), measured)
  })

  it('tells twenty unmapped paths of each source', () => {
    const unmapped = Array.from({ length: 60 }, (_, at) => ({ source: at % 2 === 0 ? 'api' : 'web', path: `${at}`, why: 'x' }))
    const { unmapped: told } = measure([], { unmapped })
    assert.deepEqual([told.length, told.filter((one) => one.source === 'web').length], [40, 20])
  })

  it('has no branches of a file that has none', () => {
    const with2 = { hits: Uint32Array.of(NONE, 1), branches: new Map([[1, { taken: 1, total: 2 }]]) }
    const one: Gathered = {
      name: 'api',
      kind: 'service',
      format: 'v8',
      files: new Map([
        ['a.ts', with2],
        ['b.ts', file('1')],
      ]),
    }
    const measured = measure([one])
    assert.deepEqual(
      measured.files.map(({ branches }) => branches),
      [{ covered: 1, total: 2 }, undefined],
    )
    assert.deepEqual(measured.branches, { covered: 1, total: 2 })
  })
})
