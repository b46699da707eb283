import { OCI, UserError } from '@mayfly/core'
import { type Entry, entriesOf, LedgerError } from '@mayfly/ledger'
import { type Ancestry, openAncestry } from './ancestry.ts'
import { contentReader } from './content.ts'
import { findArtifact, ofEntry } from './find-artifact.ts'
import { type Running, runningOn } from './running.ts'
import { attempt, eachOf, type NotChecked, type Tracing } from './tracing.ts'
import { readLedger } from './verify.ts'

/** An artifact, and every place where it runs. */
export interface Whereabout {
  /** `name@version`, as it was released or, where it was not, as it was deployed. */
  artifact: string
  digest: string
  released: boolean
  /** The commit that was released or, of what was not, the one it was built from. */
  revision: string
  /** When that commit was made; undefined for what was not released. */
  createdAt: Date | undefined
  running: readonly Running[]
}

export interface Whereabouts {
  kind: 'commit' | 'artifact'
  /** The commit in full, or the artifact's reference. */
  what: string
  artifacts: readonly Whereabout[]
  notChecked: readonly NotChecked[]
}

/** Artifacts of more than so many releases are not asked, one by one, what they were built from. */
const MOST_ASKED = 200

/**
 * Says which artifacts hold a commit, or what an artifact is, and where each of them runs since when.
 * @param text a commit (any name that git knows, also a short hash) or an artifact (see `findArtifact`).
 * @throws UserError where it is neither.
 */
