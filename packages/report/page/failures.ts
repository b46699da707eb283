import type { BaseHistory, FailedTest, Measurement, TestCommand } from '@mayfly/core'
import { plural, time } from '../measured.ts'
import { BUDGET } from './budget.ts'
import { type Html, html, NOTHING, type Part, textOf } from './html.ts'
import { fileLink, isWebUrl, webLink } from './links.ts'
import { fold, more, sign, type Tone, tag } from './parts.ts'
import { visibleEnd, visibleLine, visibleStart } from './visible.ts'

/** Failures in the page; beyond it the report files say more than a page can. */
const MOST = 200
/** Those that stand open: a reviewer reads a few, and scrolls past no more. */
const OPEN = 3

/** How much of one failure is shown, in characters and logs. */
interface Room {
  message: number
  details: number
  log: number
  logs: number
}

const PLENTY: Room = { message: 4000, details: 20_000, log: 20_000, logs: 20 }
/** Of the many that come after what fits. */
const LITTLE: Room = { message: 300, details: 0, log: 0, logs: 0 }

/** Each failed test: what it says, whether it does so on the base too, and what the services wrote meanwhile. */
export function renderFailures(measurement: Measurement): Html {
  const { tests } = measurement
  if (tests === undefined || tests.failures.length === 0) return NOTHING
  const shown = tests.failures.slice(0, MOST)
  let room: number = BUDGET.failures
  const parts = shown.map((failure, at) => {
    const part = renderFailure(measurement, failure, room > 0 ? PLENTY : LITTLE, at < OPEN)
    room -= textOf(part).length
    return part
  })
  return html`<div class="failures">${parts}</div>
${more(tests.failed - shown.length, 'more failed')}`
}

function renderFailure(measurement: Measurement, failure: FailedTest, room: Room, open: boolean): Html {
  const { id, file, line, milliseconds, message, details, base } = failure
  const verdict = measurement.base.kind === 'none' ? NOTHING : baseTag(base)
  const facts: Part[] = [
    file === undefined ? NOTHING : fileLink(measurement, file, line === undefined ? undefined : [line, line]),
    milliseconds === undefined ? NOTHING : html`<span>${time(milliseconds)}</span>`,
    measurement.base.kind === 'none' || base === undefined ? NOTHING : html`<span>${history(base)}</span>`,
    ...failure.attachments.slice(0, 20).map(attachment),
  ]
  const rest =
    room.details === 0 || details.trim() === '' || details.trim() === message.trim()
      ? NOTHING
      : fold('Details', html`<pre>${visibleStart(details, room.details)}</pre>`)
  return html`<details class="failure" data-filter${open ? html` open` : ''}>
<summary>${sign('bad', 'Failed')}<span class="id">${visibleLine(id, 500)}</span>${verdict}</summary>
<div class="folded"><p class="facts-line">${facts}</p>
<pre class="message">${visibleStart(message, room.message)}</pre>
${rest}${failure.logs.slice(0, room.logs).map((log) => logOf(log, room.log))}</div></details>
`
}

function logOf({ service, lines }: FailedTest['logs'][number], longest: number): Html {
  if (lines.trim() === '') return NOTHING
  const count = lines.trimEnd().split('\n').length
  const summary = html`Log of <b>${visibleLine(service, 80)}</b> around it <span class="count">${plural(count, 'line')}</span>`
  return fold(summary, html`<pre>${visibleEnd(lines, longest)}</pre>`, count <= 12)
}

function attachment({ name, kind, url }: FailedTest['attachments'][number]): Html {
  const what = kind === 'other' ? '' : html`<span class="kind">${kind === 'image' ? 'screenshot' : kind}</span> `
  const label = html`${what}${visibleLine(name, 120)}`
  return isWebUrl(url) ? html`<span class="attachment">${webLink(label, url)}</span>` : html`<span>${label} (not kept)</span>`
}

/** Whether it is this change that broke it: the first thing that is asked. */
export function baseTag(base: BaseHistory | undefined): Html {
  if (base === undefined) return tag('quiet', 'new test')
  const words: Record<BaseHistory['outcome'], [Tone, string]> = {
    passed: ['bad', 'passes on the base'],
    failed: ['quiet', 'fails on the base too'],
    flaky: ['warn', 'flaky on the base'],
    skipped: ['quiet', 'skipped on the base'],
  }
  const [tone, text] = words[base.outcome]
  return tag(tone, text)
}

/** How steady it was there. A single run says nothing of that. */
export function history({ failed, flaky, runs }: BaseHistory): string {
  if (runs < 2) return ''
  const often = [failed > 0 ? `failed in ${failed}` : '', flaky > 0 ? `flaky in ${flaky}` : ''].filter((part) => part !== '')
  return often.length === 0 ? `steady in the base's last ${runs} runs` : `${often.join(' and ')} of the base's last ${runs} runs`
}

/** The commands that ran the tests and did not end well. */
export function renderCommands(commands: readonly TestCommand[]): Html {
  const bad = commands.filter(({ exitCode, timedOut }) => exitCode !== 0 || timedOut !== undefined)
  return html`${bad.slice(0, 10).map(commandPart)}`
}

function commandPart({ where, exitCode, timedOut, tail }: TestCommand): Html {
  const ended = exitCode === null ? 'was ended by a signal' : `ended with ${exitCode}`
  const how = timedOut === undefined ? ended : `did not end within ${time(timedOut)} and was ended`
  const summary = html`The command on <b>${visibleLine(where, 80)}</b> ${how}`
  return tail.trim() === ''
    ? html`<p class="command">${summary}</p>`
    : fold(html`${summary}; its last lines`, html`<pre>${visibleEnd(tail, 20_000)}</pre>`, timedOut !== undefined)
}
