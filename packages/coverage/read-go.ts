import { BOUNDS, tooMuch } from './read-bounds.ts'
import { collector, wholeHits } from './read-collect.ts'
import type { Read } from './read-oddities.ts'
import { asUtf8, linesOf } from './read-text.ts'

interface Block {
  first: number
  last: number
  count: number
}

const BLOCK = /^(.+):(\d{1,10})\.\d{1,10},(\d{1,10})\.\d{1,10} (\d{1,10}) (\d{1,20})$/

/**
 * Reads a Go cover profile (https://go.dev/src/cmd/vendor/golang.org/x/tools/cover/profile.go). Its blocks become lines:
 * a line ran as often as the block on it that ran most. A block that several packages' tests tell of (-coverpkg) counts
 * their sum. Paths are import paths, `<module>/<folder>/<file>`. Throws a UserError only where it exceeds a bound.
 */
export function readGo(bytes: Uint8Array, name: string): Read {
  const collected = collector(name)
  const files = new Map<string, Map<string, Block>>()
  let [at, blocks] = [0, 0]
  for (const line of linesOf(asUtf8(bytes))) {
    at++
    // Profiles of several packages are often put behind each other, headers and all.
    if (line === '' || line.startsWith('mode: ')) continue
    const [found, path = '', first = '', last = '', statements = '', count = ''] = BLOCK.exec(line) ?? []
    if (found === undefined || !(Number(last) >= Number(first))) {
      collected.odd('records that are no block were left out', at)
      continue
    }
    if (statements === '0') continue
    const known = files.get(path) ?? new Map<string, Block>()
    if (known.size === 0) files.set(path, known)
    const key = line.slice(path.length + 1, line.length - count.length)
    const block = known.get(key)
    if (block !== undefined) block.count = wholeHits(block.count + Number(count))
    else if (++blocks > BOUNDS.lines) throw tooMuch(name, 'too many blocks', BOUNDS.lines)
    else known.set(key, { first: Number(first), last: Number(last), count: Number(count) })
  }
  let walked = 0
  for (const [path, known] of files) {
    const file = collected.file(path, path)
    if (file === undefined) continue
    for (const { first, last, count } of known.values()) {
      // Blocks do not overlap but where they meet, so that more than this is made up.
      walked += Math.min(last, BOUNDS.line + 1) - Math.min(first, BOUNDS.line) + 1
      if (walked > BOUNDS.places) throw tooMuch(name, 'too many lines in its blocks', BOUNDS.places)
      for (let line = first; line <= last; line++) collected.line(file, line, count, 'max', path)
    }
  }
  return collected.read()
}
