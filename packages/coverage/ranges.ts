import { type LineRange, UserError } from '@mayfly/core'
import { NO_CODE } from './model.ts'

/** Consecutive coverable lines that the same sources reached. */
export interface LineRun {
  first: number
  count: number
  /** Bit `i`: the source of that number reached them; 0: none did. */
  mask: number
}

/** No file has more lines; a record that says so is broken. */
export const MOST_LINES = 10_000_000

const MOST_RUNS = 1_000_000

/** Runs of coverable lines, flat, three numbers each: first line, how many, mask. What is between runs has no code. */
export function encodeRuns(hits: Uint32Array, masks: Uint32Array): number[] {
  const runs: number[] = []
  let [first, mask] = [0, 0]
  for (let line = 1; line <= hits.length; line++) {
    const inside = line < hits.length && hits[line] !== NO_CODE
    const own = inside ? (masks[line] ?? 0) : 0
    if (first > 0 && (!inside || own !== mask)) {
      runs.push(first, line - first, mask)
      first = 0
    }
    if (inside && first === 0) [first, mask] = [line, own]
  }
  // A list that grew has room for half as much again; thousands of these are kept.
  return runs.slice()
}

/**
 * Reads what `encodeRuns` wrote and a file carried since: nothing in it is believed.
 * @param sources how many sources a mask may speak of, at most 31
 * @throws UserError where it is no such list: numbers that are none, runs out of order, masks of sources that are not there.
 */
export function decodeRuns(runs: unknown, sources: number): LineRun[] {
  if (!Array.isArray(runs) || runs.length % 3 !== 0 || runs.length > 3 * MOST_RUNS) throw broken('they are no list of triples')
  const decoded: LineRun[] = []
  let end = 1
  for (let at = 0; at < runs.length; at += 3) {
    const [first, count, mask] = [whole(runs[at]), whole(runs[at + 1]), whole(runs[at + 2])]
    if (first < end || count < 1) throw broken('they are out of order')
    end = first + count
    if (end > MOST_LINES) throw broken(`there is a line ${end - 1}`)
    if (mask >= 2 ** Math.min(sources, 31)) throw broken('they name a source that is not listed')
    decoded.push({ first, count, mask })
  }
  return decoded
}

function whole(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw broken('something in them is no whole number')
  return value
}

function broken(why: string): UserError {
  return new UserError(`The lines of a stored coverage cannot be read: ${why}.`, {
    cure: 'Remove that record; the next run of the base branch writes a new one.',
  })
}

/** Line numbers in rising order as ranges: neighbours are one range. */
export function toRanges(lines: Iterable<number>): LineRange[] {
  const ranges: LineRange[] = []
  for (const line of lines) {
    const last = ranges.at(-1)
    if (last !== undefined && line === last[1] + 1) last[1] = line
    else if (last === undefined || line > last[1]) ranges.push([line, line])
  }
  return ranges
}

/** What of some ranges is in none of others; both in rising order. */
export function subtract(ranges: readonly LineRange[], others: readonly LineRange[]): LineRange[] {
  const left: LineRange[] = []
  let at = 0
  for (const [first, last] of ranges) {
    let from = first
    while (at < others.length && (others[at]?.[1] ?? 0) < from) at++
    for (let next = at; from <= last; next++) {
      const [start, end] = others[next] ?? [last + 1, last + 1]
      if (start > last) {
        left.push([from, last])
        break
      }
      if (start > from) left.push([from, start - 1])
      from = end + 1
    }
  }
  return left
}
