import { BOUNDS, tooMuch } from './read-bounds.ts'
import { collector, type OpenFile } from './read-collect.ts'
import { lastPlaceOf, numberAt, placeOf, startsWith } from './read-digits.ts'
import type { Read } from './read-oddities.ts'
import { asUtf8, eachLine } from './read-text.ts'

const COMMA = 44

/**
 * Reads lcov's tracefile (https://manpages.debian.org/geninfo.1, FILES). A file that several records tell of, one per test
 * or process, has the sum of their counts. Functions are left out. Throws a UserError only where it exceeds a bound.
 */
export function readLcov(bytes: Uint8Array, name: string): Read {
  const collected = collector(name)
  const utf8 = asUtf8(bytes)
  const buffer = Buffer.from(utf8.buffer, utf8.byteOffset, utf8.byteLength)
  const branches = branchCounter(name)
  let file: OpenFile | undefined
  let at = 0
  // Millions of lines are as every tool writes them: no text is made of those.
  eachLine(buffer, (start, end) => {
    at++
    if (startsWith(buffer, start, 'DA:')) {
      if (file !== undefined) readLine(file, start + 3, end)
    } else if (startsWith(buffer, start, 'BRDA:')) {
      if (file !== undefined) readBranch(file, start + 5, end)
    } else if (startsWith(buffer, start, 'SF:')) {
      file = collected.file(buffer.toString('utf8', start + 3, end).trim(), at)
      if (file !== undefined) branches.begin(file)
    } else if (startsWith(buffer, start, 'end_of_record')) file = undefined
  })
  return collected.read()

  /** `<line>,<count>[,<checksum>]`; a count may be beyond what a double holds exactly. */
  function readLine(file: OpenFile, start: number, end: number): void {
    const comma = placeOf(buffer, COMMA, start, end)
    const count = comma === end ? Number.NaN : numberAt(buffer, comma + 1, placeOf(buffer, COMMA, comma + 1, end))
    if (Number.isNaN(count)) collected.odd('records of a line without a count were left out', at)
    else collected.line(file, lineNumber(buffer, start, comma), count, 'sum', at)
  }

  /** `<line>,<block>,<branch>,<taken>`: `-` where the line never ran. */
  function readBranch(file: OpenFile, start: number, end: number): void {
    const comma = placeOf(buffer, COMMA, start, end)
    const line = comma === end ? Number.NaN : lineNumber(buffer, start, comma)
    if (!(line >= 1 && line <= BOUNDS.line)) {
      collected.odd('branches of a line that is none were left out', at)
      return
    }
    const { taken, total } = branches.add(file, line, isTaken(buffer, start, end))
    collected.branch(file, line, taken, total, at)
  }
}

/** NaN for what is no number; nothing at all is none. */
function lineNumber(buffer: Buffer, start: number, end: number): number {
  const number = numberAt(buffer, start, end)
  return number === 0 && buffer.toString('utf8', start, end).trim() === '' ? Number.NaN : number
}

function isTaken(buffer: Buffer, start: number, end: number): boolean {
  return numberAt(buffer, lastPlaceOf(buffer, COMMA, start, end) + 1, end) > 0
}

/** Counts a line's branches. Records of one file list them in the same order: one is taken where any record took it. */
function branchCounter(name: string) {
  /** What the first record of a file took, and what all did of those that have several: most have one. */
  const first = new Map<OpenFile, number[]>()
  const several = new Map<OpenFile, Set<number>>()
  const seen = new Map<number, number>()
  let count = 0
  return {
    begin(file: OpenFile): void {
      seen.clear()
      const before = first.get(file)
      if (before !== undefined && !several.has(file)) several.set(file, new Set(before))
    },
    add(file: OpenFile, line: number, taken: boolean): { taken: number; total: number } {
      if (++count > BOUNDS.branches) throw tooMuch(name, 'too many branches', BOUNDS.branches)
      const index = seen.get(line) ?? 0
      seen.set(line, index + 1)
      const before = file.branches.get(line)?.taken ?? 0
      return { taken: taken && isNew(file, index * (BOUNDS.line + 1) + line) ? before + 1 : before, total: index + 1 }
    },
  }

  function isNew(file: OpenFile, branch: number): boolean {
    const known = several.get(file)
    if (known !== undefined) return known.size < known.add(branch).size
    const own = first.get(file) ?? []
    if (own.push(branch) === 1) first.set(file, own)
    return true
  }
}
