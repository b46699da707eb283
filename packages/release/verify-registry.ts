import { describeError, versionTag } from '@mayfly/core'
import { type Entry, isReleaseVersion } from '@mayfly/ledger'
import { parseReference } from '@mayfly/oci'
import { headManifest, listReferrers, listTags, type Registry, readManifest, writeManifest } from '@mayfly/registry'
import type { Content, ReadContent } from './content.ts'
import { type Drift, type Findings, noFindings } from './drift.ts'
import { attempt, eachOf } from './tracing.ts'

/** What is compared with the ledger in one repository of a registry. */
interface Shelf {
  /** With its host. */
  place: string
  registry: Registry
  repository: string
  tags: ReadonlySet<string>
  read: ReadContent
  /** Whether tags are set right. */
  repair: boolean
}

export interface RegistryFindings extends Findings {
  /** Tags that were set right. */
  repaired: string[]
  tags: number
  referrers: number
}

/** Compares a repository of a registry with the entries of the ledger that say they are in it. */
export async function verifyRepository(
  registries: (host: string) => Registry,
  read: ReadContent,
  place: string,
  entries: readonly Entry[],
  repair: boolean,
): Promise<RegistryFindings> {
  const findings: RegistryFindings = { ...noFindings(), repaired: [], tags: 0, referrers: 0 }
  const names = entries.map(({ name, version }) => `${name}@${version}`).join(', ')
  const shelf = await attempt(findings.notChecked, `${place} (${names})`, async (): Promise<Shelf> => {
    const { registry: host, repository } = parseReference(place, 'The repository of an entry')
    const registry = registries(host)
    return { place, registry, repository, tags: new Set(await listTags(registry, repository)), read, repair }
  })
  if (shelf === undefined) return findings
  findings.tags = shelf.tags.size
  await eachOf(entries, (entry) => verifyEntry(shelf, entry, findings))
  findings.drifts.push(...[...shelf.tags].flatMap((tag) => unknownTag(place, tag, entries)))
  await eachOf([...shelf.tags], (tag) => verifySubject(shelf, tag, findings))
  return findings
}

async function verifyEntry(shelf: Shelf, entry: Entry, findings: RegistryFindings): Promise<void> {
  const named = `${entry.name}@${entry.version}`
  const content = await readEntryContent(shelf, entry, findings)
  await attempt(findings.notChecked, `the tag of ${named} in ${shelf.place}`, () => verifyTag(shelf, entry, content, findings))
  if (content === undefined) return
  await attempt(findings.notChecked, `what is attached to ${named}`, () => verifyReferrers(shelf, entry, findings))
}

async function readEntryContent(shelf: Shelf, entry: Entry, findings: RegistryFindings): Promise<Content | undefined> {
  const what = `${entry.name}@${entry.version}`
  const cure = 'Copy the very bytes back from another registry or a host that has them (skopeo copy), or release a new version.'
  try {
    const content = await shelf.read(shelf.place, entry.digest)
    if (content === undefined) {
      findings.drifts.push({
        kind: 'manifest-missing',
        what,
        expected: `${shelf.place}@${entry.digest}`,
        found: 'nothing',
        cure,
      })
    }
    return content
  } catch (error) {
    const said = describeError(error)
    // The one failure that is an answer: the registry gave bytes, and they are others.
    if (!said.includes('lies about a digest')) findings.notChecked.push({ what, why: said })
    else
      findings.drifts.push({
        kind: 'manifest-altered',
        what,
        expected: entry.digest,
        found: otherDigest(said, entry.digest),
        cure,
      })
    return undefined
  }
}

function otherDigest(said: string, expected: string): string {
  return (said.match(/sha256:[0-9a-f]{64}/g) ?? []).find((digest) => digest !== expected) ?? 'other bytes'
}

async function verifyTag(shelf: Shelf, entry: Entry, content: Content | undefined, findings: RegistryFindings): Promise<void> {
  const { place, registry, repository, repair } = shelf
  const tag = versionTag(entry.version)
  const found = (await headManifest(registry, repository, tag))?.digest
  if (found === entry.digest) return
  if (repair && content !== undefined) {
    const { bytes, descriptor } = content.stored
    await writeManifest(registry, repository, { mediaType: descriptor.mediaType, bytes }, tag)
    const after = (await headManifest(registry, repository, tag))?.digest
    if (after === entry.digest) {
      findings.repaired.push(`${place}:${tag} is ${entry.digest} again; it was ${found ?? 'missing'}`)
      return
    }
  }
  findings.drifts.push({
    kind: found === undefined ? 'tag-missing' : 'tag-moved',
    what: `tag ${entry.name}:${tag} of ${place}`,
    expected: entry.digest,
    found: found ?? 'nothing',
    cure:
      content === undefined
        ? 'Bring the artifact itself back first; then run mayfly verify --repair.'
        : `Run mayfly verify --repair: it sets the tag as the ledger says.${found === undefined ? '' : ' Then find out who may write to that registry.'}`,
  })
}

async function verifyReferrers(shelf: Shelf, entry: Entry, findings: RegistryFindings): Promise<void> {
  const { place, registry, repository } = shelf
  for (const { digest } of await listReferrers(registry, repository, entry.digest)) {
    findings.referrers++
    const stored = await readManifest(registry, repository, digest)
    const subject = stored?.manifest.subject?.digest
    if (subject === entry.digest) continue
    findings.drifts.push({
      kind: 'referrer-broken',
      what: `${digest} in ${place}, attached to ${entry.name}@${entry.version}`,
      expected: `about ${entry.digest}`,
      found: stored === undefined ? 'nothing' : `about ${subject ?? 'nothing'}`,
      cure: 'Release the same version again: what is missing is attached once more, and nothing else is changed.',
    })
  }
}

function unknownTag(place: string, tag: string, entries: readonly Entry[]): Drift[] {
  if (!isReleaseVersion(tag.replaceAll('_', '+')) || entries.some(({ version }) => versionTag(version) === tag)) return []
  return [
    {
      kind: 'tag-unknown',
      what: `tag ${place}:${tag}`,
      expected: 'an entry of the ledger',
      found: 'none',
      cure: 'It was not released by Mayfly: do not deploy it. Delete the tag, or release that version properly.',
    },
  ]
}

/** The tags that stand for lists of referrers (distribution-spec, "Referrers Tag Schema"). */
async function verifySubject({ place, registry, repository }: Shelf, tag: string, findings: RegistryFindings): Promise<void> {
  const hex = /^sha256-([0-9a-f]{64})$/.exec(tag)?.[1]
  if (hex === undefined) return
  const subject = `sha256:${hex}`
  const there = await attempt(findings.notChecked, `what ${place}:${tag} is about`, async () => ({
    found: await headManifest(registry, repository, subject),
  }))
  if (there === undefined || there.found !== undefined) return
  findings.drifts.push({
    kind: 'subject-missing',
    what: `tag ${place}:${tag}`,
    expected: `${subject}, which it lists attachments of`,
    found: 'nothing',
    cure: 'Somebody deleted the artifact and left what belongs to it: let actions/clean delete it (retention: delete), or bring the artifact back.',
  })
}
