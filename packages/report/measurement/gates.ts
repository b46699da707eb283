import type { Degraded, Gate, Measurement } from '@mayfly/core'
import { code, fence, prose } from '../text.ts'
import type { Level } from './level.ts'
import { openGates } from './verdict.ts'
import { bullets, folded, plural } from './words.ts'

/** The gates that are not passed: number, bar, and where the bar is changed. */
export function renderGates(measurement: Measurement, level: Level): string {
  const open = openGates(measurement)
  // Even the shortest form says why it fails.
  return bullets(open.slice(0, Math.max(3, level.rows)).map(gateLine), Math.max(3, level.rows), open.length)
}

export function gateLine({ outcome, message, where, name }: Gate): string {
  const sign = { passed: '✅', warned: '⚠️', failed: '❌', unknown: '⚪' }[outcome]
  const place = where === '' || outcome === 'passed' ? '' : ` Change it in ${prose(lowered(where), 100)}.`
  return `${sign} ${prose(message === '' ? name : message, 300)}${place}`
}

function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

/** What could not be done, each with the line that would cure it. */
export function renderDegraded({ degraded }: Measurement, level: Level): string {
  const shown = degraded.slice(0, Math.min(20, level.rows)).map(degradedPart)
  const left = degraded.length - shown.length
  if (shown.length > 0 && left > 0) shown.push(`and ${left} more`)
  return folded(`Not measured or not possible: ${plural(degraded.length, 'thing')}`, shown)
}

export function degradedPart({ what, why, cure }: Degraded): string {
  const text = `**${prose(what, 80)}**: ${prose(why, 400)}`
  if (cure === '') return text
  return cure.includes('\n') ? `${text}\n\n${fence(cure.slice(0, 500))}` : `${text} ${code(cure, 200)}`
}
