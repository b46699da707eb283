import { BOUNDS, tooMuch } from './read-bounds.ts'

/** How many branches of how many were taken, by line, where a report lists them one by one. */
export interface Tally {
  add(line: number, taken: number, total: number): void
  lines: ReadonlyMap<number, { taken: number; total: number }>
}

/** For one file of the report `name`. */
export function tally(name: string): Tally {
  const lines = new Map<number, { taken: number; total: number }>()
  return {
    lines,
    add(line, taken, total) {
      const known = lines.get(line)
      if (known === undefined) {
        if (lines.size === BOUNDS.line) throw tooMuch(name, 'too many lines with branches in one file', BOUNDS.line)
        lines.set(line, { taken, total })
        return
      }
      known.taken += taken
      known.total += total
    },
  }
}
