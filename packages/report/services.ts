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
  return left > 0 ? `${table}\n\nand ${left} more` : table
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
