import type { Gate, Measurement, Ratio } from '@mayfly/core'
import { delta, percent, plural, signed, slowestRoute, time } from '../measured.ts'
import { type Html, html, NOTHING, type Part } from './html.ts'
import { bar, sign, type Tone } from './parts.ts'
import { visibleLine } from './visible.ts'

/** The four numbers that are asked for first, then the bars that were set. */
export function renderOverview(measurement: Measurement): Html {
  const tiles = [testsTile(measurement), patchTile(measurement), projectTile(measurement), latencyTile(measurement)]
  if (tiles.every((tile) => tile === NOTHING) && measurement.gates.length === 0) return NOTHING
  return html`<section id="overview" aria-label="Overview">
<div class="tiles">${tiles}</div>
${renderGates(measurement)}
</section>
`
}

function tile(name: string, anchor: string, value: Part, note: Part, picture: Html = NOTHING): Html {
  return html`<a class="tile" href="#${anchor}"><span class="name">${name}</span><span class="value">${value}</span>${picture}<span class="note">${note}</span></a>
`
}

function testsTile({ tests }: Measurement): Html {
  if (tests === undefined) return NOTHING
  const parts = [
    tests.failed > 0 ? `${tests.failed} failed` : '',
    tests.skipped > 0 ? `${tests.skipped} skipped` : '',
    tests.flaky > 0 ? `${tests.flaky} flaky` : '',
    time(tests.milliseconds),
  ].filter((part) => part !== '')
  const passed = html`${tests.passed}<small> of ${tests.total} passed</small>`
  return tile('Tests', 'tests', passed, parts.join(', '), outcomes(tests))
}

function outcomes({ passed, failed, skipped, total }: { passed: number; failed: number; skipped: number; total: number }): Html {
  if (!(total > 0)) return bar({ covered: 0, total: 0 })
  // A single failure among thousands is seen too.
  const bad = failed > 0 ? Math.max(1.5, (failed * 100) / total) : 0
  const rest = Math.min((skipped * 100) / total, 100 - bad)
  const good = Math.min((passed * 100) / total, 100 - bad - rest)
  return html`<svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><rect class="hit" width="${good}" height="1"/><rect class="skip" x="${good}" width="${rest}" height="1"/><rect class="miss" x="${100 - bad}" width="${bad}" height="1"/></svg>`
}

function patchTile({ coverage }: Measurement): Html {
  if (coverage === undefined) return NOTHING
  const { lines, blind } = coverage.patch
  const unseen = blind.length > 0 ? `, ${plural(blind.length, 'file')} not measured` : ''
  const note =
    lines.total > 0 ? `${lines.covered} of ${plural(lines.total, 'changed line')}${unseen}` : `nothing to cover${unseen}`
  return tile('Patch coverage', 'coverage', percent(lines), note, bar(lines))
}

function projectTile({ coverage }: Measurement): Html {
  if (coverage === undefined) return NOTHING
  return tile(
    'Project coverage',
    'coverage',
    percent(coverage.lines),
    against(coverage.lines, coverage.base),
    bar(coverage.lines),
  )
}

/** Only what both sides have is compared; where that is not everything, the number that is compared is said too. */
function against(lines: Ratio, base: { lines: Ratio; head: Ratio } | undefined): string {
  if (base === undefined) return `${lines.covered} of ${plural(lines.total, 'line')}`
  const same = base.head.covered === lines.covered && base.head.total === lines.total
  const change = `${delta(base.head, base.lines)} points from ${percent(base.lines)}`
  return same ? change : `${change}, in what both have`
}

function latencyTile({ latency }: Measurement): Html {
  const route = latency === undefined ? undefined : slowestRoute(latency)
  if (route === undefined) return NOTHING
  const change = route.base === undefined ? '' : `, ${signed(Math.round(route.p95 - route.base.p95), (size) => `${size} ms`)}`
  const word =
    route.verdict === undefined ? '' : { same: ', within the noise', faster: ', faster', slower: ', slower' }[route.verdict]
  const note = `${visibleLine(route.route, 60)}${route.verdict === 'same' ? word : `${change}${word}`}`
  return tile('Slowest route, p95', 'latency', time(route.p95), note)
}

const TONES = { passed: 'good', warned: 'warn', failed: 'bad', unknown: 'quiet' } as const satisfies Record<string, Tone>
const ORDER = { failed: 0, warned: 1, unknown: 2, passed: 3 } as const
const MOST = 50

/** Every bar with its number, and where it is changed. */
function renderGates({ gates }: Measurement): Html {
  if (gates.length === 0) return NOTHING
  const shown = gates.toSorted((a, b) => ORDER[a.outcome] - ORDER[b.outcome]).slice(0, MOST)
  return html`<ul class="gates" aria-label="Bars that were set">${shown.map(gateItem)}</ul>
`
}

function gateItem({ outcome, name, message, where }: Gate): Html {
  const words = { passed: 'Passed', warned: 'Warned', failed: 'Failed', unknown: 'Not known' }[outcome]
  const place = where === '' ? NOTHING : html` <span class="place">Set in ${visibleLine(where, 150)}.</span>`
  return html`<li class="${TONES[outcome]}">${sign(TONES[outcome], words)}<span><b>${visibleLine(name, 80)}</b> ${visibleLine(message, 500)}${place}</span></li>
`
}
