import type { RouteLatency } from '@mayfly/core'
import { time } from '../measured.ts'
import { type Html, html, NOTHING } from './html.ts'

const WIDTH = 160
const EDGE = 5

/** A picture of one route: this change above, the base below, on a scale from nothing to `longest` milliseconds. */
export function latencyStrip(route: RouteLatency, longest: number): Html {
  const at = (milliseconds: number) => round(EDGE + (Math.min(Math.max(milliseconds, 0), longest) / longest) * (WIDTH - 2 * EDGE))
  const rows = route.base === undefined ? NOTHING : mark(route.base, 19, 'base', at)
  const words = `p50 ${time(route.p50)}, p95 ${time(route.p95)}${route.base === undefined ? '' : `; base p50 ${time(route.base.p50)}, p95 ${time(route.base.p95)}`}`
  return html`<svg class="strip" width="${WIDTH}" height="28" viewBox="0 0 ${WIDTH} 28" role="img" aria-label="${words}">${mark(route, 9, 'head', at)}${rows}</svg>`
}

function mark(
  { p50, p95, noise }: { p50: number; p95: number; noise: number },
  y: number,
  name: string,
  at: (milliseconds: number) => number,
): Html {
  const [from, to] = [at(p50 - noise), at(p50 + noise)]
  return html`<g class="${name}"><rect class="noise" x="${round(Math.max(0, from - 1))}" y="${y - 6}" width="${round(to - from + 2)}" height="12" rx="2"/><line x1="${at(p50)}" x2="${at(p95)}" y1="${y}" y2="${y}"/><line class="tick" x1="${at(p95)}" x2="${at(p95)}" y1="${y - 4}" y2="${y + 4}"/><circle cx="${at(p50)}" cy="${y}" r="3"/></g>`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
