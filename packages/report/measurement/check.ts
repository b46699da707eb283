import type { Measurement } from '@mayfly/core'
import { type Annotation, annotationsOf } from './annotations.ts'
import { renderFooter, renderWhere } from './base.ts'
import { renderByService } from './by-service.ts'
import { renderChanges } from './changes.ts'
import { renderFailures } from './failures.ts'
import { renderDegraded, renderGates } from './gates.ts'
import { renderLatency } from './latency.ts'
import { atLevel, COMMENT_LEVELS, type Level } from './level.ts'
import { percent, time } from './percent.ts'
import { renderProfiles } from './profiles.ts'
import { renderTotals, slowestRoute } from './totals.ts'
import { renderUncovered } from './uncovered.ts'
import { openGates, verdictOf, wentWrong } from './verdict.ts'
import { plural } from './words.ts'

/** GitHub takes 65,535 characters of each. */
const LONGEST = 60_000

/** A check run, without what says where it is written. */
export interface Check {
  /** Plain text. */
  title: string
  /** Markdown, both; at most 60,000 characters each. */
  summary: string
  text: string
  conclusion: 'success' | 'failure' | 'neutral'
  annotations: Annotation[]
}

/**
 * The check run on the measured commit. `failure`: a gate failed, or a test did and no gate says that this is only worth a
 * warning. `neutral`: a warning, or something that could not be measured.
 */
export function renderCheck(measurement: Measurement): Check {
  const { shown, total } = annotationsOf(measurement)
  const verdict = verdictOf(measurement)
  return {
    title: checkTitle(measurement),
    summary: fitted((level) => [
      renderWhere(measurement),
      renderTotals(measurement),
      renderGates(measurement, level),
      total > shown.length ? `${plural(total - shown.length, 'more remark')} on lines of this change, in the report.` : '',
      renderFooter(measurement),
    ]),
    text: fitted((level) => [
      ...renderFailures(measurement, level),
      renderUncovered(measurement, level),
      renderByService(measurement, level),
      renderChanges(measurement, level),
      renderLatency(measurement, level),
      renderProfiles(measurement, level),
      renderDegraded(measurement, level),
    ]),
    conclusion: verdict === 'failed' ? 'failure' : verdict === 'passed' ? 'success' : 'neutral',
    annotations: shown,
  }
}

function fitted(parts: (level: Level) => string[]): string {
  return atLevel(COMMENT_LEVELS, LONGEST, (level) =>
    parts(level)
      .filter((part) => part !== '')
      .join('\n\n'),
  )
}

/** `1 failed · patch 91.7 % · p95 41 ms`. */
function checkTitle(measurement: Measurement): string {
  const { tests, coverage, latency } = measurement
  const route = latency === undefined ? undefined : slowestRoute(latency)
  const missed = openGates(measurement).filter(({ outcome, name }) => outcome === 'failed' && name !== 'tests').length
  const parts = [
    tests === undefined ? '' : shortTests(tests),
    coverage === undefined ? '' : `patch ${percent(coverage.patch.lines)}`,
    route === undefined ? '' : `p95 ${time(route.p95)}`,
    missed === 0 ? '' : `${plural(missed, 'bar')} missed`,
  ].filter((part) => part !== '')
  return parts.length === 0 ? 'Nothing was measured' : parts.join(' · ')
}

function shortTests(tests: NonNullable<Measurement['tests']>): string {
  if (tests.failed > 0) return `${tests.failed} failed`
  if (wentWrong(tests)) return 'the tests did not end well'
  return tests.total === 0 ? 'no test was read' : `${tests.passed} passed`
}
