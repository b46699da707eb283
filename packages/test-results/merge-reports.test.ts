import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { mergeReports, readTestResults } from './index.ts'

interface Written {
  name: string
  fails?: boolean
  file?: string
  at?: string
}

function report(path: string, tests: readonly Written[]) {
  const inside = tests.map(
    ({ name, fails, file, at }) =>
      `<testcase classname="c" name="${name}"${file === undefined ? '' : ` file="${file}"`}${at === undefined ? '' : ` timestamp="2026-01-01T00:00:${at}Z"`} time="1">${fails ? '<failure message="no"/>' : ''}</testcase>`,
  )
  return { path, results: readTestResults(`<testsuite name="s">${inside.join('')}</testsuite>`, path) }
}

function told(reports: Parameters<typeof mergeReports>[0], succeeded: boolean): string[] {
  return mergeReports(reports, succeeded).tests.map(({ id, status, flaky }) => `${id} ${flaky ? 'flaky' : status}`)
}

describe('tests of several reports', () => {
  it('the same test in two reports of one directory is one test', () => {
    const [one, other] = [
      report('out/a.xml', [{ name: 'x' }, { name: 'y' }]),
      report('out/b.xml', [{ name: 'y' }, { name: 'z' }]),
    ]
    assert.deepEqual(told([one, other], true), ['c › x passed', 'c › y passed', 'c › z passed'])
  })

  it('in reports of different directories, as of several packages, it is as many tests, each with its own name', () => {
    const reports = [
      report('a/out.xml', [{ name: 'x' }]),
      report('b/out.xml', [{ name: 'x', fails: true }]),
      report('c/out.xml', [{ name: 'z' }]),
    ]
    assert.deepEqual(told(reports, true), ['a › c › x passed', 'b › c › x failed', 'c › z passed'])
  })

  it('a pass makes up for a failure before it only where the command succeeded', () => {
    const first = report('1.xml', [{ name: 'x', fails: true, at: '01' }])
    const again = report('2.xml', [{ name: 'x', at: '05' }])
    assert.deepEqual(told([first, again], true), ['c › x flaky'])
    assert.deepEqual(told([again, first], true), ['c › x flaky'])
    assert.deepEqual(told([first, again], false), ['c › x failed'])
    assert.equal(mergeReports([first, again], false).notices.length, 1)
    const later = report('3.xml', [{ name: 'x', fails: true, at: '09' }])
    assert.deepEqual(told([again, later], true), ['c › x failed'])
  })

  it('what one report tells apart stays apart', () => {
    const both = [
      { name: 'x', file: 'a.js' },
      { name: 'x', file: 'b.js', fails: true },
    ]
    assert.deepEqual(told([report('1.xml', both), report('2.xml', both)], false), ['a.js › c › x passed', 'b.js › c › x failed'])
  })

  it('one run in two formats is one run', async () => {
    const read = async (name: string) => {
      const bytes = await readFile(join(import.meta.dirname, 'fixtures', name))
      return { path: `out/${name}`, results: readTestResults(bytes, name, ['/home/runner/work/prices/prices']) }
    }
    const { tests, notices } = mergeReports([await read('playwright-retries.xml'), await read('playwright-ctrf.json')], false)
    assert.deepEqual([tests.length, tests.filter(({ flaky }) => flaky).length, notices], [10, 2, []])
  })

  it('Surefire’s attempts in two files are one test', async () => {
    const read = async (name: string) => ({
      path: `out/${name}`,
      results: readTestResults(await readFile(join(import.meta.dirname, 'fixtures', name)), name),
    })
    const reports = [await read('surefire-again.xml'), await read('surefire-first.xml')]
    const flaky = (succeeded: boolean) =>
      mergeReports(reports, succeeded)
        .tests.filter((test) => test.flaky)
        .map(({ id }) => id)
    assert.equal(mergeReports(reports, false).tests.length, 6)
    assert.deepEqual(flaky(true), ['org.example.PricesTest › isFlaky'])
    assert.deepEqual(flaky(false), [])
  })

  it('whatever is merged: ids are unique, and no failure is lost but to an attempt after it', () => {
    const test = fc.record({ name: fc.constantFrom('x', 'y', 'x (2)'), fails: fc.boolean() })
    const reports = fc.array(fc.tuple(fc.constantFrom('a/1.xml', 'a/2.xml', 'b/1.xml'), fc.array(test, { maxLength: 5 })), {
      maxLength: 4,
    })
    fc.assert(
      fc.property(reports, (written) => {
        const read = written.map(([path, tests], index) => report(path.replace('.', `-${index}.`), tests))
        const { tests } = mergeReports(read, false)
        assert.equal(new Set(tests.map(({ id }) => id)).size, tests.length)
        const failed = (list: readonly { status: string; name: string }[]) =>
          new Set(list.flatMap((each) => (each.status === 'failed' ? each.name : [])))
        assert.deepEqual(failed(tests), failed(read.flatMap(({ results }) => results.tests)))
      }),
    )
  })
})
