import type { ReleasedService } from '@mayfly/core'
import { code, prose } from './text.ts'
import { shortCommit, shortDigest } from './words.ts'

/** The step summary of a release. */
export function renderRelease(revision: string, services: readonly ReleasedService[]): string {
  const own = services.filter(({ version }) => version !== undefined)
  const fresh = own.filter(({ outcome }) => outcome === 'published')
  const headline = fresh.length === 0 ? 'Nothing new to release' : `Released ${fresh.map(nameOf).join(', ')}`
  const rows = own.map(
    (service) => `| ${[nameOf(service), code(shortDigest(service.artifact.digest), 24), ...words(service)].join(' | ')} |`,
  )
  const weak = own.some(({ kept }) => kept !== 'by the ledger')
  return [
    `### ${headline}`,
    `At commit ${code(shortCommit(revision))}.`,
    ['| Version | Digest | Built at | Outcome | Why |', '| --- | --- | --- | --- | --- |', ...rows].join('\n'),
    weak
      ? 'The ledger could not be written to: nothing but the registry keeps these versions from being overwritten. Give the job `permissions: contents: write`.'
      : '',
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n')
}

function nameOf({ service, version }: ReleasedService): string {
  return code(`${service}@${version}`)
}

function words({ artifact, outcome, why }: ReleasedService): string[] {
  return [code(shortCommit(artifact.revision)), prose(outcome), prose(why)]
}
