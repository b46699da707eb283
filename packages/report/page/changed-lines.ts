import type { FileMeasured, LineRange, Measurement } from '@mayfly/core'
import { isInside, joinRanges, listed, percent, reachedBy } from '../measured.ts'
import { type Html, html, NOTHING } from './html.ts'
import { fileLink, rangeLink } from './links.ts'
import { fold, more } from './parts.ts'
import { visibleLine } from './visible.ts'

const MOST_FILES = 100
/** Files whose code is shown here; the others have links. */
const WITH_CODE = 25
const MOST_RANGES = 16
/** Lines of code for each file. */
const MOST_LINES = 120
/** Lines shown before and after each place. */
const AROUND = 3

/** Changed lines that nothing reached, with the code itself, so that they are read without a script. The worst file first. */
export function renderChanged(measurement: Measurement, source: (path: string) => string | undefined): Html {
  const files = (measurement.coverage?.files ?? []).filter(({ patch }) => patch !== undefined && patch.missed.length > 0)
  if (files.length === 0) return NOTHING
  const missing = ({ patch }: FileMeasured) => (patch?.lines.total ?? 0) - (patch?.lines.covered ?? 0)
  const shown = files.toSorted((a, b) => missing(b) - missing(a)).slice(0, MOST_FILES)
  const items = shown.map((file, at) => {
    const text = at < WITH_CODE && isInside(file.path) ? source(file.path) : undefined
    return renderFile(measurement, file, text, at < 3)
  })
  return html`${items}${more(files.length - shown.length, 'more files')}`
}

function renderFile(measurement: Measurement, file: FileMeasured, text: string | undefined, open: boolean): Html {
  const { path, patch, runs } = file
  if (patch === undefined) return NOTHING
  const ranges = joinRanges(patch.missed, runs)
  const links = ranges.slice(0, MOST_RANGES).map((range) => html`${rangeLink(measurement, path, range)} `)
  const left = ranges.length - links.length
  const facts = html`<p class="facts-line"><span class="ranges">Lines ${links}${left > 0 ? `and ${left} more places` : ''}</span><span>${seenBy(measurement, file)}</span></p>`
  const summary = html`${fileLink(measurement, path)} <span class="count">${patch.lines.covered} of ${patch.lines.total} changed lines, ${percent(patch.lines)}</span>`
  return fold(summary, html`${facts}${text === undefined ? '' : excerpt(text, patch.missed)}`, open)
}

/** Who ran the file without reaching these lines: there a test is nearly written. */
function seenBy({ coverage }: Measurement, file: FileMeasured): string {
  const mask = reachedBy(file)
  const names = (coverage?.sources ?? []).filter((_, bit) => (mask & (1 << bit)) !== 0).map(({ name }) => visibleLine(name, 60))
  return names.length === 0 ? 'nothing ran this file' : `${listed(names, 3)} ran this file, not these lines`
}

/** The missed lines with three around each, numbered; a rule between pieces. */
function excerpt(text: string, missed: readonly LineRange[]): Html {
  const places = missed.slice(0, MOST_RANGES)
  const lines = text.split('\n', Math.max(0, ...places.map(([, last]) => last + AROUND)))
  const rows: Html[] = []
  let end = 0
  for (const [from, to] of places) {
    const first = Math.max(1, from - AROUND, end + 1)
    const last = Math.min(lines.length, to + AROUND, first + MOST_LINES - rows.length - 1)
    if (rows.length > 0 && first > end + 1 && first <= last) rows.push(html`<span class="gap"></span>`)
    for (let line = first; line <= last; line++) rows.push(codeLine(lines[line - 1] ?? '', line, missed))
    end = Math.max(end, last)
  }
  return html`<pre class="code" tabindex="0" aria-label="Code, missed lines marked">${rows}</pre>`
}

function codeLine(text: string, line: number, missed: readonly LineRange[]): Html {
  const bad = missed.some(([first, last]) => first <= line && line <= last)
  const code = oneLine(text)
  return html`<span class="line${bad ? ' miss' : ''}"><i>${line}</i><b>${bad ? '✕' : ' '}</b>${code}
</span>`
}

function oneLine(text: string): string {
  return (text.length > 400 ? `${text.slice(0, 400)}…` : text).replace(/[\r\n\v\f\u0085\u2028\u2029]/g, ' ')
}
