import { type Log, UserError, versionTag } from '@mayfly/core'
import { claim, type Entry, type Ledger, LedgerError } from '@mayfly/ledger'
import { parseReference } from '@mayfly/oci'
import { headManifest, type Registry, readManifest, type Stored, writeManifest } from '@mayfly/registry'
import { describeDifference } from './difference.ts'

/** What a version is published with. */
export interface Publishing {
  /** Undefined where git may not be written to: then the registry alone is asked, which is best effort. */
  ledger: Ledger | undefined
  registries: (host: string) => Registry
  log: Log
}

export interface Published {
  entry: Entry
  /** `already published`: as the same bytes, and nothing had to be done. */
  outcome: 'published' | 'already published'
  /** What holds the promise that `name@version` never changes. */
  kept: 'by the ledger' | 'best effort: by the registry alone'
}

/** How long a registry is given to settle between writing a tag and reading it back where no ledger decides, in milliseconds. */
const SETTLE = 250

/**
 * Gives an artifact its version, for good: the manifest is there by its digest, then the version is claimed in the
 * ledger, then the registry's tag is set and read back. Killed between any two steps, the next run goes on from there.
 * @throws UserError where the version is already other bytes, with what differs.
 */
export async function publish(publishing: Publishing, entry: Entry): Promise<Published> {
  const { log } = publishing
  const named = `${entry.name}@${entry.version}`
  const stored = await readArtifact(publishing, entry)
  log.info(`${named}: ${entry.digest} is in ${entry.repository}.`)
  const held = await hold(publishing, entry)
  if (held === undefined) return publishByTag(publishing, entry, stored)
  if (held.entry.digest !== entry.digest) throw await refusal(publishing, entry, held.entry)
  log.info(`${named}: claimed.`)
  const tagged = await setTag(publishing, entry, stored)
  const outcome = tagged ? 'published' : 'already published'
  log.info(`${named}: ${outcome}.`)
  return { entry: held.entry, outcome, kept: 'by the ledger' }
}

/** Undefined where the ledger may not be written to. */
async function hold({ ledger, log }: Publishing, entry: Entry): Promise<{ won: boolean; entry: Entry } | undefined> {
  if (ledger === undefined) return undefined
  try {
    return await claim(ledger, entry)
  } catch (error) {
    // A rule against the tag, or a remote that cannot be reached, is no permission that is missing.
    if (!(error instanceof LedgerError) || error.reason !== 'access') throw error
    log.warn(
      `${error.message} ${error.cure ?? ''}\nWithout the ledger nothing but the registry keeps ${entry.name}@${entry.version} from being overwritten: this is best effort.`,
    )
    return undefined
  }
}

async function readArtifact({ registries }: Publishing, { name, version, repository, digest }: Entry): Promise<Stored> {
  const { registry, repository: path } = parseReference(repository, 'The artifact')
  const stored = await readManifest(registries(registry), path, digest)
  if (stored !== undefined) return stored
  throw new UserError(`${name}@${version} cannot be published: ${repository} does not have ${digest}.`, {
    cure: 'Build it first, with the same registry.',
  })
}

/** Sets the version's tag where it is missing, and reads it back. Returns whether it was missing. */
async function setTag({ registries }: Publishing, entry: Entry, stored: Stored): Promise<boolean> {
  const { registry: host, repository } = parseReference(entry.repository, 'The artifact')
  const registry = registries(host)
  const tag = versionTag(entry.version)
  const before = await headManifest(registry, repository, tag)
  if (before?.digest === entry.digest) return false
  // With another digest it is not what the ledger says: the ledger decides, and the tag is put right.
  await writeManifest(registry, repository, { mediaType: stored.descriptor.mediaType, bytes: stored.bytes }, tag)
  const after = await headManifest(registry, repository, tag)
  if (after?.digest !== entry.digest) {
    throw new UserError(
      `${entry.repository}:${tag} was set to ${entry.digest} and then read back as ${after?.digest ?? 'nothing'}.`,
      {
        cure: 'Somebody else writes this tag. Deploy by digest, and run `mayfly verify`.',
      },
    )
  }
  return true
}

/** Looks, writes, lets the registry settle, and looks again: two publishers at once can still overtake each other unseen. */
async function publishByTag(publishing: Publishing, entry: Entry, stored: Stored): Promise<Published> {
  const { registry: host, repository } = parseReference(entry.repository, 'The artifact')
  const registry = publishing.registries(host)
  const tag = versionTag(entry.version)
  const before = await headManifest(registry, repository, tag)
  if (before !== undefined && before.digest !== entry.digest)
    throw await refusal(publishing, entry, { ...entry, digest: before.digest })
  if (before === undefined) await setTag(publishing, entry, stored)
  await new Promise((resolve) => setTimeout(resolve, SETTLE))
  const after = await headManifest(registry, repository, tag)
  if (after?.digest !== entry.digest) throw await refusal(publishing, entry, { ...entry, digest: after?.digest ?? '' })
  return { entry, outcome: before === undefined ? 'published' : 'already published', kept: 'best effort: by the registry alone' }
}

async function refusal(publishing: Publishing, wanted: Entry, held: Entry): Promise<UserError> {
  const lines = await describeDifference(publishing.registries, held, wanted)
  return new UserError(
    [
      `${wanted.name}@${wanted.version} is already published with other bytes, and a version never changes.`,
      `  published: ${held.digest}, from commit ${held.revision.slice(0, 7)}`,
      `  this one:  ${wanted.digest}, from commit ${wanted.revision.slice(0, 7)}`,
      ...lines.map((line) => `  ${line}`),
    ].join('\n'),
    { cure: `Raise "version" in the package.json of ${wanted.name}, or use version: auto.` },
  )
}
