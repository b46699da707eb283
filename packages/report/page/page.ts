import { createHash } from 'node:crypto'
import type { Measurement } from '@mayfly/core'
import { CLIENT } from './client.ts'
import { renderCoverage } from './coverage.ts'
import { type Prepared, prepareData } from './data.ts'
import { renderHeader } from './header.ts'
import { headline } from './headline.ts'
import { type Html, html, json, NOTHING, textOf, trusted } from './html.ts'
import { renderLatency } from './latency.ts'
import { renderNavigation } from './navigation.ts'
import { renderOverview } from './overview.ts'
import { renderProfiles } from './profiles.ts'
import { renderDegraded, renderServices } from './services.ts'
import { STYLE } from './style.ts'
import { renderTests } from './tests.ts'
import { visibleLine } from './visible.ts'

/** A page's icon: without one a browser asks the server for it. */
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%23187a43'/%3E%3Cpath d='M4 8.5l3 3 5-6' stroke='white' stroke-width='2' fill='none'/%3E%3C/svg%3E"

/**
 * The whole measurement as one HTML file that needs nothing else: no network, no server, and without scripts only the
 * browser of files and the flame graphs are missing. The same measurement always gives the same page.
 *
 * @param options `source` gives a file's text at the measured commit, by its path in the repository; it is asked once or
 * twice for a file and only for paths inside the repository.
 */
export function renderPage(measurement: Measurement, options: { source: (path: string) => string | undefined }): string {
  const prepared = prepareData(measurement, options.source)
  const page = html`<!doctype html>
<html lang="en">
${head(measurement)}
<body>
<a class="to-main" href="#main">To the report</a>
${renderHeader(measurement)}
${renderNavigation(measurement)}
<main id="main">
${renderOverview(measurement)}
${renderTests(measurement)}
${renderCoverage(measurement, options.source, prepared.leftOut)}
${renderLatency(measurement)}
${renderProfiles(measurement)}
${renderServices(measurement)}
${renderDegraded(measurement)}
</main>
<footer><p>Everything on this page is in this one file. Measured by Mayfly.</p></footer>
${embedded(prepared)}
<script>${trusted(CLIENT)}</script>
</body>
</html>
`
  return textOf(page)
}

/** By the hash of style and script: whatever else gets into the page, a browser does not run it (CSP 3, 6.7.3.3). */
function head(measurement: Measurement): Html {
  const policy = `default-src 'none'; script-src ${hashOf(CLIENT)}; style-src ${hashOf(STYLE)}; img-src data:; base-uri 'none'; form-action 'none'`
  const name = visibleLine(measurement.repository, 140)
  const number = measurement.pullRequest === undefined ? '' : ` #${measurement.pullRequest}`
  return html`<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${headline(measurement)}: ${name}${number}</title>
<link rel="icon" href="${ICON}">
<style>${trusted(STYLE)}</style>
</head>`
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

/** Elements of type `application/json` hold data: no browser runs them. */
function embedded({ data, chunks }: Prepared): Html {
  if (data.files.length === 0 && data.profiles.length === 0) return NOTHING
  const codes = chunks.map(
    (chunk, at) => html`<script type="application/json" id="code-${at}">${json(chunk)}</script>
`,
  )
  return html`<script type="application/json" id="data">${json(data)}</script>
${codes}`
}
