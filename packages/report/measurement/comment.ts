import type { Measurement, Result } from '@mayfly/core'
import { renderParts } from '../comment.ts'
import { renderFooter, renderWhere } from './base.ts'
import { renderByService } from './by-service.ts'
import { renderChanges } from './changes.ts'
import { renderFailures } from './failures.ts'
import { renderDegraded, renderGates } from './gates.ts'
import { renderLatency } from './latency.ts'
import { atLevel, COMMENT_LEVELS, type Level } from './level.ts'
import { measurementMarkers } from './marker.ts'
import { renderProfiles } from './profiles.ts'
import { testsTitle, titleOf } from './title.ts'
import { renderTotals } from './totals.ts'
import { renderUncovered } from './uncovered.ts'
import { isCalm, isNotable, isWithoutCode } from './verdict.ts'
import { folded, plural } from './words.ts'

/** GitHub takes 65,536 characters; what is left is room for what GitHub itself may add. */
const LONGEST = 60_000

/**
 * The preview's comment, continued with what was measured: one comment, under the preview's own marker, with the run that
 * wrote it in a second one. The same input always gives the same text. Where all is well it is a title, a line of links
 * and a table; where nothing that is code changed, one line.
 *
 * `result`: the preview's own; undefined where it is not at hand. `quiet`: no table either where all is well.
 */
export function renderMeasurementComment(
  result: Result | undefined,
  measurement: Measurement,
  { quiet = false }: { quiet?: boolean } = {},
): string {
  return atLevel(COMMENT_LEVELS, LONGEST, (level) => {
    const parts = [measurementMarkers(measurement), ...partsOf(result, measurement, level, quiet)]
    return `${parts.filter((part) => part !== '').join('\n\n')}\n`
  })
}

/** Whether a comment is written at all. A quiet one only where there is something to hear, or where one stands already. */
export function shouldComment(previous: string | undefined, measurement: Measurement, quiet: boolean): boolean {
  return !quiet || previous !== undefined || isNotable(measurement)
}

function partsOf(result: Result | undefined, measurement: Measurement, level: Level, quiet: boolean): string[] {
  const well = result === undefined || result.outcome === 'ready'
  const footer = renderFooter(measurement)
  if (!well) {
    return [...renderParts(result, level.preview), renderWhere(measurement), ...measured(measurement, level), footer]
  }
  if (isWithoutCode(measurement)) return [shortLine(measurement)]
  const head = [`### ${titleOf(measurement)}`, renderWhere(measurement)]
  if (isCalm(measurement)) return quiet ? head : [...head, renderTotals(measurement), footer]
  return [...head, ...measured(measurement, level), previewPart(result, level), footer]
}

/** Numbers, then what to look at, then what to look up. */
function measured(measurement: Measurement, level: Level): string[] {
  return [
    renderTotals(measurement),
    renderGates(measurement, level),
    ...renderFailures(measurement, level),
    renderUncovered(measurement, level),
    renderByService(measurement, level),
    renderChanges(measurement, level),
    renderLatency(measurement, level),
    renderProfiles(measurement, level),
    renderDegraded(measurement, level),
  ]
}

function shortLine(measurement: Measurement): string {
  const { tests } = measurement
  const said = tests === undefined ? 'nothing to cover in this change' : `${testsTitle(tests)} · nothing to cover in this change`
  return `✅ ${said} · ${renderWhere(measurement)}`
}

/** The preview is ready, so that what was said of it is for those who look it up. */
function previewPart(result: Result | undefined, level: Level): string {
  if (result === undefined) return ''
  const [, ...parts] = renderParts(result, level.preview)
  return folded(`The preview: ${plural(result.services.length, 'service')}`, parts)
}
