import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { mergeCoverage } from './merge.ts'
import { type FileCoverage, type Gathered, NO_CODE } from './model.ts'
import { type Union, union } from './union.ts'

const NONE = NO_CODE

function file(hits: readonly number[], branches: readonly [number, number, number][] = []): FileCoverage {
  return {
    hits: Uint32Array.of(NONE, ...hits),
    branches: new Map(branches.map(([line, taken, total]) => [line, { taken, total }])),
  }
}

function source(name: string, files: Readonly<Record<string, FileCoverage>>): Gathered {
  return { name, kind: 'service', format: 'lcov', files: new Map(Object.entries(files)) }
}

/** What is there and who reached it, without how often. */
function presence({ sources, files }: Union) {
  return files.map(({ path, hits, masks }) => {
    const lines = [...hits.entries()].filter(([, count]) => count !== NONE)
    return [path, lines.map(([line]) => [line, namesIn(sources, masks[line] ?? 0)])]
  })
}

function namesIn(sources: Union['sources'], mask: number): string[] {
  return sources.flatMap(({ name }, index) => ((mask & (1 << index)) === 0 ? [] : [name])).sort()
}

const anyFile = fc
  .record({
    hits: fc.array(fc.constantFrom(NONE, 0, 1, 5, NONE - 1), { maxLength: 8 }),
    branches: fc.array(fc.tuple(fc.integer({ min: 1, max: 8 }), fc.nat(4), fc.nat(4))),
  })
  .map(({ hits, branches }) =>
    file(
      hits,
      branches.map(([line, a, b]) => [line, Math.min(a, b), Math.max(a, b)]),
    ),
  )
const anyFiles = fc.dictionary(fc.constantFrom('a.ts', 'b.ts', '__proto__', 'c/d.ts'), anyFile)
const some = fc
  .array(anyFiles, { maxLength: 4 })
  .map((all) => all.map((files, at): Gathered => ({ ...source(`s${at}`, {}), files: new Map(Object.entries(files)) })))

describe('union', () => {
  it('counts each line once, and says who reached it and who alone', () => {
    const api = source('api', { 'shared.ts': file([1, 0, NONE, 2]), 'api.ts': file([1]) })
    const web = source('web', { 'shared.ts': file([3, 0, NONE, NONE, 1]) })
    const all = union([api, web])
    assert.deepEqual(all.lines, { covered: 4, total: 5 })
    const shared = all.files[1]
    assert.equal(shared?.path, 'shared.ts')
    assert.deepEqual([...shared.hits], [NONE, 4, 0, NONE, 2, 1])
    assert.deepEqual([...shared.masks], [0, 3, 0, 0, 1, 2])
    assert.deepEqual(
      all.sources.map(({ name, lines, only }) => [name, lines, only]),
      [
        ['api', { covered: 3, total: 4 }, 2],
        ['web', { covered: 2, total: 3 }, 1],
      ],
    )
  })

  it('has code where any source says so, and hits that stop at the most that fits', () => {
    const [only] = union([source('a', { x: file([NONE, NONE - 1, 0]) }), source('b', { x: file([0, 5]) })]).files
    assert.deepEqual([...(only?.hits ?? [])], [NONE, 0, NONE - 1, 0])
  })

  it('never says more branches were taken than one source saw, and counts none beyond what there are', () => {
    const all = union([
      source('a', {
        x: file(
          [1, 1, NONE],
          [
            [1, 1, 2],
            [2, 9, 4],
            [3, 1, 2],
          ],
        ),
      }),
      source('b', { x: file([1, 1], [[1, 1, 2]]) }),
    ])
    assert.deepEqual(all.branches, { covered: 1 + 4 + 1, total: 2 + 4 + 2 })
  })

  it('takes reports of the same name and kind for one source, and not a service and tests of one name', () => {
    const tests: Gathered = { ...source('api', { x: file([1]) }), kind: 'tests' }
    const all = union([source('api', { x: file([0]) }), { ...source('api', { x: file([2, 0]) }), format: 'v8' }, tests])
    assert.deepEqual(
      all.sources.map(({ name, kind, format, lines }) => [name, kind, format, lines]),
      [
        ['api', 'service', 'lcov, v8', { covered: 1, total: 2 }],
        ['api', 'tests', 'lcov', { covered: 1, total: 1 }],
      ],
    )
  })

  it('keeps numbers right with more sources than a mask has bits', () => {
    const many = Array.from({ length: 40 }, (_, at) => source(`s${at}`, { x: file([at === 39 ? 1 : 0, 1]) }))
    const all = union(many)
    assert.equal(all.sources.length, 31)
    assert.equal(all.sources.at(-1)?.name, '10 others')
    assert.deepEqual(all.lines, { covered: 2, total: 2 })
    assert.deepEqual([...(all.files[0]?.masks ?? [])], [0, 2 ** 30, 2 ** 31 - 1])
  })

  it('is nothing of nothing', () => {
    assert.deepEqual(union([]), { sources: [], files: [], lines: { covered: 0, total: 0 }, branches: { covered: 0, total: 0 } })
  })

  it('does not depend on the order of the sources', () => {
    fc.assert(
      fc.property(some, (sources) => {
        const [forth, back] = [union(sources), union(sources.toReversed())]
        assert.deepEqual(presence(back), presence(forth))
        assert.deepEqual([back.lines, back.branches], [forth.lines, forth.branches])
      }),
    )
  })

  it('is the same whether reports are put together one by one or in groups, or twice', () => {
    fc.assert(
      fc.property(fc.array(anyFiles, { minLength: 3, maxLength: 3 }), (files) => {
        const [a, b, c] = files.map((one) => new Map(Object.entries(one)))
        assert.ok(a !== undefined && b !== undefined && c !== undefined)
        const left = mergeCoverage([mergeCoverage([a, b]), c])
        const right = mergeCoverage([a, mergeCoverage([b, c])])
        const totals = (map: typeof a) => presence(union([{ ...source('x', {}), files: map }]))
        assert.deepEqual(totals(left), totals(right))
        assert.deepEqual(totals(mergeCoverage([left, left])), totals(left))
        const together = union([{ ...source('x', {}), files: mergeCoverage([left, left]) }])
        assert.deepEqual(together.branches, union([{ ...source('x', {}), files: left }]).branches)
      }),
    )
  })

  it('says that a source reached a line only where that source ran it', () => {
    fc.assert(
      fc.property(some, (sources) => {
        const all = union(sources)
        for (const { path, hits, masks } of all.files) {
          for (const [line, mask] of masks.entries()) {
            const reached = all.sources.filter(({ files }) => ran(files.get(path)?.hits[line]))
            assert.deepEqual(namesIn(all.sources, mask), reached.map(({ name }) => name).sort())
            assert.equal(ran(hits[line]), mask !== 0)
          }
        }
      }),
    )
  })

  it('leaves what it is given as it was', () => {
    const shared = file([1, 0], [[1, 1, 2]])
    const before = structuredClone(shared)
    union([source('a', { x: shared }), source('b', { x: file([1, 1, 1], [[1, 2, 2]]) }), source('a', { x: shared })])
    assert.deepEqual(shared, before)
  })
})

function ran(hits: number | undefined): boolean {
  return hits !== undefined && hits !== NONE && hits > 0
}
