import { BOUNDS, tooMuch } from './read-bounds.ts'
import { branchesInOrder, type OrderedBranches } from './read-branches.ts'
import { collector, type OpenFile } from './read-collect.ts'
import type { Read } from './read-oddities.ts'
import { asUtf8, digitsAt, LONGEST, lineSpans } from './read-text.ts'

const DA = Buffer.from('DA:')
const BRDA = Buffer.from('BRDA:')
const SF = Buffer.from('SF:')
const END = Buffer.from('end_of_record')
const COMMA = 44

/**
 * Reads lcov's tracefile (https://manpages.debian.org/geninfo.1, FILES). A file that several records tell of, one per test
 * or process, has the sum of their counts. Functions are left out. Throws a UserError only where it exceeds a bound.
 * A report has millions of lines: of those that are as every tool writes them no text is made.
 */
export function readLcov(bytes: Uint8Array, name: string): Read {
  const collected = collector(name)
  const taken = new Map<OpenFile, OrderedBranches>()
  const utf8 = asUtf8(bytes)
  const buffer = Buffer.from(utf8.buffer, utf8.byteOffset, utf8.byteLength)
  let file: OpenFile | undefined
  let branches: OrderedBranches | undefined
  let [at, branchCount] = [0, 0]
  const startsWith = (word: Buffer, start: number) => buffer.compare(word, 0, word.length, start, start + word.length) === 0
  lineSpans(buffer, (start, end) => {
    at++
    if (startsWith(DA, start)) {
      if (file !== undefined) readLine(start + DA.length, end, file)
    } else if (startsWith(BRDA, start)) {
      if (file !== undefined) readBranch(start + BRDA.length, end, file)
    } else if (startsWith(SF, start)) {
      file = collected.file(text(start + SF.length, end).trim(), at)
      branches = undefined
    } else if (startsWith(END, start)) file = undefined
  })

  function text(start: number, end: number): string {
    return buffer.toString('utf8', start, Math.min(end, start + LONGEST))
  }

  /** `<line>,<count>[,<checksum>]`; a count may be beyond what a double holds exactly. */
  function readLine(start: number, end: number, file: OpenFile): void {
    const first = commaFrom(start, end)
    const second = commaFrom(first + 1, end)
    const count = first === end ? Number.NaN : countIn(first + 1, second)
    if (Number.isNaN(count)) collected.odd('records of a line without a count were left out', at)
    else collected.line(file, numberIn(start, first), count, 'sum', at)
  }

  /** `<line>,<block>,<branch>,<taken>`: `-` where the line never ran. Records of one file list them in the same order. */
  function readBranch(start: number, end: number, file: OpenFile): void {
    const line = numberIn(start, commaFrom(start, end))
    if (!(line >= 1 && line <= BOUNDS.line)) {
      collected.odd('branches of a line that is none were left out', at)
      return
    }
    if (++branchCount > BOUNDS.branches) throw tooMuch(name, 'too many branches', BOUNDS.branches)
    branches ??= nextRecord(file)
    branches.add(line, countIn(buffer.lastIndexOf(COMMA, end - 1) + 1, end) > 0)
  }

  function nextRecord(file: OpenFile): OrderedBranches {
    const known = taken.get(file) ?? branchesInOrder()
    if (!taken.has(file)) taken.set(file, known)
    known.restart()
    return known
  }

  return collected.read()
}
