import type { Measurement, ServiceMeasured } from '@mayfly/core'
import { code, fence, prose } from '../text.ts'
import { shortDigest } from '../words.ts'
import { flakyLine } from './changes.ts'
import { excerpt } from './code-excerpt.ts'
import { degradedPart, gateLine } from './gates.ts'
import { latencyParts } from './latency.ts'
import type { Level } from './level.ts'
import { fileLink, rangeLink } from './links.ts'
import { time } from './percent.ts'
import { uncoveredFiles } from './uncovered.ts'
import { uncoveredOf } from './verdict.ts'
import { bullets, folded, html, plural, table } from './words.ts'

export type Sources = (path: string) => string | undefined

/** Changed lines that nothing reached, with the code around them, file by file. */
export function uncoveredSection(measurement: Measurement, level: Level, sources: Sources): string[] {
  const { coverage } = measurement
  if (coverage === undefined || (uncoveredOf(measurement) === 0 && coverage.patch.blind.length === 0)) return []
  const files = uncoveredFiles(coverage)
  const shown = files.slice(0, level.files).map(({ file, ranges }) => {
    const source = sources(file.path)
    const links = ranges.slice(0, level.ranges).map((range) => rangeLink(measurement, file.path, range))
    const more = ranges.length - links.length
    const lines = source === undefined ? '' : excerpt(source, file.patch?.missed ?? [], 3 * level.lines)
    return folded(`${html(file.path)}: ${plural(ranges.length, 'place')}`, [
      `${fileLink(measurement, file.path)}: ${[...links, ...(more > 0 ? [`and ${more} more`] : [])].join(', ')}`,
      lines === '' ? '' : fence(lines),
    ])
  })
  const blind = coverage.patch.blind.map(({ path, why }) => `⚠️ ${fileLink(measurement, path)}: ${prose(why, 300)}`)
  return [
    `## Uncovered changed lines (${uncoveredOf(measurement)})`,
    ...shown,
    files.length > shown.length ? `${plural(files.length - shown.length, 'file')} more, in the report` : '',
    bullets(blind.slice(0, level.rows), level.rows, blind.length),
  ]
}

/** Unchanged files of which lines were reached on the base and are not any more. */
export function lostSection(measurement: Measurement, level: Level): string[] {
  const lost = measurement.coverage?.lost ?? []
  if (lost.length === 0) return []
  const items = lost.slice(0, level.rows).map(({ path, lines }) => {
    const links = lines.slice(0, level.ranges).map((range) => rangeLink(measurement, path, range))
    return `${fileLink(measurement, path)}: ${links.join(', ')}${lines.length > links.length ? ' …' : ''}`
  })
  return [
    `## Indirect changes (${lost.length})`,
    'Reached on the base and not any more:',
    bullets(items, level.rows, lost.length),
  ]
}

/** Tests that came and went, flaky ones and the slowest. */
export function testsSection({ tests }: Measurement, level: Level): string[] {
  if (tests === undefined) return []
  const { added, removed, newlySkipped, fixed, flakyTests, slowest, reports } = tests
  const ids = (all: readonly string[]) =>
    bullets(
      all.slice(0, level.rows).map((id) => prose(id, 200)),
      level.rows,
      all.length,
    )
  const flaky = bullets(flakyTests.slice(0, level.rows).map(flakyLine), level.rows, flakyTests.length)
  const slow = slowest.slice(0, Math.min(10, level.rows)).map(({ id, milliseconds }) => [prose(id, 200), time(milliseconds)])
  const read = reports
    .slice(0, level.rows)
    .map(({ path, format, tests: count }) => [code(path), prose(format, 40), String(count)])
  return [
    `## Tests: new ${added.length} · removed ${removed.length} · newly skipped ${newlySkipped.length} · flaky ${flakyTests.length}`,
    folded(`New (${added.length})`, [ids(added)]),
    folded(`Removed (${removed.length})`, [ids(removed)]),
    folded(`Newly skipped (${newlySkipped.length})`, [ids(newlySkipped)]),
    folded(`Fixed (${fixed.length})`, [ids(fixed)]),
    flaky === '' ? '' : `**Flaky**\n\n${flaky}`,
    folded('The slowest', [table(['Test', 'Took'], slow)]),
    folded(`Reports read (${reports.length})`, [table(['File', 'Format', 'Tests'], read)]),
  ]
}

export function latencySection({ latency }: Measurement, level: Level): string[] {
  if (latency === undefined || latency.routes.length + latency.services.length === 0) return []
  return ['## Latency', ...latencyParts(latency, level)]
}

/** What ran, by digest, and what is known of its coverage. */
export function servicesSection({ services }: Measurement, level: Level): string[] {
  if (services.length === 0) return []
  const rows = services.slice(0, level.rows).map((service) => serviceRow(service))
  return [
    `## Services (${services.length})`,
    table(['Service', 'Artifact', 'Digest', 'Coverage', 'Why'], rows),
    services.length > rows.length ? plural(services.length - rows.length, 'more service') : '',
  ]
}

function serviceRow({ name, artifact, digest, coverage, why, deaths }: ServiceMeasured): string[] {
  const died = deaths > 0 ? `⚠️ ended ${plural(deaths, 'time')} by itself. ` : ''
  const state = coverage === 'silent' ? '⚠️ silent' : coverage
  return [code(name, 80), code(artifact), code(shortDigest(digest), 24), state, `${died}${prose(why, 200)}`]
}

export function gatesSection({ gates }: Measurement, level: Level): string[] {
  if (gates.length === 0) return []
  const most = Math.max(3, level.rows)
  return ['## Gates', bullets(gates.slice(0, most).map(gateLine), most, gates.length)]
}

/** What could not be done, and reports of files that are none of the repository's. */
export function degradedSection({ degraded, coverage }: Measurement, level: Level): string[] {
  const unmapped = coverage?.unmapped ?? []
  if (degraded.length + unmapped.length === 0) return []
  const rows = unmapped.slice(0, level.rows).map(({ source, path, why }) => [code(source, 60), code(path), prose(why, 200)])
  return [
    '## Not measured, or not possible',
    ...degraded.slice(0, level.rows).map(degradedPart),
    degraded.length > level.rows ? plural(degraded.length - level.rows, 'more thing') : '',
    folded(`Reported, but no file of the repository (${unmapped.length})`, [table(['Source', 'Path', 'Why'], rows)]),
  ]
}
