import type { Scanned } from './rewrite-scan.ts'

const WHITEOUT = '.wh.'

/**
 * In the order in which folders are walked: each before what is in it, names by their bytes; what says that a file is
 * gone before a file of that name, and a hard link never before what it leads to. Order says nothing to who unpacks it,
 * so the same entries may come in any. Of two entries of one name the later one counts, and stays the later one.
 */
export function inWalkOrder(entries: readonly Scanned[]): Scanned[] {
  // What is said for all that follow must stay in front of it.
  if (entries.some(({ type }) => type === 'g')) return [...entries]
  const keyed = entries.map((entry) => ({ entry, key: keyOf(entry.name), gone: isWhiteout(entry.name) }))
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : Number(b.gone) - Number(a.gone)))
  const sorted = keyed.map(({ entry }) => entry)
  if (linksFollow(sorted)) return sorted
  const last = [...sorted.filter(({ type }) => type !== '1'), ...sorted.filter(({ type }) => type === '1')]
  return linksFollow(last) ? last : [...entries]
}

/** Compares as the walk goes: a slash before every other byte, a whiteout as the file that it takes away. */
function keyOf(name: string): string {
  const parts = partsOf(name)
  const last = parts.pop() ?? ''
  const meant = last === '.wh..wh..opq' ? '' : last.startsWith(WHITEOUT) ? last.slice(WHITEOUT.length) : last
  return [...parts, meant].join('\0')
}

function isWhiteout(name: string): boolean {
  return (partsOf(name).at(-1) ?? '').startsWith(WHITEOUT)
}

function partsOf(name: string): string[] {
  return name.split('/').filter((part) => part !== '' && part !== '.')
}

function linksFollow(entries: readonly Scanned[]): boolean {
  const places = new Map(entries.map(({ name }, index) => [partsOf(name).join('/'), index]))
  return entries.every(({ type, target }, index) => type !== '1' || (places.get(partsOf(target).join('/')) ?? -1) < index)
}
