import { formatMilliseconds, type Result, type ServiceResult } from '@mayfly/core'
import { code, fence, lastLines, link, prose } from './text.ts'

/** GitHub takes 65,536; what is left is room for what GitHub itself may add. */
const LONGEST = 60_000

/** How much a comment says of logs and notices: from everything down to nothing, until it fits. */
const LEVELS = [
  { lines: 40, characters: 8000, notices: 50 },
  { lines: 20, characters: 3000, notices: 20 },
  { lines: 10, characters: 1000, notices: 5 },
  { lines: 0, characters: 0, notices: 0 },
] as const

/** The marker that a sticky comment begins with; one environment, one comment. */
export function commentMarker(environment: string): string {
  return `<!-- mayfly:${environment.replace(/[^a-z0-9-]/g, '')} -->`
}

/** The comment for a result. The same result always gives the same text, so that nothing is rewritten in vain. */
export function renderComment(result: Result): string {
  const texts = LEVELS.map((level) => [commentMarker(result.environment), ...parts(result, level)].join('\n\n'))
  return `${texts.find((text) => text.length <= LONGEST) ?? shortest(result)}\n`
}

/** So many services that not even their table fits. */
function shortest(result: Result): string {
  return [commentMarker(result.environment), headline(result), footer(result)].join('\n\n')
}

/** Headline, table, failure, facts: the order in which a reviewer asks. */
export function parts(result: Result, level: (typeof LEVELS)[number] = LEVELS[0]): string[] {
  return [headline(result), services(result), failure(result, level), notices(result, level), footer(result)].filter(
    (part) => part !== '',
  )
}

function headline(result: Result): string {
  const commit = code(result.revision.slice(0, 7))
  switch (result.outcome) {
    case 'building':
      return `### ⏳ Preview of ${commit} is being built`
    case 'ready': {
      const url = mainUrl(result)
      return `### ✅ Preview of ${commit} is ready${url === undefined ? '' : `\n\n**${link(url.replace(/^https?:\/\//, ''), url)}**`}`
    }
    case 'failed':
      return `### ❌ Preview of ${commit} failed`
    case 'removed':
      return '### 🧹 The preview is gone'
    case 'overtaken':
      return `### ⏭️ ${commit} was overtaken`
    case 'skipped':
      return '### There is no preview'
    case 'planned':
      return `### Plan for ${commit}`
  }
}

/** The shortest URL of a service is its own host; the default service's is the shortest of all. */
export function mainUrl(result: Result): string | undefined {
  const urls = result.services.flatMap((service) => service.urls)
  return urls.sort((a, b) => a.length - b.length || (a < b ? -1 : 1))[0]
}

function services(result: Result): string {
  if (result.services.length === 0 || (result.outcome !== 'ready' && result.outcome !== 'failed')) return ''
  const rows = result.services.map((service) => {
    const url = service.urls[0]
    const cells = [
      code(service.name),
      result.outcome === 'failed'
        ? service.state
        : url === undefined
          ? 'inside only'
          : link(url.replace(/^https?:\/\//, ''), url),
      code(service.artifact),
      service.digest === '' ? '' : code(service.digest.slice(0, 19)),
      service.revision === '' ? 'ready image' : code(service.revision.slice(0, 7)),
      result.outcome === 'failed' ? '' : service.action,
    ]
    return `| ${cells.join(' | ')} |`
  })
  const second = result.outcome === 'failed' ? 'State' : 'URL'
  return [`| Service | ${second} | Artifact | Digest | Commit | Change |`, '| --- | --- | --- | --- | --- | --- |', ...rows].join(
    '\n',
  )
}

function failure(result: Result, level: (typeof LEVELS)[number]): string {
  if (result.outcome !== 'failed') return result.outcome === 'ready' || result.outcome === 'building' ? '' : sentences(result)
  const [first = '', ...rest] = result.reason.split('\n')
  const said = [
    prose(first),
    rest.length > 0 && level.lines > 0 ? fence(lastLines(rest.join('\n'), level.lines, level.characters)) : '',
  ]
  const cure = result.cure === '' ? '' : fence(lastLines(result.cure, 20, 2000))
  const logs = level.lines === 0 ? [] : result.services.flatMap((service) => logOf(service, level))
  return [...said, cure, ...logs].filter((part) => part !== '').join('\n\n')
}

function sentences(result: Result): string {
  const { containers, networks, volumes, images, routes } = result.removed
  const counted = containers + networks + volumes > 0
  return [
    prose(result.reason),
    counted
      ? `Removed and counted again: ${containers} containers, ${networks} networks, ${volumes} volumes, ${routes} routes, ${images} images; nothing is left.`
      : '',
  ]
    .filter((part) => part !== '')
    .join(' ')
}

function logOf(service: ServiceResult, level: (typeof LEVELS)[number]): string[] {
  const text = lastLines(service.log, level.lines, level.characters)
  return text === '' ? [] : [`Last lines of ${code(service.name)}:\n\n${fence(text)}`]
}

function notices(result: Result, level: (typeof LEVELS)[number]): string {
  if (result.notices.length === 0 || level.notices === 0) return ''
  const shown = result.notices.slice(0, level.notices).map((notice) => `- ${prose(notice)}`)
  const more = result.notices.length - shown.length
  if (more > 0) shown.push(`- and ${more} more`)
  return `<details><summary>Notes (${result.notices.length})</summary>\n\n${shown.join('\n')}\n\n</details>`
}

function footer(result: Result): string {
  const facts: string[] = []
  if (result.phases.length > 0 && result.outcome !== 'building') {
    facts.push(result.phases.map((phase) => `${prose(phase.name)} ${formatMilliseconds(phase.milliseconds)}`).join(' · '))
  }
  if (result.expiresAt !== undefined)
    facts.push(`Expires ${result.expiresAt.slice(0, 16).replace('T', ' ')} UTC unless it is deployed again.`)
  const run = result.runUrl === undefined ? '' : ` · ${link('run', result.runUrl)}`
  facts.push(`${code(result.environment)}${run}`)
  return `<sub>${facts.join('<br>')}</sub>`
}
