import type { CoverageMeasured, FileMeasured, Measurement } from '@mayfly/core'
import { code } from '../text.ts'
import type { Level } from './level.ts'
import { fileLink } from './links.ts'
import { delta, percent } from './percent.ts'
import { reachedBy } from './ranges.ts'
import { listed, table } from './words.ts'

/** The changed files: their coverage, its change, that of their changed lines, and who reached them. */
export function renderChangedFiles(measurement: Measurement, level: Level): string {
  const { coverage } = measurement
  const changed = coverage?.files.filter(({ patch }) => patch !== undefined) ?? []
  if (coverage === undefined || changed.length === 0) return ''
  const rows = changed.slice(0, level.rows).map((file) => row(measurement, coverage, file))
  const left = changed.length - rows.length
  return [
    `## Files changed (${changed.length})`,
    table(['File', 'Lines', 'Δ', 'Patch', 'Reached by'], rows),
    left > 0 ? `and ${left} more` : '',
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function row(measurement: Measurement, { sources }: CoverageMeasured, file: FileMeasured): string[] {
  const mask = reachedBy(file)
  const names = sources.filter((_, bit) => (mask & (1 << bit)) !== 0).map(({ name }) => code(name, 60))
  const patch = file.patch?.lines
  return [
    fileLink(measurement, file.path),
    percent(file.lines),
    file.base === undefined ? '' : delta(file.lines, file.base),
    patch === undefined || patch.total === 0 ? 'nothing to cover' : `${percent(patch)} (${patch.covered}/${patch.total})`,
    names.length === 0 ? 'nothing' : listed(names, 5),
  ]
}
