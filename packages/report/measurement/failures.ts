import type { BaseHistory, FailedTest, Measurement } from '@mayfly/core'
import { code, fence, lastLines, oneLine, prose } from '../text.ts'
import type { Level } from './level.ts'
import { fileLink, named } from './links.ts'
import { time } from './percent.ts'
import { firstLines, folded, html, plural } from './words.ts'

/** Each failed test: what it says, whether it does so on the base too, and what the services wrote meanwhile. */
export function renderFailures(measurement: Measurement, level: Level): string[] {
  const { tests } = measurement
  if (tests === undefined) return []
  const shown = tests.failures.slice(0, level.failures).map((failure) => renderFailure(measurement, failure, level))
  const left = tests.failed - shown.length
  if (left > 0) shown.push(shown.length === 0 ? `${plural(left, 'failed test')}: see the report.` : `and ${left} more failed`)
  return [...shown, ...commands(measurement, level)]
}

export function renderFailure(measurement: Measurement, failure: FailedTest, level: Level): string {
  const parts = [
    `#### ❌ ${prose(failure.id, 200)}`,
    facts(measurement, failure),
    said(failure, level),
    attachments(failure, level),
    ...failure.logs.slice(0, level.rows).map(({ service, lines }) => logOf(service, lines, level)),
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

/** Place, duration, and how it ended on the base. */
function facts(measurement: Measurement, { file, line, milliseconds, base }: FailedTest): string {
  const parts = [
    file === undefined ? '' : fileLink(measurement, file, line),
    milliseconds === undefined ? '' : time(milliseconds),
    measurement.base.kind === 'none' ? '' : onBase(base),
  ]
  return parts.filter((part) => part !== '').join(' · ')
}

/** `passes on the base · never failed in 30 runs there`. */
export function onBase(base: BaseHistory | undefined): string {
  if (base === undefined) return '**new**, the base does not have it'
  const now = {
    passed: '**passes on the base**',
    failed: 'fails on the base too',
    flaky: 'flaky on the base',
    skipped: 'skipped on the base',
  }[base.outcome]
  const history = historyOf(base)
  return history === '' ? now : `${now} · ${history}`
}

/** How steady it was there. A single run says nothing of that. */
export function historyOf({ failed, flaky, runs }: BaseHistory): string {
  if (runs < 2) return ''
  const often = [failed > 0 ? `failed in ${failed}` : '', flaky > 0 ? `flaky in ${flaky}` : ''].filter((part) => part !== '')
  return often.length === 0 ? `steady in its last ${runs} runs there` : `${often.join(' and ')} of its last ${runs} runs there`
}

/** A single line is a quotation; more keep their shape. */
function said({ message, details }: FailedTest, level: Level): string {
  const text = details.includes(message) ? details : `${message}\n${details}`
  // A short level has room for the sentence alone.
  const lines = firstLines(level.lines > 2 ? text : message, level.lines, level.characters)
  if (lines.includes('\n')) return fence(lines)
  const only = prose(oneLine(message), Math.min(500, level.characters))
  return only === '' ? '' : `> ${only}`
}

function attachments({ attachments: all }: FailedTest, level: Level): string {
  const shown = all.slice(0, Math.min(10, level.rows)).map(({ name, kind, url }) => {
    const what = kind === 'other' ? name : `${kind === 'image' ? 'screenshot' : kind}: ${name}`
    return url === undefined ? `${prose(what, 100)} (not kept)` : named(what, url)
  })
  return shown.join(' · ')
}

function logOf(service: string, text: string, level: Level): string {
  const lines = lastLines(text, level.log, level.characters)
  return lines === '' ? '' : folded(`What ${html(service, 80)} wrote around it`, [fence(lines)])
}

/** What ran the tests and did not end well: of a run without a report it is all there is. */
function commands({ tests }: Measurement, level: Level): string[] {
  const bad = (tests?.commands ?? []).filter(({ exitCode, timedOut }) => exitCode !== 0 || timedOut !== undefined)
  return bad.slice(0, Math.max(1, level.rows)).flatMap(({ where, exitCode, timedOut, tail, milliseconds }) => {
    // A command that ends with 1 because tests failed has nothing to add to them.
    if (timedOut === undefined && (tests?.failed ?? 0) > 0) return []
    const ended = exitCode === null ? 'was ended by a signal' : `ended with ${exitCode}`
    const how = timedOut === undefined ? ended : `did not end within ${time(timedOut)} and was ended`
    const sentence = `The tests' command (${code(where, 80)}) ${how}, after ${time(milliseconds)}.`
    const lines = lastLines(tail, Math.min(20, 2 * level.lines), level.characters)
    return [lines === '' ? sentence : `${sentence}\n\n${fence(lines)}`]
  })
}
