import type { Measurement } from '@mayfly/core'
import { renderFooter, renderWhere } from './base.ts'
import { renderByService } from './by-service.ts'
import { renderChangedFiles } from './changed-files.ts'
import { renderFailures } from './failures.ts'
import { atLevel, type Level, SUMMARY_LEVELS } from './level.ts'
import { renderProfiles } from './profiles.ts'
import {
  degradedSection,
  gatesSection,
  latencySection,
  lostSection,
  type Sources,
  servicesSection,
  testsSection,
  uncoveredSection,
} from './summary-parts.ts'
import { titleOf } from './title.ts'
import { renderTotals } from './totals.ts'

/** GitHub drops a step summary above 1 MiB whole; other steps of ours may write to the same one. */
const LONGEST = 900 * 1024

/**
 * The step summary: everything that was measured, at most 900 KiB as UTF-8.
 * `sources`: the text of a file at the measured commit, shown where changed lines of it were not reached; hostile text.
 */
export function renderMeasurementSummary(
  measurement: Measurement,
  { sources = () => undefined }: { sources?: Sources } = {},
): string {
  return atLevel(SUMMARY_LEVELS, LONGEST, (level) => `${sections(measurement, level, sources).join('\n\n')}\n`, Buffer.byteLength)
}

function sections(measurement: Measurement, level: Level, sources: Sources): string[] {
  const { tests } = measurement
  const failures = renderFailures(measurement, level)
  const profiles = renderProfiles(measurement, level)
  const parts = [
    `# ${titleOf(measurement)}`,
    renderWhere(measurement),
    renderTotals(measurement),
    ...gatesSection(measurement, level),
    ...(failures.length === 0 ? [] : [failuresHeading(tests?.failed ?? 0), ...failures]),
    ...uncoveredSection(measurement, level, sources),
    renderChangedFiles(measurement, level),
    renderByService(measurement, level),
    ...lostSection(measurement, level),
    ...testsSection(measurement, level),
    ...latencySection(measurement, level),
    ...(profiles === '' ? [] : ['## Profiles', profiles]),
    ...servicesSection(measurement, level),
    ...degradedSection(measurement, level),
    renderFooter(measurement),
  ]
  return parts.filter((part) => part !== '')
}

/** Tests may go wrong without one that failed: their command never ended. */
function failuresHeading(failed: number): string {
  return failed > 0 ? `## Failures (${failed})` : '## The tests did not end well'
}
