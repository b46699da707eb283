import { type Degraded, describeError, UserError } from '@mayfly/core'
import { type CoverageMap, type Gathered, mapPaths, mergeCoverage, readCoverage } from '@mayfly/coverage'
import { collectReports, type Repository } from '@mayfly/measure'
import type { Run } from './context.ts'
import type { Parts } from './measurement.ts'
import { testDirectory } from './test-directory.ts'
import { parseV8Report, readV8Reports } from './v8-reports.ts'

interface FromTests {
  gathered: Gathered[]
  unmapped: { source: string; path: string; why: string }[]
}

/** The coverage of the test process and of the browser, from the reports that they wrote. */
export async function readTestCoverage(
  run: Run,
  { raw, wanted, startedAt }: Parts,
  repository: Repository,
  degraded: Degraded[],
): Promise<FromTests> {
  const read: FromTests = { gathered: [], unmapped: [] }
  const directory = await testDirectory(run.context.workspace, wanted.directory)
  const collect = async (patterns: string[]) => {
    if (patterns.length === 0) return []
    const { reports, notices } = await collectReports(directory, patterns, startedAt)
    degraded.push(...notices.map((why) => ({ what: 'coverage of the tests', why, cure: '' })))
    return reports
  }
  const inServices = raw.testFiles.flatMap(({ coverage }) => coverage)
  const own = [...(await collect(wanted.coverageFiles)), ...inServices]
  await add(read, 'tests', own, run, repository, degraded)
  await add(read, 'browser', await collect(wanted.browserCoverage), run, repository, degraded)
  return read
}

async function add(
  read: FromTests,
  kind: 'tests' | 'browser',
  files: readonly { path: string; bytes: Uint8Array }[],
  { context }: Run,
  repository: Repository,
  degraded: Degraded[],
): Promise<void> {
  const maps: CoverageMap[] = []
  const v8: NonNullable<ReturnType<typeof parseV8Report>>[] = []
  let format = ''
  for (const { path, bytes } of files) {
    const report = parseV8Report(bytes, context.workspace)
    if (report !== undefined) {
      v8.push(report)
      continue
    }
    try {
      const found = readCoverage(bytes, path)
      const mapping = { [context.workspace]: '' }
      const mapped = mapPaths(found.files, {
        mapping,
        files: repository.files,
        lineCount: repository.lines,
        sources: found.sources,
      })
      maps.push(mapped.files)
      format = found.format
      read.unmapped.push(...mapped.unmapped.map((one) => ({ source: kind, ...one })))
      degraded.push(...found.notices.map((why) => ({ what: `coverage of the ${kind}`, why, cure: '' })))
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      degraded.push({ what: `coverage of the ${kind}`, why: describeError(error), cure: '' })
    }
  }
  if (v8.length > 0) {
    // All at once: a script that many processes ran is mapped once.
    const found = await readV8Reports(v8, context.workspace, repository)
    maps.push(found.files)
    format = 'v8'
    read.unmapped.push(...found.unmapped.map((one) => ({ source: kind, ...one })))
    degraded.push(...found.notices.map((why) => ({ what: `coverage of the ${kind}`, why, cure: '' })))
  }
  const covered = mergeCoverage(maps)
  if (covered.size > 0) read.gathered.push({ name: kind, kind, format, files: covered })
}
