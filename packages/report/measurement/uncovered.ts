import type { CoverageMeasured, FileMeasured, LineRange, Measurement } from '@mayfly/core'
import { code, prose } from '../text.ts'
import type { Level } from './level.ts'
import { fileLink, rangeLink } from './links.ts'
import { joinRanges, reachedBy } from './ranges.ts'
import { uncoveredOf } from './verdict.ts'
import { listed, plural, table } from './words.ts'

/** A changed file and the changed lines of it that nothing reached. */
export interface Uncovered {
  file: FileMeasured
  ranges: LineRange[]
}

/** The files with most of them first. */
export function uncoveredFiles({ files }: CoverageMeasured): Uncovered[] {
  const all = files.flatMap((file) =>
    file.patch === undefined || file.patch.missed.length === 0
      ? []
      : [{ file, ranges: joinRanges(file.patch.missed, file.runs) }],
  )
  const missing = ({ file }: Uncovered) => (file.patch?.lines.total ?? 0) - (file.patch?.lines.covered ?? 0)
  return all.toSorted((a, b) => missing(b) - missing(a))
}

/** Changed lines that nothing reached, linked; then changed files of which nothing is known. */
export function renderUncovered(measurement: Measurement, level: Level): string {
  const { coverage } = measurement
  const count = uncoveredOf(measurement)
  if (coverage === undefined || (count === 0 && coverage.patch.blind.length === 0)) return ''
  const files = uncoveredFiles(coverage)
  const rows = [
    ...files.slice(0, level.files).map((one) => fileRow(measurement, coverage, one, level)),
    ...coverage.patch.blind.slice(0, level.files).map(({ path, why }) => blindRow(measurement, path, why)),
  ]
  const left = files.length + coverage.patch.blind.length - rows.length
  const more =
    left > 0 ? `${rows.length > 0 ? 'and ' : ''}${plural(left, rows.length > 0 ? 'more file' : 'file')}, in the report` : ''
  return [`#### ${headingOf(count, coverage)}`, table(['File', 'Lines', 'Seen by'], rows), more]
    .filter((part) => part !== '')
    .join('\n\n')
}

function headingOf(count: number, { patch }: CoverageMeasured): string {
  const missed = count === 0 ? '' : `${plural(count, 'changed line')} that nothing reached`
  const blind = patch.blind.length === 0 ? '' : `${plural(patch.blind.length, 'changed file')} without coverage data`
  return [missed, blind].filter((part) => part !== '').join(', ')
}

function fileRow(measurement: Measurement, coverage: CoverageMeasured, { file, ranges }: Uncovered, level: Level): string[] {
  const links = ranges.slice(0, level.ranges).map((range) => rangeLink(measurement, file.path, range))
  const rest = ranges.length - links.length
  if (rest > 0) links.push(links.length === 0 ? plural(rest, 'place') : `and ${plural(rest, 'more place')}`)
  return [fileLink(measurement, file.path), links.join(', '), seenBy(coverage, file)]
}

/** Who ran the file without reaching these lines: there a test is nearly written. */
export function seenBy({ sources }: CoverageMeasured, file: FileMeasured): string {
  const mask = reachedBy(file)
  const names = sources.filter((_, bit) => (mask & (1 << bit)) !== 0).map(({ name }) => code(name, 60))
  return names.length === 0 ? 'nothing ran this file' : `${listed(names, 3)} ran this file, not these lines`
}

function blindRow(measurement: Measurement, path: string, why: string): string[] {
  return [`⚠️ ${fileLink(measurement, path)}`, '*no coverage data*', prose(why, 160)]
}
