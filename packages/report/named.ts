import type { Named, Result } from '@mayfly/core'
import { code, link } from './text.ts'
import { mainUrl, readable, shortCommit, shortDigest } from './words.ts'

/** The headline of a promotion or a roll back. */
export function namedHeadline(result: Result, { name, action }: Named): string {
  const environment = code(name, 40)
  const commit = result.revision === '' ? '' : code(shortCommit(result.revision))
  const to = commit === '' ? '' : ` to ${commit}`
  const change =
    action === 'promote'
      ? `promotion${commit === '' ? '' : ` of ${commit}`} to ${environment}`
      : `roll back of ${environment}${to}`
  switch (result.outcome) {
    case 'ready': {
      const url = mainUrl(result)
      const where = url === undefined ? '' : `: ${link(readable(url), url)}`
      return action === 'promote' ? `✅ ${environment} runs ${commit}${where}` : `✅ ${environment} is back at ${commit}${where}`
    }
    case 'failed':
      return `❌ The ${change} failed`
    case 'planned':
      return `The plan for the ${change}`
    case 'overtaken':
      return `The ${change} was overtaken`
    default:
      return `⏳ The ${change} is under way`
  }
}

/** Where it came from, and what it took the place of. */
export function renderNamed({ named, pullRequest, services, outcome }: Result): string {
  if (named === undefined) return ''
  const request = pullRequest === undefined || named.from === `pr-${pullRequest}` ? '' : `pull request ${pullRequest}`
  const from = [named.from === '' ? '' : code(named.from), request].filter((part) => part !== '').join(', ')
  const changed = named.before.filter(({ service, digest }) =>
    services.some((now) => now.name === service && now.digest !== digest),
  )
  const rows = changed.map(
    ({ service, artifact, digest }) => `- ${code(service, 80)}: ${code(artifact)} ${code(shortDigest(digest), 24)}`,
  )
  const before = rows.length === 0 || outcome !== 'ready' ? '' : `Before that ran:\n\n${rows.slice(0, 100).join('\n')}`
  return [from === '' ? '' : `From ${from}.`, before].filter((part) => part !== '').join('\n\n')
}
