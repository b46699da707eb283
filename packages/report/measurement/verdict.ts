import type { Gate, Measurement, TestsMeasured } from '@mayfly/core'
import { tenths } from './percent.ts'

/** `unknown`: nothing failed, but something that was asked for could not be measured, or nothing was. */
export type Verdict = 'failed' | 'warned' | 'unknown' | 'passed'

/** What it all comes to. Tests that failed fail it, unless the gate `tests` says otherwise. */
export function verdictOf(measurement: Measurement): Verdict {
  const { gates, tests, coverage, latency } = measurement
  const outcomes = new Set(gates.map(({ outcome }) => outcome))
  const wrong = wentWrong(tests)
  if (outcomes.has('failed') || (wrong && !gates.some(({ name }) => name === 'tests'))) return 'failed'
  if (outcomes.has('warned') || wrong) return 'warned'
  if (outcomes.has('unknown')) return 'unknown'
  return tests === undefined && coverage === undefined && latency === undefined ? 'unknown' : 'passed'
}

/** A test failed, or a command that runs them did not end well by itself. */
export function wentWrong(tests: TestsMeasured | undefined): boolean {
  if (tests === undefined) return false
  return tests.failed > 0 || tests.commands.some(({ exitCode, timedOut }) => exitCode !== 0 || timedOut !== undefined)
}

/** The gates that somebody must look at, the worst first. */
export function openGates({ gates }: Measurement): Gate[] {
  const order = ['failed', 'warned', 'unknown'] as const
  return order.flatMap((outcome) => gates.filter((gate) => gate.outcome === outcome))
}

/** Changed lines that can be covered and are not. */
export function uncoveredOf({ coverage }: Measurement): number {
  return coverage === undefined ? 0 : Math.max(0, coverage.patch.lines.total - coverage.patch.lines.covered)
}

/** The project's coverage is lower than the base's, among the sources that both have. */
export function coverageFell({ coverage }: Measurement): boolean {
  if (coverage?.base === undefined) return false
  const [head, base] = [tenths(coverage.base.head), tenths(coverage.base.lines)]
  return head !== undefined && base !== undefined && head < base
}

/** Something a reviewer should hear of: failed, warned, not known, less covered, or changed without being covered. */
export function isNotable(measurement: Measurement): boolean {
  return (
    verdictOf(measurement) !== 'passed' ||
    uncoveredOf(measurement) > 0 ||
    (measurement.coverage?.patch.blind.length ?? 0) > 0 ||
    coverageFell(measurement)
  )
}

/** Nothing to look at in any part: the short form says it all. */
export function isCalm(measurement: Measurement): boolean {
  const { tests, coverage, latency, services, degraded } = measurement
  if (isNotable(measurement) || degraded.length > 0) return false
  if (services.some(({ coverage, deaths }) => coverage === 'silent' || deaths > 0)) return false
  if (tests !== undefined && [tests.flakyTests, tests.removed, tests.newlySkipped].some(({ length }) => length > 0)) return false
  return (coverage?.lost.length ?? 0) === 0 && !(latency?.routes ?? []).some(needsLook)
}

function needsLook({ verdict, errors }: { verdict?: string; errors: number }): boolean {
  return verdict === 'slower' || errors > 0
}

/** A change without code: nothing to cover, no test that came, went or changed, nothing to look at. */
export function isWithoutCode(measurement: Measurement): boolean {
  const { tests, coverage } = measurement
  if (coverage === undefined || coverage.patch.lines.total > 0 || !isCalm(measurement)) return false
  return tests === undefined || (tests.added.length === 0 && tests.fixed.length === 0)
}
