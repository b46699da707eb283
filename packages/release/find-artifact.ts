import { UserError } from '@mayfly/core'
import { compareVersions, type Entry, parseVersion } from '@mayfly/ledger'
import { isDigest, parseReference } from '@mayfly/oci'
import { headManifest } from '@mayfly/registry'
import { entryOf, splitName } from './names.ts'
import { digestIn, type Running } from './running.ts'
import type { Tracing } from './tracing.ts'

/** An artifact that somebody meant, and where it is known from. */
export interface Found {
  name: string
  /** Empty where it has none. */
  version: string
  digest: string
  /** With its host; empty: it is in an engine's store alone, as far as is known. */
  repository: string
  entry: Entry | undefined
}

/**
 * Finds what people write: `web@1.4.2` (a released version), `web@sha256:...` or a digest alone, a registry's reference, or
 * the name of something that runs, such as `shop/web@1.4.3-pr.12.g1a2b3c4`.
 * @param entries undefined where the ledger could not be read.
 * @throws UserError where there is no such artifact, saying what there is.
 */
export async function findArtifact(
  tracing: Pick<Tracing, 'registries'>,
  text: string,
  entries: readonly Entry[] | undefined,
  running: readonly Running[],
): Promise<Found> {
  const parts = splitName(text)
  const released = parts === undefined ? undefined : entryOf(entries ?? [], { name: text, service: parts.name })
  if (released !== undefined) return ofEntry(released)
  const found = parts === undefined ? await byDigest(tracing, text, entries ?? [], running) : byRunning(text, running)
  if (found !== undefined) return found
  throw notFound(text, entries, parts)
}

export function ofEntry(entry: Entry): Found {
  const { name, version, digest, repository } = entry
  return { name, version, digest, repository, entry }
}

function byRunning(text: string, running: readonly Running[]): Found | undefined {
  const one = running.find(({ artifact }) => artifact === text || artifact.endsWith(`/${text}`))
  return one && ofRunning(one)
}

function ofRunning({ artifact, digest, reference }: Running): Found {
  const { name, version } = splitName(artifact) ?? { name: artifact, version: '' }
  const at = reference.indexOf('@')
  return { name, version, digest, repository: at === -1 ? '' : reference.slice(0, at).replace(/:[^/:]*$/, ''), entry: undefined }
}

/** A digest, `name@digest`, or a registry's reference by tag or digest. */
async function byDigest(
  tracing: Pick<Tracing, 'registries'>,
  text: string,
  entries: readonly Entry[],
  running: readonly Running[],
): Promise<Found | undefined> {
  const digest = digestIn(text)
  const name = text.slice(0, Math.max(0, text.indexOf('@')))
  if (hasHost(text)) return byReference(tracing, text, entries)
  if (!isDigest(digest) || !text.endsWith(digest)) return undefined
  const entry = entries.find((one) => one.digest === digest && (name === '' || one.name === name))
  if (entry !== undefined) return ofEntry(entry)
  const runs = running.find((one) => one.digests.includes(digest))
  if (runs !== undefined) return { ...ofRunning(runs), digest }
  // Not released and not running: a build of something that was released is where the releases are.
  const sibling = entries.find((one) => one.name === name && one.repository !== '')
  return sibling && { name, version: '', digest, repository: sibling.repository, entry: undefined }
}

/** A first part that can be nothing but a host: names of artifacts may hold slashes, too. */
function hasHost(text: string): boolean {
  return /^(?:localhost|[^/@]*[.:[][^/@]*)\//.test(text)
}

async function byReference(tracing: Pick<Tracing, 'registries'>, text: string, entries: readonly Entry[]) {
  const { registry, repository, tag, digest: given } = parseReference(text, 'The artifact')
  const digest = given ?? (await headManifest(tracing.registries(registry), repository, tag ?? 'latest'))?.digest
  if (digest === undefined) return undefined
  const place = `${registry}/${repository}`
  const entry = entries.find((one) => one.digest === digest && one.repository === place)
  return entry === undefined ? { name: repository, version: '', digest, repository: place, entry } : ofEntry(entry)
}

function notFound(text: string, entries: readonly Entry[] | undefined, parts: ReturnType<typeof splitName>): UserError {
  if (entries === undefined) {
    return new UserError(`"${text}" runs nowhere that was looked at, and the ledger could not be read.`, {
      cure: 'Run this in a clone that can reach its remote, or write a whole reference: registry/owner/name@sha256:...',
    })
  }
  const known = entries.filter(({ name }) => name === parts?.name || parts?.name.endsWith(`/${name}`))
  const versions = known.map(({ version }) => version).sort(compareVersions)
  const there = versions.length === 0 ? '' : ` The ledger has ${versions.slice(-10).join(', ')} of ${known[0]?.name}.`
  const malformed = parts !== undefined && parseVersion(parts.version) === undefined
  return new UserError(`There is no "${text}": it was not released, and it runs nowhere that was looked at.${there}`, {
    cure: malformed
      ? `"${parts.version}" is no version: write name@1.4.2, name@sha256:..., or a whole reference such as ghcr.io/acme/shop/web:1.4.2.`
      : 'Write name@version of a release or of something that runs (mayfly where HEAD lists some); --host names further hosts.',
  })
}
