import { UserError } from '@mayfly/core'

/** How much of a report is read. Whoever opens a pull request writes the reports, so each of these is an attack's size. */
export const BOUNDS = {
  /** Bytes of one report. */
  bytes: 256 * 1024 * 1024,
  /** Bytes of one in JSON, which has to be in memory whole. */
  json: 128 * 1024 * 1024,
  /** Objects and lists of one in JSON. */
  objects: 12_000_000,
  /** Members of all of them. */
  members: 40_000_000,
  /** Names of members: each of them takes a hundred bytes and more. */
  keys: 10_000_000,
  files: 100_000,
  /** Lines with code, and branches, of all files. */
  lines: 5_000_000,
  branches: 5_000_000,
  /** The last line of a file. */
  line: 1_000_000,
  /** Places for lines, with code or without, of all files: four bytes each. */
  places: 50_000_000,
  /** Characters of a path. */
  path: 4096,
  sources: 1000,
} as const

/** Refuses a report that holds more than is read. */
export function tooMuch(name: string, what: string, most: number): UserError {
  return new UserError(`${name} has ${what}: more than ${most.toLocaleString('en')}.`, {
    cure: 'Leave out generated and foreign files, or write several smaller reports.',
  })
}

export function inMegabytes(bytes: number): string {
  return `${Math.floor(bytes / 1024 / 1024)} MB`
}
