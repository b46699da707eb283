import { formatMilliseconds, type Result } from '@mayfly/core'
import { parts } from './comment.ts'
import { visible } from './text.ts'

/** The step summary: the comment without its marker. GitHub takes 1 MiB. */
export function renderSummary(result: Result): string {
  return `${parts(result).join('\n\n')}\n`
}

/** For a terminal: no Markdown. Control characters of hostile text are left out, so that it cannot move the cursor. */
export function renderTerminal(result: Result): string {
  const lines = [
    `${result.environment}: ${result.outcome} at ${result.revision.slice(0, 7)}${result.reason === '' ? '' : `. ${result.reason}`}`,
  ]
  for (const service of result.services) {
    lines.push(`  ${service.name}  ${service.action}  ${service.urls[0] ?? 'inside only'}  ${service.artifact}`)
  }
  for (const phase of result.phases) lines.push(`  ${phase.name}: ${formatMilliseconds(phase.milliseconds)}`)
  return `${lines.map(visible).join('\n')}\n`
}
