import type { Result, ServiceResult } from '@mayfly/core'
import type { Detail } from './detail.ts'
import { code, link, prose } from './text.ts'
import { readable, shortCommit, shortDigest } from './words.ts'

/** The table of services; empty where there is none to speak of. */
export function renderServices({ services }: Result, detail: Detail): string {
  if (services.length === 0) return ''
  // Those that failed come first: of a long table only its beginning is shown.
  const sorted = services.toSorted((a, b) => Number(b.state === 'failed') - Number(a.state === 'failed'))
  const rows = sorted.slice(0, detail.services).map(row)
  const left = services.length - rows.length
  const table = [
    '| Service | URL | Artifact | Digest | Commit | Change |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n')
  const parts = [table, left > 0 ? `and ${left} more` : '', ...origins(sorted.slice(0, detail.services))]
  return parts.filter((part) => part !== '').join('\n\n')
}

/** Which services this run built, which it found built, and why; those with the same answer together. */
function origins(services: readonly ServiceResult[]): string[] {
  const groups = new Map<string, string[]>()
  for (const { name, reused, why, revision } of services) {
    if (reused === undefined) continue
    const group = `${reused ? 'Reused' : 'Built'}\0${why ?? ''}`
    const from = reused && revision !== '' ? ` from ${code(shortCommit(revision))}` : ''
    groups.set(group, [...(groups.get(group) ?? []), `${code(name, 80)}${from}`])
  }
  const lines = [...groups].map(([group, names]) => {
    const [verb = '', why = ''] = group.split('\0')
    return `${verb} ${names.join(', ')}${why === '' ? '.' : `: ${prose(lowerFirst(why), 200)}`}`
  })
  return lines.length === 0 ? [] : [`<sub>${lines.join('<br>')}</sub>`]
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1)
}

function row(service: ServiceResult): string {
  const url = service.urls[0]
  const cells = [
    code(service.name, 80),
    url === undefined ? 'inside only' : link(readable(url), url),
    code(service.artifact),
    code(shortDigest(service.digest), 24),
    service.revision === '' ? 'ready image' : code(shortCommit(service.revision)),
    done(service),
  ]
  return `| ${cells.join(' | ')} |`
}

/** What was done with it and, where that is not the end of it, how it is. */
function done({ action, state }: ServiceResult): string {
  const well = state === 'healthy' || state === 'running' || state === 'completed'
  if (well) return prose(action === 'none' ? state : action)
  const bad = state === 'failed' ? '**failed**' : prose(state)
  return action === 'none' ? bad : `${prose(action)}, ${bad}`
}
