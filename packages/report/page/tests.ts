import type { Measurement, TestsMeasured } from '@mayfly/core'
import { plural, time } from '../measured.ts'
import { history, renderCommands, renderFailures } from './failures.ts'
import { type Html, html, NOTHING, type Part } from './html.ts'
import { fold, more, section, table } from './parts.ts'
import { visibleLine } from './visible.ts'

/** Names in a list; the JSON beside the page has all of them. */
const MOST = 200

/** How the tests ended: those that failed first, then what came, went and changed. */
export function renderTests(measurement: Measurement): Html {
  const { tests } = measurement
  if (tests === undefined) return NOTHING
  const parts = [
    html`<p class="only-script filter"><label for="test-filter">Filter tests</label><input id="test-filter" type="search" autocomplete="off" spellcheck="false" placeholder="Part of a name"><output id="test-count" for="test-filter"></output></p>
`,
    renderFailures(measurement),
    renderCommands(tests.commands),
    ...lists(tests),
    renderReports(tests),
  ]
  return section('tests', 'Tests', summary(tests), parts)
}

function summary({ total, passed, failed, skipped, flaky, milliseconds, base }: TestsMeasured): string {
  const parts = [
    `${passed} passed`,
    failed > 0 ? `${failed} failed` : '',
    skipped > 0 ? `${skipped} skipped` : '',
    flaky > 0 ? `${flaky} only when tried again` : '',
  ].filter((part) => part !== '')
  const before = base === undefined ? '' : `; the base: ${counted(base)}`
  return `${total === 0 ? 'no test was read' : parts.join(', ')} in ${time(milliseconds)}${before}`
}

function counted({ passed, failed, skipped }: NonNullable<TestsMeasured['base']>): string {
  const parts = [`${passed} passed`, failed > 0 ? `${failed} failed` : '', skipped > 0 ? `${skipped} skipped` : '']
  return parts.filter((part) => part !== '').join(', ')
}

function lists(tests: TestsMeasured): Html[] {
  const flaky = tests.flakyTests.slice(0, MOST).map(({ id, retries, base }): Item => {
    const past = base === undefined ? '' : history(base)
    return [id, `${plural(retries, 'retry', 'retries')}${past === '' ? '' : `, ${past}`}`]
  })
  const skipped = Object.entries(tests.outcomes).flatMap(([id, outcome]): Item[] => (outcome === 'skipped' ? [[id]] : []))
  const slowest = tests.slowest.slice(0, MOST).map(({ id, milliseconds }): Item => [id, time(milliseconds)])
  return [
    list('Flaky: passed only when tried again', flaky, tests.flakyTests.length, true),
    list('Skipped now, not on the base', names(tests.newlySkipped), tests.newlySkipped.length, true),
    list('Removed', names(tests.removed), tests.removed.length),
    list('New', names(tests.added), tests.added.length),
    list('Fixed: failed on the base', names(tests.fixed), tests.fixed.length),
    list('Skipped', skipped.slice(0, MOST), skipped.length),
    list('Slowest', slowest, slowest.length),
  ]
}

type Item = [id: string, note?: string]

function names(ids: readonly string[]): Item[] {
  return ids.slice(0, MOST).map((id) => [id])
}

function list(title: string, items: readonly Item[], count: number, open = false): Html {
  if (items.length === 0) return NOTHING
  const content = html`<ul class="names">${items.map(item)}</ul>${more(count - items.length)}`
  return fold(html`${title} <span class="count">${count}</span>`, content, open)
}

function item([id, note]: Item): Html {
  const aside: Part = note === undefined || note === '' ? '' : html`<span class="note">${note}</span>`
  return html`<li data-filter><span class="id">${visibleLine(id, 500)}</span>${aside}</li>
`
}

function renderReports({ reports, commands }: TestsMeasured): Html {
  const rows = reports
    .slice(0, 100)
    .map(({ path, format, tests }): Part[] => [html`<code>${visibleLine(path, 300)}</code>`, visibleLine(format, 40), tests])
  const ran = commands
    .slice(0, 20)
    .map(({ where, exitCode, milliseconds }): Part[] => [
      visibleLine(where, 80),
      exitCode === null ? 'ended by a signal' : `exit code ${exitCode}`,
      time(milliseconds),
    ])
  const content = html`${table('Commands', [{ title: 'Ran on' }, { title: 'Ended' }, { title: 'Time', number: true }], ran)}
${table('Report files', [{ title: 'Report file' }, { title: 'Format' }, { title: 'Tests', number: true }], rows)}${more(reports.length - rows.length, 'more report files')}`
  return fold('Where this was read', content)
}
