import type { Measurement, TestsMeasured } from '@mayfly/core'
import { prose } from '../text.ts'
import { percent, time } from './percent.ts'
import { openGates, type Verdict, verdictOf } from './verdict.ts'
import { listed, plural } from './words.ts'

const SIGNS: Record<Verdict, string> = { failed: '❌', warned: '⚠️', unknown: '⚪', passed: '✅' }

export function signOf(measurement: Measurement): string {
  return SIGNS[verdictOf(measurement)]
}

/** `❌ 1 of 84 tests failed · patch coverage 91.7 %`. */
export function titleOf(measurement: Measurement): string {
  const { tests, coverage } = measurement
  const parts = [
    tests === undefined ? '' : testsTitle(tests),
    coverage === undefined ? '' : coverageTitle(coverage.patch.lines, coverage.lines),
    gatesTitle(measurement),
  ].filter((part) => part !== '')
  const said = parts.length === 0 ? 'Nothing was measured' : parts.join(' · ')
  return `${signOf(measurement)} ${said.charAt(0).toUpperCase()}${said.slice(1)}`
}

function coverageTitle(patch: { covered: number; total: number }, project: { covered: number; total: number }): string {
  return patch.total > 0 ? `patch coverage ${percent(patch)}` : `coverage ${percent(project)}`
}

/** What fails beside the tests, by name: the numbers alone do not say so. */
function gatesTitle(measurement: Measurement): string {
  const failed = openGates(measurement).filter(({ outcome, name }) => outcome === 'failed' && name !== 'tests')
  return failed.length === 0 ? '' : `the bar for ${prose(listed([...new Set(failed.map(({ name }) => name))], 2), 120)} is missed`
}

/** How the tests ended; where none was read, how the commands did. */
export function testsTitle(tests: TestsMeasured): string {
  if (tests.failed > 0) return `${tests.failed} of ${plural(tests.total, 'test')} failed`
  const late = tests.commands.find(({ timedOut }) => timedOut !== undefined)
  if (late?.timedOut !== undefined) return `the tests did not end within ${time(late.timedOut)}`
  const bad = tests.commands.find(({ exitCode }) => exitCode !== 0)
  if (bad !== undefined) {
    return `the tests' command ${bad.exitCode === null ? 'was ended by a signal' : `ended with ${bad.exitCode}`}`
  }
  if (tests.total === 0) return 'no test was read'
  return `${plural(tests.passed, 'test')} passed${tests.skipped > 0 ? `, ${tests.skipped} skipped` : ''}`
}
