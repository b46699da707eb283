import type { FileMeasured, LineRange, Measurement } from '@mayfly/core'
import { fileUrl, plural } from '../measured.ts'
import { BUDGET } from './budget.ts'
import { isWebUrl } from './links.ts'
import { type PackedProfile, packProfile } from './pack-profile.ts'
import { packSources } from './pack-sources.ts'
import { MOST_PROFILES } from './profiles.ts'

/** What the script reads. Files are rows without keys: there are thousands of them. */
export interface PageData {
  /** Where files of the measured commit are shown, up to the path. */
  blob: string
  sources: string[]
  files: FileRow[]
  profiles: PackedProfile[]
}

/** `missed` and `lost` are flat ranges; `patch` is absent where the file is not changed, `place` where its code is not here. */
export interface FileRow {
  /** Path. */
  p: string
  /** The server shows it, at `blob` and its path. */
  u?: 1
  /** Lines covered, lines to cover. */
  c: number
  t: number
  /** Runs of coverable lines, as measured. */
  r: readonly number[]
  /** Changed lines covered, changed lines to cover, ranges of those missed. */
  d?: [covered: number, total: number, missed: number[]]
  /** Ranges that lost cover. */
  l?: number[]
  /** The base's lines covered, lines to cover. */
  b?: [number, number]
  /** Chunk and place in it of the code. */
  s?: [number, number]
}

export interface Prepared {
  data: PageData
  chunks: string[]
  /** What is not in the page, as sentences. */
  leftOut: string[]
}

/** Everything for the script, within the page's budget. */
export function prepareData(measurement: Measurement, source: (path: string) => string | undefined): Prepared {
  const files = measurement.coverage?.files ?? []
  const shown = withinBudget(files)
  const packed = packSources(shown, source)
  const lost = new Map((measurement.coverage?.lost ?? []).map(({ path, lines }) => [path, lines]))
  const leftOut = [
    files.length > shown.length
      ? `${plural(files.length - shown.length, 'file')} more are left out to keep this page small.`
      : '',
    packed.leftOut > 0
      ? `The code of ${plural(packed.leftOut, 'file')} is left out to keep this page small; the lines are shown by number.`
      : '',
  ]
  return {
    data: {
      blob: fileUrl(measurement, 'x')?.slice(0, -1) ?? '',
      sources: (measurement.coverage?.sources ?? []).map(({ name }) => name.slice(0, 100)),
      files: shown.map((file) => row(measurement, file, lost.get(file.path), packed.places.get(file.path))),
      profiles: measurement.profiles.slice(0, MOST_PROFILES).map(packProfile),
    },
    chunks: packed.chunks,
    leftOut: leftOut.filter((sentence) => sentence !== ''),
  }
}

/** Changed files are never those that are left out, as long as they alone fit. */
function withinBudget(files: readonly FileMeasured[]): FileMeasured[] {
  let room: number = BUDGET.runs
  const first = files.filter(({ patch }) => patch !== undefined)
  const rest = files.filter(({ patch }) => patch === undefined)
  const chosen = new Set(
    [...first, ...rest].slice(0, BUDGET.files).filter(({ path, runs, patch }) => {
      room -= runs.length + path.length + 2 * (patch?.missed.length ?? 0)
      return room >= 0
    }),
  )
  return files.filter((file) => chosen.has(file))
}

function row(
  measurement: Measurement,
  file: FileMeasured,
  lost: readonly LineRange[] | undefined,
  place: [number, number] | undefined,
): FileRow {
  const { path, lines, runs, patch, base } = file
  const url = fileUrl(measurement, path)
  return {
    p: path,
    ...(isWebUrl(url) ? { u: 1 } : {}),
    c: lines.covered,
    t: lines.total,
    r: runs,
    ...(patch === undefined ? {} : { d: [patch.lines.covered, patch.lines.total, patch.missed.flat()] }),
    ...(lost === undefined ? {} : { l: lost.flat() }),
    ...(base === undefined ? {} : { b: [base.covered, base.total] }),
    ...(place === undefined ? {} : { s: place }),
  }
}
