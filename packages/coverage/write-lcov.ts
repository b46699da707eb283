import { type FileCoverage, NO_CODE } from './model.ts'
import { branchesOf, linesOf, type Union } from './union.ts'

/** Each branch is a line here, while a few digits of a report can claim a billion of them: of those beyond only the sums are told. */
const MOST_BRANCHES = 2_000_000

/**
 * An LCOV tracefile of the union, piece by piece: https://manpages.debian.org/trixie/lcov/geninfo.1.en.html#FILES. Of branches only
 * how many were taken is known, so the first ones of a line are said to be.
 */
export function* writeLcov({ files }: Pick<Union, 'files'>): Generator<string> {
  const left = { records: MOST_BRANCHES }
  for (const file of files) {
    const [lines, branches] = [linesOf(file), branchesOf(file)]
    yield [
      'TN:',
      // A line end would end the record.
      `SF:${file.path.replace(/[\r\n]/g, '\ufffd').toWellFormed()}`,
      ...branchRecords(file.branches, left),
      ...(branches.total === 0 ? [] : [`BRF:${branches.total}`, `BRH:${branches.covered}`]),
      ...lineRecords(file.hits),
      `LF:${lines.total}`,
      `LH:${lines.covered}`,
      'end_of_record\n',
    ].join('\n')
  }
}

function branchRecords(branches: FileCoverage['branches'], left: { records: number }): string[] {
  const records: string[] = []
  for (const [line, { taken, total }] of branches) {
    if (total > left.records) continue
    left.records -= total
    for (let branch = 0; branch < total; branch++) records.push(`BRDA:${line},0,${branch},${branch < taken ? 1 : 0}`)
  }
  return records
}

function lineRecords(hits: Uint32Array): string[] {
  const records: string[] = []
  for (let line = 1; line < hits.length; line++) if (hits[line] !== NO_CODE) records.push(`DA:${line},${hits[line]}`)
  return records
}
