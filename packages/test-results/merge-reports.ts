import { dirname } from 'node:path/posix'
import { oneOf } from './attempts.ts'
import { BOUNDS, cut } from './bounds.ts'
import { keyOf, SEPARATOR, shortId, unique } from './identify.ts'
import type { TestCase, TestFormat, TestResults } from './model.ts'

export interface ReadReport {
  /** Relative to where the tests ran. */
  path: string
  results: TestResults
}

interface Placed {
  test: TestCase
  /** The report's directory. */
  directory: string
  /** The report that it was last seen in. */
  report: TestResults
}

/**
 * Makes one list of the tests of several reports. A test that is in several reports of one directory (in two formats, or run
 * again) is one test; in different directories, as in a repository of many packages, it is as many tests.
 * @param succeeded whether all commands that ran the tests did. Only then a pass makes up for a failure before it: a
 *   command that runs tests again after failures is content with that, one that runs them in two browsers is not.
 */
export function mergeReports(reports: readonly ReadReport[], succeeded: boolean): { tests: TestCase[]; notices: string[] } {
  const [first, ...others] = reports
  if (first === undefined || others.length === 0) return { tests: [...(first?.results.tests ?? [])], notices: [] }
  const merged: Placed[] = []
  const notices: string[] = []
  const places = new Map<string, number>()
  for (const { path, results } of reports) {
    const directory = dirname(path)
    const counts = new Map<string, number>()
    for (const test of results.tests) {
      const keys = keysOf(test, results.format, directory, counts)
      const at = keys.sought.map((key) => places.get(key)).find((found) => found !== undefined)
      const before = at === undefined ? undefined : merged[at]
      // What one report tells apart is apart.
      if (at === undefined || before === undefined || before.report === results) {
        for (const key of keys.own) if (!places.has(key)) places.set(key, merged.length)
        merged.push({ test, directory, report: results })
        continue
      }
      const both = together(before.test, test, succeeded)
      merged[at] = { test: both.test, directory, report: results }
      if (both.doubt && notices.length < BOUNDS.notices) {
        notices.push(`${both.test.id} failed in one report and passed in another, ${path} among them; it counts as failed.`)
      }
    }
  }
  return { tests: distinguished(merged), notices }
}

/** The same test is at the same turn among those of its name, in the same file, or where one of the two names no file. */
function keysOf(
  test: TestCase,
  format: TestFormat,
  directory: string,
  counts: Map<string, number>,
): { own: string[]; sought: string[] } {
  const { suite, name } = test
  // These name a file only where a test failed.
  const same = keyOf(format === 'tap' || format === 'go' ? { suite, name } : test)
  const turn = (counts.get(same) ?? 0) + 1
  counts.set(same, turn)
  const key = (file: string): string => JSON.stringify([directory, turn, file, ...suite, name])
  if (test.file === undefined) return { own: [key('none'), key('any')], sought: [key('any')] }
  return { own: [key(`in ${test.file}`), key('any')], sought: [key(`in ${test.file}`), key('none')] }
}

/** Ids that several tests have get the directory of the report in front, or the file; what is still the same is counted. */
function distinguished(merged: readonly Placed[]): TestCase[] {
  const directories = new Map<string, Set<string>>()
  for (const { test, directory } of merged) {
    const known = directories.get(test.id)
    if (known === undefined) directories.set(test.id, new Set([directory]))
    else known.add(directory)
  }
  const taken = new Set<string>()
  const counts = new Map<string, number>()
  return merged.map(({ test, directory }) => {
    const several = (directories.get(test.id)?.size ?? 0) > 1
    const wanted = several ? `${directory}${SEPARATOR}${test.id}` : taken.has(test.id) && test.file ? inFile(test) : test.id
    return { ...test, id: unique(cut(wanted, BOUNDS.name), taken, counts) }
  })
}

function inFile(test: TestCase): string {
  return `${test.file}${SEPARATOR}${shortId(test)}`
}

function together(one: TestCase, other: TestCase, succeeded: boolean): { test: TestCase; doubt: boolean } {
  const file = one.file ?? other.file
  const line = one.line ?? other.line
  const place = { id: one.id, ...(file === undefined ? {} : { file }), ...(line === undefined ? {} : { line }) }
  if (one.status === other.status || one.status === 'skipped' || other.status === 'skipped') {
    return { test: { ...fuller(one, other), ...place }, doubt: false }
  }
  const [failed, passed] = one.status === 'failed' ? [one, other] : [other, one]
  if (succeeded && !startsBefore(passed, failed)) return { test: { ...failed, ...oneOf(failed, passed), ...place }, doubt: false }
  return { test: { ...failed, ...place }, doubt: true }
}

/** Of two tellings of one outcome, that which says more; running beats being skipped. */
function fuller(one: TestCase, other: TestCase): TestCase {
  if (one.status !== other.status) return one.status === 'skipped' ? other : one
  const [first, second] = saysMore(other, one) ? [other, one] : [one, other]
  return {
    ...second,
    ...first,
    retries: Math.max(one.retries, other.retries),
    flaky: one.flaky || other.flaky,
    message: first.message || second.message,
    details: first.details || second.details,
    attachments: first.attachments.length > 0 ? first.attachments : second.attachments,
  }
}

function saysMore(one: TestCase, other: TestCase): boolean {
  return one.retries > other.retries || (one.retries === other.retries && one.details.length > other.details.length)
}

/** Known to: reports without times, such as Surefire's, do not say what came first. */
function startsBefore(one: TestCase, other: TestCase): boolean {
  return one.startedAt !== undefined && other.startedAt !== undefined && Date.parse(one.startedAt) < Date.parse(other.startedAt)
}
