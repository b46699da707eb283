import type { Degraded, Measurement, ServiceMeasured } from '@mayfly/core'
import { plural } from '../measured.ts'
import { shortDigest } from '../words.ts'
import { type Html, html, NOTHING, type Part } from './html.ts'
import { more, section, sign, table, tag } from './parts.ts'
import { visibleLine, visibleStart } from './visible.ts'

const MOST = 200

/** What ran, exactly, and what it told. */
export function renderServices({ services }: Measurement): Html {
  if (services.length === 0) return NOTHING
  const columns = [
    { title: 'Service' },
    { title: 'Coverage' },
    { title: 'Ended by itself' },
    { title: 'Artifact' },
    { title: 'Digest' },
  ]
  const rows = services
    .slice(0, MOST)
    .map((service): Part[] => [
      html`<b>${visibleLine(service.name, 80)}</b>`,
      coverageOf(service),
      service.deaths === 0 ? '–' : html`<span class="bad-text">${plural(service.deaths, 'time')}</span>`,
      visibleLine(service.artifact, 150),
      html`<code>${visibleLine(shortDigest(service.digest), 80)}</code>`,
    ])
  return section('services', 'Services', plural(services.length, 'service'), [
    table('Services', columns, rows),
    more(services.length - rows.length),
  ])
}

function coverageOf({ coverage, why }: ServiceMeasured): Html {
  const said = { measured: tag('good', 'measured'), silent: tag('warn', 'silent'), 'not asked': tag('quiet', 'not asked') }[
    coverage
  ]
  return html`${said}${why === '' ? NOTHING : html` <span class="note why">${visibleLine(why, 300)}</span>`}`
}

/** What could not be done or is not known, each with the line that would cure it. */
export function renderDegraded({ degraded }: Measurement): Html {
  if (degraded.length === 0) return NOTHING
  const shown = degraded.slice(0, MOST).map(degradedItem)
  return section('degraded', 'Not measured', plural(degraded.length, 'thing'), [
    html`<ul class="signs">${shown}</ul>`,
    more(degraded.length - shown.length),
  ])
}

function degradedItem({ what, why, cure }: Degraded): Html {
  const line =
    cure.trim() === ''
      ? NOTHING
      : html`<pre class="cure" tabindex="0" aria-label="The line to change">${visibleStart(cure, 1000)}</pre>`
  return html`<li>${sign('warn', 'Not possible')}<div><b>${visibleLine(what, 120)}</b> ${visibleLine(why, 600)}${line}</div></li>
`
}