export async function where(tracing: Tracing, text: string): Promise<Whereabouts> {
  const notChecked: NotChecked[] = []
  const running = await runningOn(tracing.hosts, notChecked)
  const isArtifact = /[@:]/.test(text) && !/^@$|@\{/.test(text)
  return isArtifact ? whereArtifact(tracing, text, running, notChecked) : whereCommit(tracing, text, running, notChecked)
}

async function whereArtifact(
  tracing: Tracing,
  text: string,
  running: readonly Running[],
  notChecked: NotChecked[],
): Promise<Whereabouts> {
  const entries = await readLedger(tracing, notChecked)
  const found = await findArtifact(tracing, text, entries, running)
  const { digest, repository, entry } = found
  const digests = await digestsIn(tracing, repository, digest, notChecked)
  const own = running.filter((one) => one.digests.some((each) => digests.includes(each)))
  const name = found.version === '' ? found.name : `${found.name}@${found.version}`
  const about = {
    artifact: name,
    digest,
    released: entry !== undefined,
    revision: entry?.revision ?? own[0]?.revision ?? '',
    createdAt: entry?.createdAt,
    running: own,
  }
  return { kind: 'artifact', what: repository === '' ? digest : `${repository}@${digest}`, artifacts: [about], notChecked }
}

/** An engine may know it by another digest than the registry; where that cannot be read, the one that is known has to do. */
async function digestsIn(tracing: Tracing, repository: string, digest: string, notChecked: NotChecked[]): Promise<readonly string[]> {
  if (repository === '') return [digest]
  const what = `${repository}@${digest}`
  const content = await attempt(notChecked, what, () => contentReader(tracing.registries)(repository, digest))
  return content?.digests ?? [digest]
}

async function whereCommit(
  tracing: Tracing,
  text: string,
  running: readonly Running[],
  notChecked: NotChecked[],
): Promise<Whereabouts> {
  const ancestry = openAncestry(tracing)
  const own = running.filter(({ owner }) => owner === tracing.owner)
  const { commit, entries } = await holdingEntries(tracing, ancestry, text, own, notChecked)
  const released = await eachOf(entries, async (entry): Promise<Whereabout> => {
    const { name, version, digest, repository } = ofEntry(entry)
    const digests = await digestsIn(tracing, repository, digest, notChecked)
    const runs = own.filter((one) => one.digests.some((each) => digests.includes(each)))
    const { revision, createdAt } = entry
    return { artifact: `${name}@${version}`, digest, released: true, revision, createdAt, running: runs }
  })
  const told = new Set(released.flatMap((one) => one.running))
  const others = await holdingOthers(ancestry, commit, own.filter((one) => !told.has(one)), notChecked)
  return { kind: 'commit', what: commit, artifacts: [...released, ...others], notChecked }
}

/** Deployments that are no release, such as previews: the commit that each was built from says what it holds. */
async function holdingOthers(ancestry: Ancestry, commit: string, running: readonly Running[], notChecked: NotChecked[]) {
  const unknown = new Set<string>()
  const holding = await eachOf(running, async (one) => {
    const holds = one.revision === '' ? 'no' : await ancestry.holds(one.revision, commit)
    if (holds === 'unknown') unknown.add(one.revision)
    return holds === 'yes' ? [one] : []
  })
  for (const revision of unknown) {
    const names = running.filter((one) => one.revision === revision).map(({ environment, service }) => `${service} of ${environment}`)
    notChecked.push({
      what: names.join(', '),
      why: `this checkout lacks the history of ${revision.slice(0, 12)}: git fetch --unshallow, or git fetch origin ${revision.slice(0, 64)}`,
    })
  }
  const byImage = Map.groupBy(holding.flat(), ({ artifact, digest }) => `${artifact} ${digest}`)
  return [...byImage.values()].flatMap((same): Whereabout[] => {
    const [first] = same
    if (first === undefined) return []
    const { artifact, digest, revision } = first
    return [{ artifact, digest, released: false, revision, createdAt: undefined, running: same }]
  })
}

/** The commit in full, and the releases that hold it: by the ledger's history or, where that has none, by what they were built from. */
async function holdingEntries(
  tracing: Tracing,
  ancestry: Ancestry,
  text: string,
  running: readonly Running[],
  notChecked: NotChecked[],
): Promise<{ commit: string; entries: Entry[] }> {
  const known = await readLedger(tracing, notChecked)
  const named = [...(known ?? []), ...running].map(({ revision }) => revision)
  const commit = (await ancestry.resolve(text)) ?? completed(text, named)
  if (commit === undefined || known === undefined || tracing.ledger === undefined) {
    if (commit === undefined) throw unknownCommit(text)
    return { commit, entries: [] }
  }
  const { ledger } = tracing
  const found = await attempt(notChecked, 'the history of the releases', async () => {
    try {
      return await entriesOf(ledger, commit)
    } catch (error) {
      // A commit that was never pushed, or a fork's: no release has it in its history.
      if (error instanceof LedgerError && error.reason === 'history') return []
      throw error
    }
  })
  if (found === undefined || found.length > 0) return { commit, entries: found ?? [] }
  return { commit, entries: await builtFrom(tracing, commit, known, notChecked) }
}

/**
 * A pull request's commits do not come into the main branch where it is squashed; what was tested is released as it was
 * built, and says so itself.
 */
async function builtFrom(tracing: Tracing, commit: string, entries: readonly Entry[], notChecked: NotChecked[]): Promise<Entry[]> {
  const newest = [...entries].sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
  const asked = newest.filter(({ repository }) => repository !== '').slice(0, MOST_ASKED)
  const read = contentReader(tracing.registries)
  const found = await attempt(notChecked, 'what the releases were built from', () =>
    eachOf(asked, async (entry) => {
      const content = await read(entry.repository, entry.digest)
      const revision = content?.annotations[OCI.revision] ?? content?.labels[OCI.revision]
      return revision === commit ? [entry] : []
    }),
  )
  return found?.flat() ?? []
}

/** The one commit among these that a short hash begins. */
function completed(text: string, revisions: readonly string[]): string | undefined {
  if (!/^[0-9a-f]{4,64}$/.test(text)) return undefined
  const found = new Set(revisions.filter((revision) => revision.startsWith(text)))
  if (found.size > 1) {
    throw new UserError(`"${text}" is the start of ${found.size} commits.`, { cure: `Write more of it: ${[...found].join(', ')}.` })
  }
  return [...found][0] ?? (text.length === 40 || text.length === 64 ? text : undefined)
}

function unknownCommit(text: string): UserError {
  return new UserError(`"${text}" is no commit that this checkout, the ledger or anything that runs knows.`, {
    cure: 'Write a commit (seven digits at least; git fetch brings the newest) or an artifact, such as web@1.4.2.',
  })
}
