import type { CoverageMeasured, FileMeasured, Measurement } from '@mayfly/core'
import { delta, plural } from '../measured.ts'
import { type Html, html, type Part } from './html.ts'
import { fileLink } from './links.ts'
import { more, ratio, table } from './parts.ts'

/** Files in the table that needs no script. */
const MOST = 150

/** Every file: a table without a script, in its place a browser with folders, a filter and a view of each file. */
export function renderFiles(measurement: Measurement, coverage: CoverageMeasured, leftOut: readonly string[]): Html {
  const shown = coverage.files.toSorted(byNeed).slice(0, MOST)
  const columns = [
    { title: 'File' },
    { title: 'Lines' },
    { title: 'Missed', number: true },
    { title: 'Changed lines', number: true },
    { title: 'Against base', number: true },
  ]
  const rows = shown.map((file) => row(measurement, file))
  return html`<div class="block"><h3 id="files-title">Files <span class="count">${coverage.files.length}</span></h3>
<div id="explorer" class="only-script" aria-labelledby="files-title"></div>
<div class="no-script">${table('Files', columns, rows)}${more(coverage.files.length - shown.length, `more files, which are shown where scripts may run`)}</div>
${leftOut.map((sentence) => html`<p class="note">${sentence}</p>`)}</div>
`
}

/** Changed files first, then those with most left to reach. */
function byNeed(a: FileMeasured, b: FileMeasured): number {
  const changed = Number(b.patch !== undefined) - Number(a.patch !== undefined)
  return changed || missed(b) - missed(a)
}

function missed({ lines }: FileMeasured): number {
  return lines.total - lines.covered
}

function row(measurement: Measurement, { path, lines, patch, base }: FileMeasured): Part[] {
  return [
    fileLink(measurement, path),
    ratio(lines),
    lines.total === 0 ? '–' : plural(lines.total - lines.covered, 'line'),
    patch === undefined ? '–' : `${patch.lines.covered} of ${patch.lines.total}`,
    base === undefined ? '–' : delta(lines, base),
  ]
}
