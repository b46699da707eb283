import type { ColdStart, LatencyMeasured, Measurement, RouteLatency } from '@mayfly/core'
import { code } from '../text.ts'
import type { Level } from './level.ts'
import { time } from './percent.ts'
import { verdictSign } from './totals.ts'
import { folded, plural, table } from './words.ts'

/** Every route's and every service's figures, folded away. */
export function renderLatency({ latency }: Measurement, level: Level): string {
  if (latency === undefined || latency.routes.length + latency.services.length === 0) return ''
  const slower = latency.routes.filter(({ verdict }) => verdict === 'slower').length
  const summary = `Latency: ${plural(latency.routes.length, 'route')}${slower > 0 ? `, ${slower} slower` : ''}`
  return folded(slower > 0 ? `⚠️ ${summary}` : summary, latencyParts(latency, level))
}

/** The two tables and how the figures came. */
export function latencyParts(latency: LatencyMeasured, level: Level): string[] {
  const { routes, services, compared } = latency
  const sorted = routes.toSorted((a, b) => Number(b.verdict === 'slower') - Number(a.verdict === 'slower') || b.p95 - a.p95)
  const left = Math.max(0, routes.length - level.rows) + Math.max(0, services.length - level.rows)
  const how =
    compared === undefined
      ? ''
      : `; the base was measured in ${compared === 'same run' ? 'the same run' : 'an earlier run'}; ≈ is within the noise`
  return [
    table(['Route', 'n', 'p50', 'p95', 'Base p50', 'Base p95', ''], sorted.slice(0, level.rows).map(routeRow), true),
    table(['Start', 'Healthy', 'First request', 'Base healthy', 'Base first'], services.slice(0, level.rows).map(coldRow), true),
    left > 0 ? `and ${left} more` : '',
    `Measured through the gateway, without coverage or profiles being gathered${how}.`,
  ].filter((part) => part !== '')
}

function routeRow(route: RouteLatency): string[] {
  const { samples, errors, p50, p95, noise, base, service } = route
  const counted = errors > 0 ? `${samples}, ⚠️ ${plural(errors, 'error')}` : String(samples)
  return [
    `${code(route.route, 100)} ${code(service, 60)}`,
    counted,
    `${time(p50)}${noise > 0 ? ` ± ${time(noise)}` : ''}`,
    time(p95),
    base === undefined ? '' : time(base.p50),
    base === undefined ? '' : time(base.p95),
    verdictSign(route),
  ]
}

function coldRow({ service, healthy, first, base }: ColdStart): string[] {
  return [
    code(service, 80),
    ...[healthy, first, base?.healthy, base?.first].map((value) => (value === undefined ? '' : time(value))),
  ]
}
