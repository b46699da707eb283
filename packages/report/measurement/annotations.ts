import type { FailedTest, LineRange, Measurement } from '@mayfly/core'
import { oneLine } from '../text.ts'
import { isInside } from './links.ts'
import { sizeOf } from './ranges.ts'
import { type Uncovered, uncoveredFiles } from './uncovered.ts'
import { firstLines } from './words.ts'

/** A remark beside lines of the diff. Plain text; GitHub shows it as it is. */
export interface Annotation {
  /** In the repository. */
  path: string
  /** 1-based, both counted; `startLine` is never after `endLine`. */
  startLine: number
  endLine: number
  level: 'failure' | 'warning' | 'notice'
  /** At most 255 characters. */
  title: string
  /** At most 64 KB. */
  message: string
}

/** More are noise; the rest is counted in the summary. */
const MOST = 200

/** The annotations that are shown, and how many there are in all: failed tests first, then uncovered ranges, the largest first. */
export function annotationsOf(measurement: Measurement): { shown: Annotation[]; total: number } {
  // Placed before they are written out: there may be very many, and few are shown.
  const failed = (measurement.tests?.failures ?? []).filter(hasPlace)
  const ranges = measurement.coverage === undefined ? [] : uncoveredFiles(measurement.coverage).flatMap(missedIn)
  const failures = failed.slice(0, MOST).map(failureAt)
  const missing = ranges.toSorted((a, b) => sizeOf(b.range) - sizeOf(a.range)).slice(0, MOST - failures.length)
  const shown = [...failures, ...missing.map(({ path, range }) => missed(path, range))]
  return { shown, total: failed.length + ranges.length }
}

type Placed = FailedTest & { file: string; line: number }

function hasPlace(failure: FailedTest): failure is Placed {
  const { file, line } = failure
  return file !== undefined && line !== undefined && isInside(file) && isLine(line)
}

function failureAt({ id, file, line, message, details }: Placed): Annotation {
  const said = firstLines(details.includes(message) ? details : `${message}\n${details}`, 40, 4000)
  return {
    path: file,
    startLine: line,
    endLine: line,
    level: 'failure',
    title: oneLine(id, 200) || 'A test failed',
    // GitHub refuses an empty one.
    message: said.trim() === '' ? 'The test failed and said nothing.' : said,
  }
}

function missedIn({ file: { path }, ranges }: Uncovered): { path: string; range: LineRange }[] {
  if (!isInside(path)) return []
  return ranges.filter(([first, last]) => isLine(first) && isLine(last) && first <= last).map((range) => ({ path, range }))
}

function missed(path: string, range: LineRange): Annotation {
  const [startLine, endLine] = range
  const where = startLine === endLine ? `Line ${startLine} was` : `Lines ${startLine} to ${endLine} were`
  return {
    path,
    startLine,
    endLine,
    level: 'warning',
    title: startLine === endLine ? 'A changed line is not covered' : 'Changed lines are not covered',
    message: `${where} changed, and nothing that was measured reached ${startLine === endLine ? 'it' : 'them'}.`,
  }
}

function isLine(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1 && value < 2 ** 31
}
