import type { Result } from '@mayfly/core'
import { type Detail, fit } from './detail.ts'
import { namedHeadline, renderNamed } from './named.ts'
import { renderServices } from './services.ts'
import { code, fence, lastLines, link, prose } from './text.ts'
import { counts, durations, mainUrl, moment, readable, shortCommit } from './words.ts'

/** GitHub takes 65,536; what is left is room for what GitHub itself may add. */
const LONGEST = 60_000

/** The marker that a sticky comment begins with; one environment, one comment. */
export function commentMarker(environment: string): string {
  return `<!-- mayfly:${environment.replace(/[^a-z0-9-]/g, '')} -->`
}

/** The comment for a result. The same result always gives the same text, so that nothing is rewritten in vain. */
export function renderComment(result: Result): string {
  return fit(LONGEST, (detail) => `${[commentMarker(result.environment), ...renderParts(result, detail)].join('\n\n')}\n`)
}

/** Headline, why, table, logs, facts: the order in which a reviewer asks. */
export function renderParts(result: Result, detail: Detail): string[] {
  const parts = [
    `### ${headline(result)}`,
    why(result, detail),
    renderNamed(result),
    renderServices(result, detail),
    ...logs(result, detail),
    notices(result, detail),
    facts(result),
  ]
  return parts.filter((part) => part !== '')
}

function headline(result: Result): string {
  if (result.named !== undefined) return namedHeadline(result, result.named)
  const of = result.revision === '' ? '' : ` of ${code(shortCommit(result.revision))}`
  const url = mainUrl(result)
  switch (result.outcome) {
    case 'building':
      return `⏳ The preview${of} is being built`
    case 'ready':
      return `✅ The preview${of} is ready${url === undefined ? '' : `: ${link(readable(url), url)}`}`
    case 'failed':
      return `❌ The preview${of} failed`
    case 'removed':
      return 'The preview is removed'
    case 'overtaken':
      return `The run${of} was overtaken`
    case 'skipped':
      return 'No preview'
    case 'planned':
      return `The plan for the preview${of}`
  }
}

/** The reason: its first line is a sentence, what follows may be anything that a build said. */
function why(result: Result, detail: Detail): string {
  const [sentence = '', ...rest] = result.reason.split('\n')
  const gone = counts(result.removed)
  const said = [
    prose(sentence),
    block(rest.join('\n'), detail),
    result.outcome === 'removed' && gone !== '' ? `Gone, and counted again: ${gone}. Nothing is left.` : '',
    result.cure.includes('\n') ? block(result.cure, { ...detail, lines: 20, characters: 2000 }) : prose(result.cure),
  ]
  return said.filter((part) => part !== '').join('\n\n')
}

function logs(result: Result, detail: Detail): string[] {
  if (result.outcome !== 'failed') return []
  return result.services.slice(0, detail.services).flatMap((service) => {
    const text = block(service.log, detail)
    return text === '' ? [] : [`The last lines of ${code(service.name, 80)}:\n\n${text}`]
  })
}

function block(text: string, detail: Detail): string {
  const lines = lastLines(text, detail.lines, detail.characters)
  return lines === '' ? '' : fence(lines)
}

function notices({ notices: all, outcome }: Result, detail: Detail): string {
  const shown = all.slice(0, detail.notices).map((notice) => `- ${prose(notice, 500)}`)
  if (all.length > shown.length) shown.push(`- and ${all.length - shown.length} more, in the log of the run`)
  if (shown.length === 0) return ''
  // A plan is nothing but its steps.
  if (outcome === 'planned') return shown.join('\n')
  return `<details><summary>Notices (${all.length})</summary>\n\n${shown.join('\n')}\n\n</details>`
}

function facts(result: Result): string {
  const live = result.outcome === 'ready' || result.outcome === 'failed'
  const took = live ? durations(result.phases.slice(0, 20)).map((text) => prose(text, 80)) : []
  const lines = [
    took.join(' · '),
    result.expiresAt === undefined ? '' : `Expires on ${prose(moment(result.expiresAt), 80)}, unless it is deployed again.`,
    [code(result.environment), result.runUrl === undefined ? '' : link('the run', result.runUrl)]
      .filter((part) => part !== '')
      .join(' · '),
  ]
  const said = lines.filter((line) => line !== '')
  return said.length === 0 ? '' : `<sub>${said.join('<br>')}</sub>`
}
