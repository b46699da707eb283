import type { CoverageSource, Measurement, ServiceMeasured } from '@mayfly/core'
import { code, prose } from '../text.ts'
import type { Level } from './level.ts'
import { delta, percent } from './percent.ts'
import { folded, plural, table } from './words.ts'

/** Whose coverage it is, source by source; a service that should have given some and did not is among them. */
export function renderByService(measurement: Measurement, level: Level): string {
  const { coverage, services } = measurement
  const silent = services.filter((service) => service.coverage === 'silent')
  const asked = services.filter((service) => service.coverage !== 'not asked')
  const sources = coverage?.sources ?? []
  if (sources.length === 0 && silent.length === 0) return ''
  // Who is silent comes first in a list that may be shortened.
  const rows = [...silent.map(silentRow), ...sources.map(sourceRow)].slice(0, Math.max(1, level.rows))
  const left = silent.length + sources.length - rows.length
  const summary = `Coverage by service${asked.length === 0 ? '' : `: ${asked.length - silent.length} of ${asked.length} reported`}`
  const head = ['Source', 'Lines', 'Δ', 'Patch', 'Only reached here']
  return folded(silent.length > 0 ? `⚠️ ${summary}` : summary, [
    table(head, rows, true),
    left > 0 ? `and ${left} more` : '',
    ...silentReasons(silent, level),
  ])
}

function sourceRow({ name, kind, format, lines, patch, only, base }: CoverageSource): string[] {
  const what = kind === 'service' ? prose(format, 40) : `${kind}, ${prose(format, 40)}`
  const change = base === undefined ? '' : delta(lines, base)
  const share = patch.total === 0 ? '–' : `${patch.covered}/${patch.total}`
  return [`${code(name, 80)} (${what})`, percent(lines), change, share, only === 0 ? '–' : plural(only, 'line')]
}

function silentRow({ name }: ServiceMeasured): string[] {
  return [`⚠️ ${code(name, 80)}`, '*not reported*', '', '', '']
}

function silentReasons(silent: readonly ServiceMeasured[], level: Level): string[] {
  const shown = silent.slice(0, Math.min(10, level.rows)).map(({ name, why }) => `${code(name, 80)}: ${prose(why, 300)}`)
  return shown.length === 0 ? [] : [shown.join('<br>')]
}
