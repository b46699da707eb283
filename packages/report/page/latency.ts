import type { ColdStart, LatencyMeasured, Measurement, RouteLatency } from '@mayfly/core'
import { signed, time } from '../measured.ts'
import { type Html, html, NOTHING, type Part } from './html.ts'
import { latencyStrip } from './latency-strip.ts'
import { block, more, section, table, tag } from './parts.ts'
import { visibleLine } from './visible.ts'

const MOST = 200

/** How long answers took: warm routes with their noise, then how long services took to start. */
export function renderLatency({ latency }: Measurement): Html {
  if (latency === undefined) return NOTHING
  const how = {
    'same run': 'the base ran beside it in the same run',
    'earlier run': 'the base was measured in an earlier run of its own',
  }
  const compared = latency.compared === undefined ? 'nothing to compare with' : how[latency.compared]
  const note =
    'Each strip: the dot is p50, the tick p95, the band how far p50 moves by itself; the base is the hollow one. Within the band there is no verdict.'
  return section('latency', 'Latency', `not instrumented; ${compared}`, [
    block('Warm routes', note, renderRoutes(latency)),
    block(
      'Cold start',
      'From the start of the container to its first healthy answer, then the first request through the gateway.',
      renderCold(latency),
    ),
  ])
}

function renderRoutes({ routes }: LatencyMeasured): Html {
  const shown = routes.slice(0, MOST)
  const scale = Math.max(1, ...shown.flatMap(({ p95, base }) => [p95, base?.p95 ?? 0]))
  const columns = [
    { title: 'Route' },
    { title: 'p50', number: true },
    { title: 'p95', number: true },
    { title: `0 to ${time(scale)}` },
    { title: 'Base p50 / p95', number: true },
    { title: 'Verdict' },
    { title: 'Samples', number: true },
  ]
  const rows = shown.map((route): Part[] => [
    html`<code class="path">${visibleLine(route.route, 200)}</code> <span class="note">${visibleLine(route.service, 80)}</span>`,
    html`${time(route.p50)} <span class="note">±${route.noise.toFixed(1)}</span>`,
    time(route.p95),
    latencyStrip(route, scale),
    route.base === undefined ? '–' : `${time(route.base.p50)} / ${time(route.base.p95)}`,
    verdict(route),
    html`${route.samples}${route.errors > 0 ? html` <span class="bad-text">${route.errors} errors</span>` : ''}`,
  ])
  return rows.length === 0
    ? NOTHING
    : html`${table('Latency of routes', columns, rows)}${more(routes.length - shown.length, 'more routes')}`
}

function verdict({ verdict: said }: RouteLatency): Html {
  if (said === undefined) return html`–`
  return { same: tag('quiet', 'about the same'), faster: tag('good', 'faster'), slower: tag('bad', 'slower') }[said]
}

function renderCold({ services }: LatencyMeasured): Html {
  const columns = [
    { title: 'Service' },
    { title: 'Start to healthy', number: true },
    { title: 'Against base', number: true },
    { title: 'First request', number: true },
    { title: 'Against base', number: true },
  ]
  const rows = services
    .slice(0, MOST)
    .map(({ service, healthy, first, base }: ColdStart): Part[] => [
      html`<b>${visibleLine(service, 80)}</b>`,
      healthy === undefined ? '–' : time(healthy),
      change(healthy, base?.healthy),
      first === undefined ? '–' : time(first),
      change(first, base?.first),
    ])
  return table('Cold start', columns, rows)
}

function change(now: number | undefined, before: number | undefined): string {
  return now === undefined || before === undefined ? '–' : signed(Math.round(now - before), time)
}
