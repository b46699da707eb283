import { type Entry, LedgerError, wrongField } from './entry.ts'
import { parseTag, tagName } from './tag-name.ts'

/** Raised when the same entry is to be written otherwise; what is older is then still read as it was written. */
const FORMAT = 1
/** Nobody's mailbox (RFC 2606): a tag must not seem to come from the person who owns an address. */
const TAGGER = 'Mayfly <mayfly@mayfly.invalid>'
/** Bytes; ours are about one kilobyte. Of a larger one nothing is read. */
export const LARGEST_TAG = 16 * 1024

/** What stands under a tag's name. */
export type Tag = { kind: 'entry'; entry: Entry } | { kind: 'foreign'; why: string }

/**
 * The annotated tag of an entry as git stores it: a line for people, a blank one, the entry as JSON. It depends on the
 * entry alone, so the same entry is the same object, wherever and however often it is made.
 */
export function writeTag(entry: Entry): string {
  const tag = tagName(entry.name, entry.version)
  const wrong = wrongField(entry)
  if (wrong !== undefined)
    throw new Error(`The ledger cannot hold ${tag}: its ${wrong} is ${String(entry[wrong]).slice(0, 200)}.`)
  const seconds = Math.floor(entry.createdAt.getTime() / 1000)
  const place = entry.repository === '' ? 'in the engine alone' : `in ${entry.repository}`
  return [
    `object ${entry.revision}`,
    'type commit',
    `tag ${tag}`,
    `tagger ${TAGGER} ${seconds} +0000`,
    '',
    `${entry.name}@${entry.version} is ${entry.digest} ${place}.`,
    '',
    `${JSON.stringify(toJson(entry, seconds))}\n`,
  ].join('\n')
}

/**
 * Reads back what `writeTag` wrote under this tag. The object must be, byte for byte, the one that the entry in it makes:
 * nothing that somebody changed, moved or wrote by hand is believed in part.
 * @throws LedgerError `damaged` for a tag that says it is Mayfly's and is not as Mayfly writes them.
 */
export function readTagObject(tag: string, object: string): Tag {
  const message = object.slice(object.indexOf('\n\n') + 2)
  const line = message.split('\n').find((text) => text.startsWith('{"mayfly":'))
  if (line === undefined) return { kind: 'foreign', why: 'its message holds no entry' }
  const entry = fromJson(tag, line)
  if (entry === undefined || writeTag(entry) !== object) throw damaged(tag, 'it is not as Mayfly writes them')
  return { kind: 'entry', entry }
}

function toJson(entry: Entry, seconds: number) {
  return {
    mayfly: FORMAT,
    name: entry.name,
    version: entry.version,
    digest: entry.digest,
    repository: entry.repository,
    revision: entry.revision,
    key: entry.key,
    base: entry.base,
    pullRequest: entry.pullRequest ?? null,
    createdAt: `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`,
  }
}

/** Undefined where it is no entry of this tag. Fields too many, in another order or in another spelling show when it is written again. */
function fromJson(tag: string, line: string): Entry | undefined {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch {
    return undefined
  }
  const field = (name: string): unknown => (typeof json === 'object' && json !== null ? Reflect.get(json, name) : undefined)
  const text = (name: string): string => {
    const value = field(name)
    return typeof value === 'string' ? value : ''
  }
  const format = field('mayfly')
  if (typeof format === 'number' && format > FORMAT)
    throw damaged(tag, `it has format ${format}, which only a newer Mayfly can read`)
  const names = parseTag(tag)
  const pull = field('pullRequest')
  if (names === undefined || text('name') !== names.name || text('version') !== names.version) return undefined
  if (pull !== null && typeof pull !== 'number') return undefined
  const [digest, repository, revision] = [text('digest'), text('repository'), text('revision')]
  const read = { ...names, digest, repository, revision, key: text('key'), base: text('base') }
  const entry: Entry = { ...read, pullRequest: pull ?? undefined, createdAt: new Date(text('createdAt')) }
  return wrongField(entry) === undefined ? entry : undefined
}

function damaged(tag: string, why: string): LedgerError {
  return new LedgerError(
    'damaged',
    `The git tag ${tag} says that it is an entry of Mayfly's ledger, but ${why}; it is not believed.`,
    {
      cure: `Look at it (git cat-file tag ${tag}). If nobody should have made it, remove it: git push origin :refs/tags/${tag}`,
    },
  )
}
