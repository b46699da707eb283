import type { Detail } from '../detail.ts'

/** How much is said of a measurement. What gets too long is said again at the next level; text is never cut. */
export interface Level {
  /** Of the preview's own part. */
  preview: Detail
  /** Failed tests with what they say. */
  failures: number
  /** Of a failure's message and stack: lines and characters. */
  lines: number
  characters: number
  /** Lines of each service's log around a failure. */
  log: number
  /** Files with uncovered changed lines, and ranges of each. */
  files: number
  ranges: number
  /** Rows of every other list and table. */
  rows: number
}

type Levels = readonly [Level, ...Level[]]

const some: Detail = { lines: 20, characters: 2000, notices: 20, services: 50 }
const few: Detail = { lines: 10, characters: 1000, notices: 5, services: 20 }
const least: Detail = { lines: 0, characters: 0, notices: 0, services: 3 }

/** Everything a reviewer asks; then what changed or failed; then the first of each; then numbers and links. */
export const COMMENT_LEVELS: Levels = [
  { preview: some, failures: 20, lines: 12, characters: 1500, log: 12, files: 20, ranges: 8, rows: 20 },
  { preview: some, failures: 10, lines: 6, characters: 600, log: 5, files: 15, ranges: 5, rows: 10 },
  { preview: few, failures: 10, lines: 2, characters: 300, log: 0, files: 10, ranges: 3, rows: 5 },
  { preview: least, failures: 3, lines: 1, characters: 200, log: 0, files: 3, ranges: 2, rows: 2 },
  { preview: least, failures: 0, lines: 0, characters: 0, log: 0, files: 0, ranges: 0, rows: 0 },
]

/** A summary has room for whole stacks and for the code itself. */
export const SUMMARY_LEVELS: Levels = [
  { preview: some, failures: 200, lines: 80, characters: 12_000, log: 40, files: 300, ranges: 100, rows: 500 },
  { preview: some, failures: 100, lines: 40, characters: 6000, log: 20, files: 150, ranges: 50, rows: 200 },
  { preview: some, failures: 50, lines: 20, characters: 2000, log: 10, files: 50, ranges: 20, rows: 100 },
  { preview: some, failures: 20, lines: 10, characters: 1000, log: 5, files: 20, ranges: 10, rows: 20 },
  { preview: least, failures: 3, lines: 1, characters: 200, log: 0, files: 3, ranges: 2, rows: 5 },
  { preview: least, failures: 0, lines: 0, characters: 0, log: 0, files: 0, ranges: 0, rows: 0 },
]

/** The most that `render` can say in at most `longest`, as `size` counts; the last level is made so that it always fits. */
export function atLevel(
  levels: Levels,
  longest: number,
  render: (level: Level) => string,
  size: (text: string) => number = (text) => text.length,
): string {
  let text = ''
  for (const level of levels) {
    text = render(level)
    if (size(text) <= longest) return text
  }
  return text
}
