import { randomUUID } from 'node:crypto'
import { type Entry, LedgerError } from './entry.ts'
import { ALONE, FETCH, git, remoteGit } from './git.ts'
import type { Ledger } from './ledger.ts'
import { readRefusal } from './refusal.ts'
import { findSource, withStore } from './store.ts'
import { parseTag, tagName } from './tag-name.ts'
import { LARGEST_TAG, readTagObject, type Tag } from './tag-object.ts'

export const REF = 'refs/tags/'

/**
 * What the ledger says of a version; undefined where nobody has claimed it.
 * @throws LedgerError where the tag is not Mayfly's (`taken`), not as Mayfly wrote it (`damaged`), or not to be read.
 */
export async function readEntry(ledger: Ledger, name: string, version: string): Promise<Entry | undefined> {
  const tag = tagName(name, version)
  const source = await findSource(ledger)
  const found = await withStore(source, 'nothing', (store) => readTag(ledger, store, tag))
  if (found?.kind === 'foreign') throw foreign(tag, found.why)
  return found?.entry
}

/** All entries, or those of one name, in no order. Tags that are not Mayfly's are passed over. */
export async function listEntries(ledger: Ledger, name?: string): Promise<Entry[]> {
  const source = await findSource(ledger)
  return withStore(source, 'nothing', (store) => fetchEntries(ledger, store, name, ALONE))
}

/** Reads one tag with one request; undefined where there is none. */
export async function readTag(ledger: Ledger, store: string, tag: string): Promise<Tag | undefined> {
  const fetched = await fetchRefs(ledger, store, [tag], ALONE)
  return fetched ? (await readTags(ledger, store)).get(tag) : undefined
}

/** The error of a tag that somebody else made. */
export function foreign(tag: string, why: string): LedgerError {
  return new LedgerError('taken', `The git tag ${tag} exists and is not Mayfly's: ${why}.`, {
    cure: `Raise the version. Or, if nobody needs that tag, remove it: git push origin :refs/tags/${tag}`,
  })
}

/** All entries, or those of one name, as their tags are brought into the store. */
export async function fetchEntries(
  ledger: Ledger,
  store: string,
  name: string | undefined,
  how: readonly string[],
): Promise<Entry[]> {
  for (let attempt = 1; ; attempt++) {
    const tags = await listTags(ledger, store, name)
    // A tag that goes between the two commands: once more.
    if (tags.length > 0 && !(await fetchRefs(ledger, store, tags, how)) && attempt < 4) continue
    const read = await readTags(ledger, store)
    return tags.flatMap((tag) => {
      const found = read.get(tag)
      if (found === undefined)
        throw new LedgerError('unreachable', `The git tag ${tag} is listed by ${ledger.remote} but not given.`)
      if (found.kind === 'entry') return [found.entry]
      ledger.log.debug(`The git tag ${tag} is not Mayfly's: ${found.why}.`)
      return []
    })
  }
}

/** The annotated tags that can be Mayfly's by their names. */
async function listTags(ledger: Ledger, store: string, name: string | undefined): Promise<string[]> {
  const listed = await remoteGit(ledger, ['ls-remote', '--quiet', '--tags', '--', ledger.remote], { store })
  if (listed.code !== 0) throw readRefusal(ledger, listed.stderr)
  return listed.stdout.split('\n').flatMap((line) => {
    // The second line of an annotated tag says what it points at; a plain one has none and holds no message.
    const tag = /^[0-9a-f]+\trefs\/tags\/(.+)\^\{\}$/.exec(line)?.[1]
    const parsed = tag === undefined ? undefined : parseTag(tag)
    return tag !== undefined && parsed !== undefined && (name === undefined || parsed.name === name) ? [tag] : []
  })
}

/** Brings tags into the store under their own names; false where one of them is not there. */
async function fetchRefs(ledger: Ledger, store: string, tags: readonly string[], how: readonly string[]): Promise<boolean> {
  const refspecs = tags.map((tag) => `+${REF}${tag}:${REF}${tag}\n`).join('')
  const args = ['fetch', ...FETCH, ...how, '--stdin', '--', ledger.remote]
  const result = await remoteGit(ledger, args, { store, input: refspecs })
  if (result.code === 0) return true
  if (/couldn't find remote ref/.test(result.stderr)) return false
  throw readRefusal(ledger, result.stderr)
}

/** Everything in the store under `refs/tags/`, by its name. Two commands, however many there are. */
async function readTags(ledger: Ledger, store: string): Promise<Map<string, Tag>> {
  const format = '--format=%(objectname) %(objecttype) %(objectsize) %(refname)'
  const listed = await git(ledger, ['for-each-ref', format, REF], { store })
  if (listed.code !== 0) throw new Error(`git cannot list tags: ${listed.stderr.trim()}`)
  const rows = listed.stdout.split('\n').flatMap((line) => {
    const [hash = '', type = '', size = '', ref] = line.split(' ')
    return ref === undefined ? [] : [{ hash, type, size: Number(size), tag: ref.slice(REF.length) }]
  })
  const readable = rows.filter(({ type, size }) => type === 'tag' && size <= LARGEST_TAG)
  const objects = await readObjects(ledger, store, [...new Set(readable.map(({ hash }) => hash))])
  return new Map(
    rows.map(({ hash, type, tag }) => {
      const object = objects.get(hash)
      const why = type === 'tag' ? 'it is too large' : 'it is a plain tag, without a message'
      return [tag, object === undefined ? { kind: 'foreign', why } : readTagObject(tag, object)]
    }),
  )
}

/** Objects by their hashes. They are divided by a word that nobody who wrote one of them can have known. */
async function readObjects(ledger: Ledger, store: string, hashes: readonly string[]): Promise<Map<string, string>> {
  if (hashes.length === 0) return new Map()
  const word = randomUUID()
  const args = ['cat-file', `--batch=${word} %(objectname)`]
  const { code, stdout, stderr } = await git(ledger, args, { store, input: `${hashes.join('\n')}\n` })
  const objects = new Map<string, string>()
  for (const part of stdout.split(`${word} `).slice(1)) {
    const end = part.indexOf('\n')
    objects.set(part.slice(0, end), part.slice(end + 1, -1))
  }
  if (code !== 0 || objects.size !== hashes.length) throw new Error(`git cannot read tags: ${stderr.trim()}`)
  return objects
}
