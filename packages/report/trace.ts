import { clean, oneLine } from './text.ts'
import { shortDigest } from './words.ts'

/** Cells of a line for a terminal; what they hold may come from a registry or a label, so each is cleaned. */
type Row = readonly string[]

/** One fact a line, the words of all of them below each other; what has no words is left out. Further lines are indented. */
export function renderFacts(rows: readonly (readonly [name: string, words: string])[]): string {
  const told = rows.filter(([, words]) => words !== '')
  const width = Math.max(0, ...told.map(([name]) => name.length)) + 2
  const indent = ' '.repeat(width)
  return told
    .map(([name, words]) => name.padEnd(width) + clean(words).replaceAll('\t', ' ').split('\n').join(`\n${indent}`))
    .join('\n')
}

/** Columns as wide as their widest cell. */
export function renderColumns(rows: readonly Row[], indent = ''): string {
  const cells = rows.map((row) => row.map((cell) => oneLine(cell, 300)))
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  return cells
    .map(
      (row) =>
        indent +
        row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd(),
    )
    .join('\n')
}

/** `2026-11-20 12:00 UTC`. */
export function minuteOf(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** One place where something runs. */
export interface RunningPlace {
  host: string
  environment: string
  service: string
  state: string
  since: Date
  pullRequest: number | undefined
}

/** What runs where, since when, from which pull request. */
export function renderPlaces(places: readonly RunningPlace[], indent = ''): string {
  const rows = places.map(({ host, environment, service, state, since, pullRequest }) => [
    `${service} of ${environment}`,
    `on ${host}`,
    `${state === 'running' ? '' : `${state}, `}since ${minuteOf(since)}`,
    pullRequest === undefined ? '' : `from pull request ${pullRequest}`,
  ])
  return renderColumns(rows, indent)
}

/** As many as a person reads of what shares a reason. */
const MOST_NAMED = 10

/** What could not be looked at, a line for each reason. */
export function renderNotChecked(notChecked: readonly { what: string; why: string }[]): string {
  const reasons = Map.groupBy(notChecked, ({ why }) => why)
  const lines = [...reasons].map(([why, same]) => {
    const named = same.slice(0, MOST_NAMED).map(({ what }) => oneLine(what, 300))
    const more = same.length > named.length ? ` and ${same.length - named.length} more` : ''
    return `not checked: ${named.join(', ')}${more}: ${oneLine(why, 500)}`
  })
  return lines.join('\n')
}

/** One thing that is not as it should be. */
export interface TracedDrift {
  kind: string
  what: string
  expected: string
  found: string
  cure: string
}

/** Each drift as a sentence, with what to do about it. */
export function renderDrift({ kind, what, expected, found, cure }: TracedDrift): string {
  return [
    `${oneLine(kind)}: ${oneLine(what, 500)}`,
    `  expected ${oneLine(expected, 500)}`,
    `  found    ${oneLine(found, 500)}`,
    `  ${oneLine(cure, 500)}`,
  ].join('\n')
}

/** `sha256:` and twelve digits, cleaned. */
export function digestWords(digest: string): string {
  return oneLine(shortDigest(digest), 80)
}
