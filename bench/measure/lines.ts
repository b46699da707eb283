import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CoverageMap, mapPaths, NO_CODE, readCoverage } from '@mayfly/coverage'
import type { Data } from './data.ts'
import { LARGE, pathsOf } from './project.ts'

/** Two tools' LCOV of the same data, file by file. */
export interface Agreement {
  name: string
  files: number
  /** Files whose lines both call code, and whether they ran, are the same. */
  equal: number
  /** Lines that both call code, and those of them that one says ran and the other not. */
  lines: number
  differ: number
  /** Lines that only one of them calls code. */
  onlyOurs: number
  onlyTheirs: number
}

/** What the first round wrote. */
export function compareLines(temp: string, data: Data): Agreement[] {
  const read = (contest: number, arm: string) => readLcov(join(temp, `out-${contest}`, arm, 'lcov.info'), data)
  const [v8, istanbul] = [read(0, 'Mayfly'), read(1, 'Mayfly')]
  return [
    compareFiles('istanbul: Mayfly and nyc', istanbul, read(1, 'nyc')),
    compareFiles('istanbul: Mayfly and monocart', istanbul, read(1, 'monocart')),
    compareFiles('V8: Mayfly and nyc, on istanbul of the same run', v8, read(1, 'nyc')),
    compareFiles('V8: Mayfly and c8', v8, read(0, 'c8')),
    compareFiles('V8: Mayfly and monocart', v8, read(0, 'monocart')),
  ]
}

function readLcov(path: string, { project }: Data): CoverageMap {
  const { files } = readCoverage(readFileSync(path), path)
  return mapPaths(files, { mapping: { [project]: '' }, files: pathsOf(LARGE) }).files
}

/** @returns how far two maps say the same: whether lines ran, not how often. */
export function compareFiles(name: string, ours: CoverageMap, theirs: CoverageMap): Agreement {
  const sum: Agreement = { name, files: 0, equal: 0, lines: 0, differ: 0, onlyOurs: 0, onlyTheirs: 0 }
  for (const path of new Set([...ours.keys(), ...theirs.keys()])) {
    const found = compareFile(ours.get(path)?.hits ?? new Uint32Array(), theirs.get(path)?.hits ?? new Uint32Array())
    sum.files++
    if (found.differ + found.onlyOurs + found.onlyTheirs === 0) sum.equal++
    for (const key of ['lines', 'differ', 'onlyOurs', 'onlyTheirs'] as const) sum[key] += found[key]
  }
  return sum
}

function compareFile(ours: Uint32Array, theirs: Uint32Array) {
  const found = { lines: 0, differ: 0, onlyOurs: 0, onlyTheirs: 0 }
  for (let line = 1; line < Math.max(ours.length, theirs.length); line++) {
    const [own = NO_CODE, other = NO_CODE] = [ours[line], theirs[line]]
    if (own !== NO_CODE && other !== NO_CODE) {
      found.lines++
      if (own > 0 !== other > 0) found.differ++
    } else if (own !== NO_CODE) found.onlyOurs++
    else if (other !== NO_CODE) found.onlyTheirs++
  }
  return found
}
