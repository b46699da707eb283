import { UserError } from '@mayfly/core'
import { mergeAttempts } from './attempts.ts'
import { BOUNDS } from './bounds.ts'
import { looksLikeCtrf, readCtrf } from './ctrf.ts'
import { looksLikeGoTest, readGoTest } from './go-test.ts'
import { withIds, withOuterSuites } from './identify.ts'
import { readJunit } from './junit.ts'
import type { FoundTest, FoundTests, TestCase, TestFormat, TestResults } from './model.ts'
import { looksLikeTap, readTap } from './tap.ts'
import { FORMATS, lineIn, textOf } from './text.ts'

/**
 * Reads one report of tests, whatever its file is called: JUnit XML, CTRF (ctrf.io), TAP 12 to 14, or `go test -json`.
 * Attempts of one test are one test. A report that holds none says so in a notice.
 * @param name what it is called in messages, such as its path.
 * @param roots directories that the tests ran in: file names inside them become relative.
 * @throws UserError for a report that is empty, broken, truncated, too large, or of another kind.
 */
export function readTestResults(report: string | Uint8Array, name: string, roots: readonly string[] = []): TestResults {
  const text = textOf(report, name)
  const format = formatOf(text, name)
  const found = READERS[format](text, name)
  const merged = found.repeated === 'attempt' ? mergeAttempts(found.tests) : { tests: found.tests, flaky: 0 }
  const placed = withOuterSuites(merged.tests.map((test) => inRoots(test, roots)))
  return { format, tests: withIds(placed, found.fileTells).map(withoutOuter), notices: noticesOf(found, merged.flaky, name) }
}

const READERS: Record<TestFormat, (text: string, name: string) => FoundTests> = {
  junit: readJunit,
  ctrf: readCtrf,
  tap: readTap,
  go: readGoTest,
}

function formatOf(text: string, name: string): TestFormat {
  if (text.trimStart().startsWith('<')) return 'junit'
  if (looksLikeGoTest(text)) return 'go'
  if (looksLikeCtrf(text)) return 'ctrf'
  if (looksLikeTap(text)) return 'tap'
  throw new UserError(`${name} is no report of tests that can be read.`, { cure: FORMATS })
}

function noticesOf(found: FoundTests, flaky: number, name: string): string[] {
  const notices = [...found.notices]
  if (found.tests.length === 0) notices.unshift(`${name} holds no tests.`)
  if (flaky > 0)
    notices.push(`${name} holds ${flaky} ${flaky === 1 ? 'test' : 'tests'} twice, first failed and then passed: flaky.`)
  return notices.slice(0, BOUNDS.notices)
}

function inRoots(test: FoundTest, roots: readonly string[]): FoundTest {
  if (test.file === undefined) return test
  const plain = test.file.replace(/^file:\/\//, '').replaceAll('\\', '/')
  const root = roots.map((path) => `${path.replace(/\/+$/, '')}/`).find((path) => plain.startsWith(path))
  const file = plain.slice(root?.length ?? 0).replace(/^(?:\.\/)+/, '')
  const line = test.line ?? (test.status === 'failed' ? lineIn(test.details, file) : undefined)
  return { ...test, file, ...(line === undefined ? {} : { line }) }
}

function withoutOuter({ outer: _, ...test }: FoundTest & { id: string }): TestCase {
  return test
}
