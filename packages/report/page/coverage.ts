import type { CoverageMeasured, CoverageSource, Measurement } from '@mayfly/core'
import { delta, percent, plural } from '../measured.ts'
import { renderChanged } from './changed-lines.ts'
import { renderFiles } from './files.ts'
import { type Html, html, NOTHING, type Part } from './html.ts'
import { fileLink, rangeLink } from './links.ts'
import { block, fold, more, ratio, section, sign, table } from './parts.ts'
import { visibleLine } from './visible.ts'

const MOST = 200

/** Whose coverage it is, what changed without being reached, every file, what was lost and what nobody measured. */
export function renderCoverage(
  measurement: Measurement,
  source: (path: string) => string | undefined,
  leftOut: readonly string[],
): Html {
  const { coverage } = measurement
  if (coverage === undefined) return NOTHING
  const { lines, branches } = coverage
  const aside = [
    `${percent(lines)} of ${plural(lines.total, 'line')}`,
    branches.total > 0 ? `${percent(branches)} of ${plural(branches.total, 'branch', 'branches')}` : '',
  ].filter((part) => part !== '')
  const parts = [
    block('Changed lines that nothing reached', '', renderChanged(measurement, source)),
    block('Changed files that nothing measured', 'Whether these changes run is not known.', renderBlind(measurement, coverage)),
    block(
      'Lines that lost cover',
      'Not part of the change, reached on the base, not any more.',
      renderLost(measurement, coverage),
    ),
    block('By service', '', renderSources(measurement, coverage)),
    renderFiles(measurement, coverage, leftOut),
    renderUnmapped(coverage),
  ]
  return section('coverage', 'Coverage', aside.join(', '), parts)
}

function renderBlind(measurement: Measurement, { patch }: CoverageMeasured): Html {
  if (patch.blind.length === 0) return NOTHING
  const items = patch.blind.slice(0, MOST).map(
    ({
      path,
      why,
    }) => html`<li>${sign('warn', 'Not measured')}<span>${fileLink(measurement, path)} <span class="note">${visibleLine(why, 300)}</span></span></li>
`,
  )
  return html`<ul class="signs">${items}</ul>${more(patch.blind.length - items.length)}`
}

function renderLost(measurement: Measurement, { lost }: CoverageMeasured): Html {
  if (lost.length === 0) return NOTHING
  const items = lost.slice(0, 100).map(({ path, lines }) => {
    const ranges = lines.slice(0, 12).map((range) => html`${rangeLink(measurement, path, range)} `)
    const left = lines.length - ranges.length
    return html`<li>${sign('warn', 'Lost')}<span>${fileLink(measurement, path)} <span class="ranges">${ranges}${left > 0 ? `and ${left} more` : ''}</span></span></li>
`
  })
  return html`<ul class="signs">${items}</ul>${more(lost.length - items.length, 'more files')}`
}

/** Source by source; a service that should have given coverage and did not is among them, first. */
function renderSources({ services }: Measurement, { sources }: CoverageMeasured): Html {
  const silent = services.filter(({ coverage }) => coverage === 'silent').slice(0, MOST)
  const columns = [
    { title: 'Source' },
    { title: 'Lines' },
    { title: 'Against base', number: true },
    { title: 'Changed lines', number: true },
    { title: 'Only reached here', number: true },
  ]
  const quiet = silent.map(({ name, why }): Part[] => [
    html`${sign('warn', 'Silent')} <b>${visibleLine(name, 80)}</b>`,
    html`<span class="silent">gave nothing: ${visibleLine(why, 300)}</span>`,
    '',
    '',
    '',
  ])
  return table('Coverage by service', columns, [...quiet, ...sources.map(sourceRow)])
}

function sourceRow({ name, kind, format, lines, patch, only, base }: CoverageSource): Part[] {
  const what = kind === 'service' ? visibleLine(format, 40) : `${kind}, ${visibleLine(format, 40)}`
  return [
    html`<b>${visibleLine(name, 80)}</b> <span class="note">${what}</span>`,
    ratio(lines),
    base === undefined ? '–' : delta(lines, base),
    patch.total === 0 ? '–' : `${patch.covered} of ${patch.total}`,
    only === 0 ? '–' : plural(only, 'line'),
  ]
}

function renderUnmapped({ unmapped }: CoverageMeasured): Html {
  if (unmapped.length === 0) return NOTHING
  const rows = unmapped
    .slice(0, MOST)
    .map(({ source, path, why }): Part[] => [
      visibleLine(source, 80),
      html`<code class="path">${visibleLine(path, 400)}</code>`,
      visibleLine(why, 300),
    ])
  const content = table('Paths of no file', [{ title: 'Source' }, { title: 'Path' }, { title: 'Why' }], rows)
  return fold(
    html`Reported, but no file of the repository <span class="count">${unmapped.length}</span>`,
    html`${content}${more(unmapped.length - rows.length)}`,
  )
}
