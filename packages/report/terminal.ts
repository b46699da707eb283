import type { Result, ServiceResult } from '@mayfly/core'
import { clean, lastLines, oneLine } from './text.ts'
import { counts, durations, mainUrl, moment, shortCommit, shortDigest } from './words.ts'

/** For a terminal: no Markdown, and nothing in hostile text that could move the cursor or colour the screen. */
export function renderTerminal(result: Result): string {
  const at = result.revision === '' ? '' : ` at ${shortCommit(result.revision)}`
  const url = result.outcome === 'ready' ? mainUrl(result) : undefined
  const gone = counts(result.removed)
  const lines = [
    oneLine(`${result.environment}${at}: ${result.outcome}`),
    ...indent(url ?? ''),
    ...indent(result.reason),
    ...indent(gone === '' ? '' : `Gone, and counted again: ${gone}.`),
    ...indent(result.cure),
    ...columns(result.services.map(cells)),
    ...(result.outcome === 'failed' ? result.services.flatMap(log) : []),
    ...result.notices.map((notice) => `  - ${oneLine(notice)}`),
    ...indent(durations(result.phases).join(', ')),
    ...indent(result.expiresAt === undefined ? '' : `Expires on ${moment(result.expiresAt)}, unless it is deployed again.`),
  ]
  return `${lines.join('\n')}\n`
}

function indent(text: string): string[] {
  const lines = clean(text)
  return lines === '' ? [] : lines.split('\n').map((line) => `  ${line}`)
}

function cells(service: ServiceResult): string[] {
  const { name, urls, artifact, digest, action, state } = service
  return [name, action === 'none' ? state : action, urls[0] ?? 'inside only', artifact, shortDigest(digest)].map((cell) =>
    oneLine(cell),
  )
}

function columns(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
}

function log(service: ServiceResult): string[] {
  const text = lastLines(service.log, 40, 8000)
  return text === '' ? [] : [`  The last lines of ${oneLine(service.name)}:`, ...text.split('\n').map((line) => `    ${line}`)]
}
