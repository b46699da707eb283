import { OCI, UserError } from '@mayfly/core'
import { type Entry, entriesOf, LedgerError } from '@mayfly/ledger'
import { type Ancestry, openAncestry } from './ancestry.ts'
import { contentReader, digestsAt, type ReadContent } from './content.ts'
import { type Running, runningOn } from './running.ts'
import { attempt, eachOf, type NotChecked, readLedger, type Tracing } from './tracing.ts'
import type { Whereabout, Whereabouts } from './whereabouts.ts'

/** Artifacts of more than so many releases are not asked, one by one, what they were built from. */
const MOST_ASKED = 200

/** Which releases and deployments hold a commit. @throws UserError where nobody knows it. */
export async function whereCommit(tracing: Tracing, text: string, notChecked: NotChecked[]): Promise<Whereabouts> {
  const [own, known] = await Promise.all([runningOn(tracing.hosts, notChecked, tracing.owner), readLedger(tracing, notChecked)])
  const ancestry = openAncestry(tracing)
  const read = contentReader(tracing.registries)
  const commit =
    (await ancestry.resolve(text)) ??
    completed(
      text,
      [...(known ?? []), ...own].map(({ revision }) => revision),
    )
  if (commit === undefined) throw unknownCommit(text)
  const found = await inHistory(tracing, commit, known, notChecked)
  const entries = found?.length === 0 ? await builtFrom(ancestry, read, commit, known ?? [], notChecked) : (found ?? [])
  const released = await eachOf(entries, async (entry): Promise<Whereabout> => {
    const { name, version, digest, repository } = entry
    const digests = await digestsAt(read, repository, digest, notChecked)
    const runs = own.filter((one) => one.digests.some((each) => digests.includes(each)))
    const { revision, createdAt, pullRequest = runs[0]?.pullRequest } = entry
    return { artifact: `${name}@${version}`, digest, released: true, revision, pullRequest, createdAt, running: runs }
  })
  const told = new Set(released.flatMap((one) => one.running))
  const others = await holdingOthers(
    ancestry,
    commit,
    own.filter((one) => !told.has(one)),
    notChecked,
  )
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
    const names = running
      .filter((one) => one.revision === revision)
      .map(({ environment, service }) => `${service} of ${environment}`)
    notChecked.push({
      what: names.join(', '),
      why: `this checkout lacks the history of ${revision.slice(0, 12)}: git fetch --unshallow, or git fetch origin ${revision.slice(0, 64)}`,
    })
  }
  const byImage = Map.groupBy(holding.flat(), ({ artifact, digest }) => `${artifact} ${digest}`)
  return [...byImage.values()].flatMap((same): Whereabout[] => {
    const [first] = same
    if (first === undefined) return []
    const { artifact, digest, revision, pullRequest } = first
    return [{ artifact, digest, released: false, revision, pullRequest, createdAt: undefined, running: same }]
  })
}

/** The releases that have the commit in their history; undefined where nobody can say. */
async function inHistory({ ledger }: Tracing, commit: string, known: readonly Entry[] | undefined, notChecked: NotChecked[]) {
  if (ledger === undefined || known === undefined) return undefined
  return attempt(notChecked, 'the history of the releases', async (): Promise<Entry[]> => {
    try {
      return await entriesOf(ledger, commit)
    } catch (error) {
      // A commit that was never pushed, or a fork's: no release has it in its history.
      if (error instanceof LedgerError && error.reason === 'history') return []
      throw error
    }
  })
}

/**
 * A pull request's commits do not come into the main branch where it is squashed; what was tested is released as it was
 * built, and says so itself.
 */
async function builtFrom(
  ancestry: Ancestry,
  read: ReadContent,
  commit: string,
  entries: readonly Entry[],
  notChecked: NotChecked[],
): Promise<Entry[]> {
  const newest = [...entries].sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
  const asked = newest.filter(({ repository }) => repository !== '').slice(0, MOST_ASKED)
  const unknown: string[] = []
  const found = await attempt(notChecked, 'what the releases were built from', () =>
    eachOf(asked, async (entry) => {
      const content = await read(entry.repository, entry.digest)
      const revision = content?.annotations[OCI.revision] ?? content?.labels[OCI.revision] ?? ''
      const holds = revision === '' ? 'no' : await ancestry.holds(revision, commit)
      if (holds === 'unknown') unknown.push(`${entry.name}@${entry.version}`)
      return holds === 'yes' ? [entry] : []
    }),
  )
  if (unknown.length > 0)
    notChecked.push({ what: unknown.join(', '), why: 'this checkout lacks the history of what they were built from' })
  return found?.flat() ?? []
}

/** The one commit among these that a short hash begins. */
function completed(text: string, revisions: readonly string[]): string | undefined {
  if (!/^[0-9a-f]{4,64}$/.test(text)) return undefined
  const found = new Set(revisions.filter((revision) => revision.startsWith(text)))
  if (found.size > 1) {
    throw new UserError(`"${text}" is the start of ${found.size} commits.`, {
      cure: `Write more of it: ${[...found].join(', ')}.`,
    })
  }
  return [...found][0] ?? (text.length === 40 || text.length === 64 ? text : undefined)
}

function unknownCommit(text: string): UserError {
  return new UserError(`"${text}" is no commit that this checkout, the ledger or anything that runs knows.`, {
    cure: 'Write a commit (seven digits at least; git fetch brings the newest) or an artifact, such as web@1.4.2.',
  })
}
