import { constants } from 'node:fs'
import { type FileHandle, glob, open, realpath } from 'node:fs/promises'
import { isAbsolute, join, relative, sep } from 'node:path'
import { UserError } from '@mayfly/core'

export interface CollectedReport {
  /** Relative to the directory, with `/` between. */
  path: string
  bytes: Uint8Array
}

export const REPORTS = {
  /** Bytes of one report. */
  report: 200 * 1024 * 1024,
  reports: 10_000,
  /** Bytes of all of them. */
  all: 512 * 1024 * 1024,
} as const

/** A file's time may be coarser than the clock: two seconds on FAT, a fraction of one elsewhere. */
const COARSE = 2000

/**
 * Finds the report files that a run has written. Patterns are those of `fs.glob`, relative to the directory; hidden
 * folders and node_modules are left out unless they are named.
 * @param startedAt when the run started: what is older is from an earlier run and would tell of other code.
 * @returns the files in order of path, and a sentence for each that was refused and for patterns that find nothing.
 * @throws UserError for a pattern that leads out of the directory.
 */
export async function collectReports(
  directory: string,
  patterns: readonly string[],
  startedAt: Date,
): Promise<{ reports: CollectedReport[]; notices: string[] }> {
  checkPatterns(directory, patterns)
  const root = await realpath(directory)
  const reports: CollectedReport[] = []
  const notices: string[] = []
  let room: number = REPORTS.all
  for (const path of await matches(root, patterns)) {
    const found = await take(root, path, startedAt, reports.length < REPORTS.reports ? room : 0)
    if (found === undefined) continue
    if (typeof found === 'string') notices.push(found)
    else {
      reports.push(found)
      room -= found.bytes.length
    }
  }
  if (reports.length === 0) notices.push(nothing(patterns))
  return { reports, notices: notices.slice(0, 20) }
}

/** @throws UserError for a pattern that leads out of the directory; for whoever wants to know before anything is run. */
export function checkPatterns(directory: string, patterns: readonly string[]): void {
  const out = patterns.find((pattern) => isAbsolute(pattern) || pattern.split(/[\\/]/).includes('..'))
  if (out === undefined) return
  throw new UserError(`The report pattern ${out} leads out of ${directory}.`, {
    cure: 'Write a path inside the directory that the tests run in.',
  })
}

async function matches(root: string, patterns: readonly string[]): Promise<string[]> {
  const found = new Set<string>()
  for (const pattern of patterns) {
    const named = pattern.split('/').includes('node_modules')
    const exclude = (name: string): boolean => !named && name.split(/[\\/]/).at(-1) === 'node_modules'
    for await (const path of glob(pattern, { cwd: root, exclude })) found.add(path)
  }
  return [...found].sort()
}

/** The report, or why it is none; undefined for directories, which patterns such as `**` match as well. */
async function take(root: string, path: string, startedAt: Date, room: number): Promise<CollectedReport | string | undefined> {
  const real = await realpath(join(root, path)).catch(() => undefined)
  if (real === undefined) return `${path} is a link to nothing; it is not read.`
  const inside = relative(root, real)
  if (inside.split(sep)[0] === '..' || isAbsolute(inside)) return `${path} leads out of the directory; it is not read.`
  // No link by now, and a pipe that nobody writes to must not be waited for.
  const file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => undefined)
  if (file === undefined) return `${path} cannot be opened.`
  try {
    return await readOpened(file, path.split(sep).join('/'), startedAt, room)
  } finally {
    await file.close()
  }
}

async function readOpened(
  file: FileHandle,
  path: string,
  startedAt: Date,
  room: number,
): Promise<CollectedReport | string | undefined> {
  const found = await file.stat()
  if (found.isDirectory()) return undefined
  if (!found.isFile()) return `${path} is no file; it is not read.`
  if (found.size > REPORTS.report) return `${path} is larger than ${REPORTS.report / 1024 / 1024} MB; it is not read.`
  if (found.mtimeMs < startedAt.getTime() - COARSE) return `${path} is from an earlier run; it is not read.`
  if (found.size > room || room === 0) return `${path} is one report too many, or too much in all; it is not read.`
  const bytes = new Uint8Array(found.size)
  let length = 0
  while (length < bytes.length) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return { path, bytes: bytes.subarray(0, length) }
}

function nothing(patterns: readonly string[]): string {
  return patterns.length === 0
    ? 'No pattern says where the reports of the tests are.'
    : `No report of this run was found at ${patterns.join(', ')}.`
}
