import type { FileMeasured, LineRange, Patch, Ratio } from '@mayfly/core'
import type { Diff } from './diff.ts'
import { type FileCoverage, NO_CODE } from './model.ts'
import { toRanges } from './ranges.ts'
import { addRatio, type Union } from './union.ts'

export interface PatchOf {
  patch: Patch
  /** By path; only files that changed and that something measured. */
  files: Map<string, NonNullable<FileMeasured['patch']>>
  /** What each source reached of the changed lines that it says are code, in the union's order. */
  sources: Ratio[]
}

/**
 * What was reached of the lines that a change added or changed. Lines without code do not count; where there are none with
 * code the total is 0, and that is not 100 %. A changed source file that nothing measured is a blind spot and counts nowhere.
 * @param sourceFile whether a path is source code that tests should reach
 * @param silent services that should have sent coverage and did not
 */
export function patchOf(
  all: Union,
  diff: Diff | undefined,
  sourceFile: (path: string) => boolean,
  silent: readonly string[],
): PatchOf {
  const found: PatchOf = {
    patch: { lines: { covered: 0, total: 0 }, blind: [] },
    files: new Map(),
    sources: all.sources.map(() => ({ covered: 0, total: 0 })),
  }
  if (diff === undefined) return found
  const measured = new Map(all.files.map((file) => [file.path, file]))
  for (const [path, { status, binary, lines }] of diff) {
    const file = measured.get(path)
    if (file !== undefined) addFile(found, all, path, file, lines)
    else if (status !== 'deleted' && !binary && lines.length > 0 && sourceFile(path)) {
      found.patch.blind.push({ path, why: whyBlind(silent) })
    }
  }
  return found
}

function addFile(found: PatchOf, { sources }: Union, path: string, file: FileCoverage, changed: readonly LineRange[]): void {
  const lines = ratioIn(file, changed)
  found.files.set(path, { lines, missed: toRanges(missedIn(file, changed)) })
  addRatio(found.patch.lines, lines)
  for (const [index, ratio] of found.sources.entries()) {
    const own = sources[index]?.files.get(path)
    if (own !== undefined) addRatio(ratio, ratioIn(own, changed))
  }
}

function ratioIn({ hits }: FileCoverage, ranges: readonly LineRange[]): Ratio {
  let [covered, total] = [0, 0]
  for (const [first, last] of ranges) {
    for (let line = first; line <= last && line < hits.length; line++) {
      if (hits[line] === NO_CODE) continue
      total++
      if (hits[line] !== 0) covered++
    }
  }
  return { covered, total }
}

function* missedIn({ hits }: FileCoverage, ranges: readonly LineRange[]): Generator<number> {
  for (const [first, last] of ranges) {
    for (let line = first; line <= last && line < hits.length; line++) if (hits[line] === 0) yield line
  }
}

function whyBlind(silent: readonly string[]): string {
  if (silent.length === 0) return 'no test and no service loaded it'
  const [first = '', ...others] = silent
  if (others.length === 0) return `service ${first} sent none`
  return `services ${[first, ...others.slice(0, -1)].join(', ')} and ${others.at(-1)} sent none`
}
