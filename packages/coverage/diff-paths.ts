/** What git's quoting of paths writes after a backslash (quote.c: `sq_lookup`), and three octal digits for any other byte. */
const ESCAPES: ReadonlyMap<string, number> = new Map([
  ['a', 7],
  ['b', 8],
  ['t', 9],
  ['n', 10],
  ['v', 11],
  ['f', 12],
  ['r', 13],
  ['"', 34],
  ['\\', 92],
])

/**
 * The path of a label such as `b/a path` behind `+++ `; undefined for `/dev/null`. Git quotes a path with control characters,
 * quotes or backslashes, and puts a tab behind one with spaces.
 */
export function labelPath(label: string, prefix: string): string | undefined {
  const bare = label.endsWith('\t') ? label.slice(0, -1) : label
  const path = bare.startsWith('"') ? unquote(bare) : bare
  if (path === '/dev/null' && prefix !== '') return undefined
  return path.startsWith(prefix) ? path.slice(prefix.length) : path
}

/**
 * The path of `diff --git a/X b/X` where both are the same; undefined where they differ, and other lines say both. Where no
 * other line says it (an empty file, another mode, a binary file) they are the same.
 */
export function headerPath(header: string): string | undefined {
  const both = header.slice('diff --git '.length)
  if (both.startsWith('"')) {
    const end = quoteEnd(both)
    const [old, current] = [labelPath(both.slice(0, end), 'a/'), labelPath(both.slice(end + 1), 'b/')]
    return old === current ? old : undefined
  }
  const half = (both.length - 1) / 2
  const [old, current] = [both.slice(0, half), both.slice(half + 1)]
  return old.startsWith('a/') && current.startsWith('b/') && old.slice(2) === current.slice(2) ? old.slice(2) : undefined
}

/** Where the text behind a quoted path begins. */
function quoteEnd(text: string): number {
  let at = 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

/** Bytes, because git quotes bytes and a character may be several of them. */
function unquote(quoted: string): string {
  const bytes: Buffer[] = []
  const inside = quoted.slice(1, quoteEnd(quoted) - 1)
  for (const [part, octal, escaped] of inside.matchAll(/\\([0-3][0-7]{2})|\\(.)|[^\\]+/gsu)) {
    if (octal !== undefined) bytes.push(Buffer.of(Number.parseInt(octal, 8)))
    else if (escaped !== undefined) bytes.push(Buffer.of(ESCAPES.get(escaped) ?? 63))
    else bytes.push(Buffer.from(part))
  }
  return Buffer.concat(bytes).toString()
}
