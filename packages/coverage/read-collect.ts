import { type Branches, sharedBranches } from './branches.ts'
import { lineRoom } from './line-room.ts'
import { type CoverageMap, NO_CODE } from './model.ts'
import { BOUNDS, tooMuch } from './read-bounds.ts'
import { type Oddities, oddities, type Read } from './read-oddities.ts'

/** A file while it is read. */
export interface OpenFile {
  path: string
  /** May be longer than the file. */
  hits: Uint32Array
  last: number
  branches: Map<number, Branches>
}

/** Puts a report's files together, within the bounds. */
export interface Collector extends Oddities {
  /** The file of that path, one for all that is said of it; undefined where it is no path. */
  file(path: string, where: string | number): OpenFile | undefined
  /**
   * A line with code. `hits` of a line that is said twice: `sum` where each is another run, `max` where each is another
   * view of the same. Throws a UserError where the number is beyond the bounds.
   */
  line(file: OpenFile, number: number, hits: number, twice: 'sum' | 'max', where: string | number): void
  /**
   * A line's branches; said twice, the most of either counts. Some are on lines without code of their own, such as the
   * default of a parameter.
   */
  branch(file: OpenFile, number: number, taken: number, total: number, where: string | number): void
  read(sources?: string[]): Read
}

/** The most that a line can have run: one more is NO_CODE. */
export const MOST_HITS = NO_CODE - 1

export function collector(name: string): Collector {
  const files = new Map<string, OpenFile>()
  const odd = oddities(name)
  let [lines, places, branches] = [0, 0, 0]

  const grow = (file: OpenFile, number: number): void => {
    if (number > BOUNDS.line)
      throw tooMuch(name, `a line ${number.toLocaleString('en')} of ${file.path.slice(0, 200)}`, BOUNDS.line)
    const length = Math.max(number + 1, Math.min(file.hits.length * 2, BOUNDS.line + 1), 128)
    places += length - file.hits.length
    if (places > BOUNDS.places) throw tooMuch(name, 'too long files, together', BOUNDS.places)
    const hits = new Uint32Array(length).fill(NO_CODE, file.hits.length)
    hits.set(file.hits)
    file.hits = hits
  }
  /** Whether it is the number of a line at all. */
  const isLine = (number: number, where: string | number): boolean => {
    if (Number.isInteger(number) && number >= 1) return true
    odd.odd('records of a line that is none were left out', where)
    return false
  }

  return {
    ...odd,
    file(path, where) {
      const known = files.get(path)
      if (known !== undefined) return known
      if (path === '' || path.length > BOUNDS.path) {
        odd.odd(`files without a path of at most ${BOUNDS.path} characters were left out`, where)
        return undefined
      }
      if (files.size === BOUNDS.files) throw tooMuch(name, 'too many files', BOUNDS.files)
      const file = { path, hits: new Uint32Array(0), last: 0, branches: new Map() }
      files.set(path, file)
      return file
    },
    line(file, number, hits, twice, where) {
      if (!isLine(number, where)) return
      if (number >= file.hits.length) grow(file, number)
      if (number > file.last) file.last = number
      const before = file.hits[number] ?? NO_CODE
      if (before === NO_CODE && ++lines > BOUNDS.lines) throw tooMuch(name, 'too many lines', BOUNDS.lines)
      const now = wholeHits(hits)
      if (before === NO_CODE) file.hits[number] = now
      else file.hits[number] = twice === 'sum' ? Math.min(before + now, MOST_HITS) : Math.max(before, now)
    },
    branch(file, number, taken, total, where) {
      if (!isLine(number, where) || !(total > 0)) return
      if (number > BOUNDS.line) grow(file, number)
      const known = file.branches.get(number)
      if (known === undefined && ++branches > BOUNDS.branches) throw tooMuch(name, 'too many branches', BOUNDS.branches)
      const most = Math.max(known?.total ?? 0, Math.min(Math.floor(total), BOUNDS.branches))
      const reached = Math.max(known?.taken ?? 0, Math.floor(taken) || 0, 0)
      file.branches.set(number, sharedBranches(Math.min(reached, most), most))
    },
    read: (sources = []) => ({ files: closed(files), sources, notices: odd.notices() }),
  }
}

/** How often something ran as a number that fits: none for what is no number or below zero, the most for what is above. */
export function wholeHits(hits: number): number {
  return hits > 0 ? Math.min(Math.floor(hits), MOST_HITS) : 0
}

function closed(files: Map<string, OpenFile>): CoverageMap {
  const map: CoverageMap = new Map()
  const room = lineRoom()
  for (const [path, { hits, last, branches }] of files) {
    const own = hits.subarray(0, last + 1)
    const kept = room(own.length)
    kept.set(own)
    map.set(path, { hits: kept, branches })
  }
  return map
}
