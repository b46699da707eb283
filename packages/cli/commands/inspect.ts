import { type Labels, UserError } from '@mayfly/core'
import { type Inspection, inspectArtifact } from '@mayfly/release'
import { minuteOf, renderColumns, renderFacts, renderNotChecked, renderPlaces } from '@mayfly/report'
import type { Options } from '../options.ts'
import { answer } from '../terminal.ts'
import { withTracing } from '../tracing.ts'

/** Everything that ledger, registry and hosts know of one artifact. */
export async function inspect(options: Options): Promise<number> {
  const [text, ...more] = options.positionals
  if (text === undefined || more.length > 0) {
    throw new UserError(text === undefined ? 'No artifact is named.' : 'More than one artifact is named.', {
      cure: 'Write mayfly inspect and one artifact, such as web@1.4.2 or ghcr.io/acme/shop/web:1.4.2.',
    })
  }
  return withTracing(options, async (tracing) => {
    const found = await inspectArtifact(tracing, text)
    answer(options, found, describe(found))
    return 0
  })
}

function describe(found: Inspection): string {
  const { name, version, entry, attached, running, notChecked } = found
  const parts = [
    version === '' ? name : `${name}@${version}`,
    renderFacts([
      ['released', entry === undefined ? 'no' : `at ${entry.revision}, ${minuteOf(entry.createdAt)}`],
      ...factsOf(found),
      ['labels', listOf(found.labels)],
      ['annotations', sameTexts(found) ? 'the same as the labels' : listOf(found.annotations)],
      ['attached', renderColumns(attached.map(({ kind, says, signedBy }) => [kind, says, signature(signedBy)]))],
      ['runs', running.length === 0 ? 'nowhere that was looked at' : renderPlaces(running)],
    ]),
    renderNotChecked(notChecked),
  ]
  return parts.filter((part) => part !== '').join('\n')
}

function factsOf(found: Inspection): [string, string][] {
  const { reference, digest, size, platforms, created, revision, source, licenses, base, runtime, ttl, pullRequest, key } = found
  return [
    ['digest', digest],
    ['deploy as', reference],
    ['size', size === undefined ? '' : `${(size / 1_000_000).toFixed(1)} MB (${size} bytes)`],
    ['platform', platforms.join(', ')],
    ['created', created],
    ['built from', `${revision}${source === '' ? '' : ` of ${source}`}`],
    ['pull request', pullRequest === undefined ? '' : String(pullRequest)],
    ['licences', licenses],
    ['base', base === undefined ? '' : `${base.name} ${base.digest}`.trim()],
    ['runtime', runtime],
    ['ttl', ttl],
    ['key', key],
    ['dependencies', listOf(found.dependencies)],
  ]
}

function listOf(texts: Labels): string {
  return renderColumns(
    Object.entries(texts)
      .filter(([, text]) => text !== '')
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

function sameTexts({ labels, annotations }: Inspection): boolean {
  return listOf(labels) !== '' && listOf(labels) === listOf(annotations)
}

function signature(signedBy: string | undefined): string {
  return signedBy === undefined ? 'unsigned' : `signed by ${signedBy}`
}
