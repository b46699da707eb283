import { type Entry, LedgerError } from './entry.ts'
import { ALONE, FETCH, git, pause, remoteGit } from './git.ts'
import type { Ledger } from './ledger.ts'
import { foreign, readTag } from './read.ts'
import { claimRefusal, metAnother, readRefusal } from './refusal.ts'
import { findSource, hasCommit, type Source, withStore } from './store.ts'
import { tagName } from './tag-name.ts'
import { type Tag, writeTag } from './tag-object.ts'

const ATTEMPTS = 6

export interface Claim {
  /** Whether the version is held by exactly the entry that was given, be it since now or since an earlier run. */
  won: boolean
  /** Who holds the version. */
  entry: Entry
}

/**
 * Claims a version for an entry, once and for all: of any number of publishers, with any entries, exactly one entry ever
 * holds it. A run that was cut short is finished by running it again.
 * @throws LedgerError `taken` by a tag that is not Mayfly's, `access` without permission to write, `rule` where the
 * server forbids this tag, `unreachable`, `history` where the commit is nowhere to be found.
 */
export async function claim(ledger: Ledger, entry: Entry): Promise<Claim> {
  const tag = tagName(entry.name, entry.version)
  const object = writeTag(entry)
  const source = await findSource(ledger)
  const wanted = { tag, object, revision: entry.revision }
  for (let attempt = 1; ; attempt++) {
    const { refusal, holder } = await withStore(source, 'checkout', (store) => tryOnce(ledger, source, store, wanted))
    if (refusal === undefined) return { won: true, entry: { ...entry, createdAt: wholeSeconds(entry.createdAt) } }
    if (holder?.kind === 'foreign') throw foreign(tag, holder.why)
    if (holder !== undefined) return { won: writeTag(holder.entry) === object, entry: holder.entry }
    if (attempt === ATTEMPTS || !metAnother(refusal)) throw claimRefusal(ledger, tag, refusal)
    await pause(ledger, attempt)
  }
}

interface NewTag {
  tag: string
  object: string
  /** The commit that it points at. */
  revision: string
}

/** Makes the tag where there is none; one that is this very object is as good as made. If it is refused, who holds it decides. */
async function tryOnce(
  ledger: Ledger,
  source: Source,
  store: string,
  wanted: NewTag,
): Promise<{ refusal?: string; holder?: Tag | undefined }> {
  const { hash, fetched } = await writeObject(ledger, store, wanted)
  const ref = `refs/tags/${wanted.tag}`
  // Without its history a commit that is no branch's last would be sent with all of its files: ask first what is there.
  const thrifty = !source.isWhole || fetched ? ['-c', 'push.negotiate=true'] : []
  // An empty expectation: the server makes the ref only if there is none, as one step.
  const args = [
    'push',
    '--quiet',
    '--porcelain',
    '--no-verify',
    `--force-with-lease=${ref}:`,
    '--',
    ledger.remote,
    `${hash}:${ref}`,
  ]
  const pushed = await remoteGit(ledger, [...thrifty, ...args], { store })
  if (pushed.code === 0) return {}
  return { refusal: `${pushed.stdout}\n${pushed.stderr}`, holder: await readTag(ledger, store, wanted.tag) }
}

/** The tag as an object in the store. Its commit has to be there; a checkout may be of another one. */
async function writeObject(ledger: Ledger, store: string, wanted: NewTag): Promise<{ hash: string; fetched: boolean }> {
  const make = () => git(ledger, ['mktag'], { store, input: wanted.object })
  let made = await make()
  const fetched = made.code !== 0 && !(await hasCommit(ledger, store, wanted.revision))
  if (fetched) {
    await fetchCommit(ledger, store, wanted.revision)
    made = await make()
  }
  if (made.code !== 0) throw new Error(`git does not take the tag ${wanted.tag}: ${made.stderr.trim()}`)
  return { hash: made.stdout.trim(), fetched }
}

async function fetchCommit(ledger: Ledger, store: string, revision: string): Promise<void> {
  const result = await remoteGit(ledger, ['fetch', ...FETCH, ...ALONE, '--', ledger.remote, revision], { store })
  if (result.code === 0) return
  if (!/not our ref|couldn't find remote ref|unadvertised object/.test(result.stderr)) throw readRefusal(ledger, result.stderr)
  throw new LedgerError('history', `The commit ${revision} is neither in ${ledger.directory} nor in ${ledger.remote}.`, {
    cure: 'Push the commit first; a version is released from a commit that others can see.',
  })
}

function wholeSeconds(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000)
}
