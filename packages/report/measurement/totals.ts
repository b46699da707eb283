import type { ColdStart, Gate, LatencyMeasured, Measurement, RouteLatency, TestsMeasured } from '@mayfly/core'
import { code } from '../text.ts'
import { shortCommit } from '../words.ts'
import { delta, percent, signed, time } from './percent.ts'
import { table } from './words.ts'

type Row = [what: string, now: string, base: string, change: string]

/** The table of numbers: this pull request, the base, the difference. Without a base only the first of them. */
export function renderTotals(measurement: Measurement): string {
  const { base, pullRequest } = measurement
  const now = pullRequest === undefined ? 'this commit' : 'this PR'
  const rows = [...testRows(measurement), ...coverageRows(measurement), ...latencyRows(measurement.latency)]
  if (base.kind === 'found') return table(['', now, `base ${code(shortCommit(base.commit))}`, 'Δ'], rows, true)
  // The last column stays where a gate has something to say.
  const signed = rows.some(([, , , change]) => change !== '')
  return table(
    signed ? ['', now, ''] : ['', now],
    rows.map(([what, value, , change]) => (signed ? [what, value, change] : [what, value])),
    true,
  )
}

function testRows({ tests, gates }: Measurement): Row[] {
  if (tests === undefined) return []
  const base = tests.base === undefined ? '' : countsOf(tests.base)
  return [['Tests', countsOf(tests), base, changeOf(tests) || gateSign(gates, 'tests')]]
}

function countsOf({ passed, failed, skipped }: NonNullable<TestsMeasured['base']>): string {
  const counts = [passed > 0 ? `${passed} ✅` : '', failed > 0 ? `${failed} ❌` : '', skipped > 0 ? `${skipped} ⏭` : '']
  return counts.filter((part) => part !== '').join(' ') || 'none'
}

/** `**+2 new**, 1 broken`. */
function changeOf(tests: TestsMeasured): string {
  const broken = tests.failures.filter(({ base }) => base?.outcome === 'passed').length
  const parts: [count: number, text: string][] = [
    [tests.added.length, `**+${tests.added.length} new**`],
    [tests.removed.length, `${signed(-tests.removed.length)} removed`],
    [broken, `${broken} broken`],
    [tests.fixed.length, `${tests.fixed.length} fixed`],
    [tests.newlySkipped.length, `${tests.newlySkipped.length} newly skipped`],
  ]
  return parts
    .filter(([count]) => count > 0)
    .map(([, text]) => text)
    .join(', ')
}

function coverageRows({ coverage, gates }: Measurement): Row[] {
  if (coverage === undefined) return []
  const { patch, lines, base } = coverage
  const blind = patch.blind.length > 0 ? ' ⚠️' : ''
  const none = patch.blind.length > 0 ? 'n/a' : 'nothing to cover'
  const share = patch.lines.total > 0 ? `**${percent(patch.lines)}** (${patch.lines.covered}/${patch.lines.total} lines)` : none
  const bar = gateSign(gates, 'project coverage')
  // Only what both sides have is compared; where that is not everything, the number that is compared is given too.
  const same = base === undefined || (base.head.covered === lines.covered && base.head.total === lines.total)
  const among = same || base === undefined ? '' : ` (${percent(base.head)} of what both have)`
  const change = base === undefined ? '' : delta(base.head, base.lines)
  return [
    ['**Patch coverage**', `${share}${blind}`, '', gateSign(gates, 'patch coverage')],
    [
      'Project coverage',
      `${percent(lines)}${among}`,
      base === undefined ? '' : percent(base.lines),
      [change, bar].filter((part) => part !== '').join(' '),
    ],
  ]
}

function gateSign(gates: readonly Gate[], name: string): string {
  const gate = gates.find((one) => one.name === name)
  if (gate === undefined) return ''
  return { passed: '✅', warned: '⚠️', failed: '❌', unknown: '⚪' }[gate.outcome]
}

/** The route and the service that a reviewer waits for longest; the others are in their own table. */
function latencyRows(latency: LatencyMeasured | undefined): Row[] {
  const route = latency === undefined ? undefined : slowestRoute(latency)
  const cold = latency?.services.filter(({ healthy }) => healthy !== undefined).toSorted(byHealthy)[0]
  const rows: Row[] = []
  if (route !== undefined) {
    const many = (latency?.routes.length ?? 0) > 1
    const before = route.base === undefined ? '' : both(route.base)
    rows.push([`Warm p50 / p95${many ? `, ${code(route.route, 60)}` : ''}`, both(route), before, verdictSign(route)])
  }
  if (cold?.healthy !== undefined) {
    const before = cold.base?.healthy
    const change = before === undefined ? '' : signed(Math.round(cold.healthy - before), time)
    const many = (latency?.services.length ?? 0) > 1
    const what = `Cold start → healthy${many ? `, ${code(cold.service, 60)}` : ''}`
    rows.push([what, time(cold.healthy), before === undefined ? '' : time(before), change])
  }
  return rows
}

function byHealthy(a: ColdStart, b: ColdStart): number {
  return (b.healthy ?? 0) - (a.healthy ?? 0)
}

/** One that became slower, else the one that is. */
export function slowestRoute({ routes }: LatencyMeasured): RouteLatency | undefined {
  const timed = routes.filter(({ samples }) => samples > 0)
  return timed.toSorted((a, b) => Number(b.verdict === 'slower') - Number(a.verdict === 'slower') || b.p95 - a.p95)[0]
}

/** `12 / 41 ms`. */
function both({ p50, p95 }: { p50: number; p95: number }): string {
  return `${time(p50)} / ${time(p95)}`.replace(/^([\d.]+) ms \/ ([\d.]+ ms)$/, '$1 / $2')
}

/** Within the noise band there is no verdict but "about the same". */
export function verdictSign({ verdict }: Pick<RouteLatency, 'verdict'>): string {
  return verdict === undefined ? '' : { same: '≈', faster: 'faster', slower: '**slower**' }[verdict]
}
