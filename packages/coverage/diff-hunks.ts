import { type LineRange, UserError } from '@mayfly/core'

/** Lines `oldFirst` and on gave way to lines `newFirst` and on. A count of 0: nothing was there, or is now; what follows is at `first`. */
export interface Hunk {
  oldFirst: number
  oldCount: number
  newFirst: number
  newCount: number
}

/** A text's lines, one after the other. */
export interface Lines {
  next(): string | undefined
}

export function lineReader(text: string): Lines {
  let at = 0
  return {
    next: () => {
      if (at >= text.length) return undefined
      const end = text.indexOf('\n', at)
      const line = text.slice(at, end === -1 ? text.length : end)
      at = end === -1 ? text.length : end + 1
      return line
    },
  }
}

const HUNK = /^@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@/

/** @returns the line that follows it */
export function readHunk(header: string, lines: Lines, hunks: Hunk[]): string | undefined {
  const [oldFirst, oldCount, newFirst, newCount] = numbers(header)
  // Of a side without lines git gives the line before.
  const place = { old: oldCount === 0 ? oldFirst + 1 : oldFirst, new: newCount === 0 ? newFirst + 1 : newFirst }
  const end = { old: place.old + oldCount, new: place.new + newCount }
  let open: Hunk | undefined
  let line = lines.next()
  while (line !== undefined && (place.old < end.old || place.new < end.new || line.startsWith('\\'))) {
    if (line.startsWith('-') || line.startsWith('+')) {
      open ??= begin(hunks, place)
      if (line.startsWith('-')) [open.oldCount, place.old] = [open.oldCount + 1, place.old + 1]
      else [open.newCount, place.new] = [open.newCount + 1, place.new + 1]
    } else if (!line.startsWith('\\')) {
      open = undefined
      place.old++
      place.new++
    }
    line = lines.next()
  }
  if (place.old !== end.old || place.new !== end.new) throw notGit(header)
  return line
}

function begin(hunks: Hunk[], place: { old: number; new: number }): Hunk {
  const hunk = { oldFirst: place.old, oldCount: 0, newFirst: place.new, newCount: 0 }
  hunks.push(hunk)
  return hunk
}

function numbers(header: string): [number, number, number, number] {
  const found = HUNK.exec(header)
  if (found === null) throw notGit(header)
  const [, oldFirst, oldCount = '1', newFirst, newCount = '1'] = found
  return [Number(oldFirst), Number(oldCount), Number(newFirst), Number(newCount)]
}

/** The lines of the newer side. */
export function newLines(hunks: readonly Hunk[]): LineRange[] {
  return hunks.flatMap(({ newFirst, newCount }): LineRange[] => (newCount === 0 ? [] : [[newFirst, newFirst + newCount - 1]]))
}

export function notGit(line: string): UserError {
  return new UserError(`This is no whole diff of git: "${line.slice(0, 80)}" is not expected there.`)
}
