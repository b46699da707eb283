import { BOUNDS, tooMuch } from './read-bounds.ts'
import { collector, type OpenFile } from './read-collect.ts'
import type { Read } from './read-oddities.ts'
import { asUtf8, linesOf } from './read-text.ts'

/** Branches of one line, in order: whether each was taken. */
type Taken = Map<number, boolean[]>

/**
 * Reads lcov's tracefile (https://manpages.debian.org/geninfo.1, FILES). A file that several records tell of, one per test
 * or process, has the sum of their counts. Functions are left out. Throws a UserError only where it exceeds a bound.
 */
export function readLcov(bytes: Uint8Array, name: string): Read {
  const collected = collector(name)
  const taken = new Map<OpenFile, Taken>()
  let file: OpenFile | undefined
  let seen = new Map<number, number>()
  let [at, branchCount] = [0, 0]
  for (const line of linesOf(asUtf8(bytes))) {
    at++
    if (line.startsWith('DA:')) {
      if (file !== undefined) readLine(line, file, at)
    } else if (line.startsWith('BRDA:')) {
      if (file !== undefined) readBranch(line, file, at)
    } else if (line.startsWith('SF:')) {
      file = collected.file(line.slice(3).trim(), at)
      seen = new Map()
    } else if (line.startsWith('end_of_record')) file = undefined
  }

  /** `DA:<line>,<count>[,<checksum>]`; a count may be beyond what a double holds exactly. */
  function readLine(line: string, file: OpenFile, at: number): void {
    const comma = line.indexOf(',')
    const second = line.indexOf(',', comma + 1)
    const count = comma === -1 ? Number.NaN : Number(line.slice(comma + 1, second === -1 ? undefined : second))
    if (Number.isNaN(count)) collected.odd('records of a line without a count were left out', at)
    else collected.line(file, numberOf(line.slice(3, comma)), count, 'sum', at)
  }

  /** `BRDA:<line>,<block>,<branch>,<taken>`: `-` where the line never ran. Records of one file list them in the same order. */
  function readBranch(line: string, file: OpenFile, at: number): void {
    const number = numberOf(line.slice(5, line.indexOf(',')))
    if (!(number >= 1 && number <= BOUNDS.line)) {
      collected.odd('branches of a line that is none were left out', at)
      return
    }
    if (++branchCount > BOUNDS.branches) throw tooMuch(name, 'too many branches', BOUNDS.branches)
    const ofFile = taken.get(file) ?? new Map<number, boolean[]>()
    if (ofFile.size === 0) taken.set(file, ofFile)
    const branches = ofFile.get(number) ?? []
    if (branches.length === 0) ofFile.set(number, branches)
    const index = seen.get(number) ?? 0
    seen.set(number, index + 1)
    branches[index] = branches[index] === true || Number(line.slice(line.lastIndexOf(',') + 1)) > 0
  }

  for (const [file, lines] of taken) {
    for (const [line, branches] of lines) {
      collected.branch(file, line, branches.filter(Boolean).length, branches.length, `line ${line} of ${file.path}`)
    }
  }
  return collected.read()
}

/** NaN for what is no number; an empty text is none. */
function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text)
}
