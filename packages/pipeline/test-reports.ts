import { type Degraded, describeError, type TestsMeasured, UserError } from '@mayfly/core'
import { collectReports, parseLogs, sliceLogs } from '@mayfly/measure'
import { measureTests, mergeReports, type ReadReport, readTestResults, type TestCase } from '@mayfly/test-results'
import type { FoundBase } from './base.ts'
import type { Run } from './context.ts'
import type { Parts } from './measurement.ts'
import type { Stores } from './stores.ts'
import { uploadAttachments } from './test-attachments.ts'
import { testDirectory } from './test-directory.ts'

/**
 * Reads what the tests reported and puts beside each failure what is known of it. A report that cannot be read is a test that
 * failed: it is never taken for silence. Undefined where nothing was to be tested.
 */
export async function readTests(
  run: Run,
  stores: Stores,
  parts: Parts,
  degraded: Degraded[],
): Promise<TestsMeasured | undefined> {
  const { raw, wanted, found } = parts
  if (raw.commands.length === 0) return undefined
  const directory = await testDirectory(run.context.workspace, wanted.directory)
  const files = [...(await onRunner(directory, parts, degraded)), ...inServices(parts)]
  const reports: ReadReport[] = []
  const unread: TestCase[] = []
  for (const { path, bytes } of files) {
    try {
      const results = readTestResults(bytes, path, [directory, run.context.workspace])
      reports.push({ path, results })
      degraded.push(...results.notices.map((why) => ({ what: 'tests', why, cure: '' })))
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      unread.push(brokenReport(path, error))
    }
  }
  const { tests, notices } = mergeReports(
    reports,
    raw.commands.every(({ exitCode }) => exitCode === 0),
  )
  degraded.push(...notices.map((why) => ({ what: 'tests', why, cure: '' })))
  const all = [...tests, ...unread, ...brokenCommands(parts, tests)]
  const logs = new Map([...raw.logs].map(([service, text]) => [service, parseLogs(text)] as const))
  const slices = sliceLogs(
    logs,
    all.filter(({ status }) => status === 'failed'),
  )
  const urls = await uploadAttachments(run, stores, directory, all)
  return measureTests({
    tests: all,
    reports: reports.map(({ path, results }) => ({ path, format: results.format, tests: results.tests.length })),
    commands: raw.commands,
    ...pastOf(found, all),
    logsOf: ({ id }) => slices.get(id) ?? [],
    urlOf: ({ path }) => urls.get(path),
  })
}

async function onRunner(directory: string, { raw, wanted, startedAt }: Parts, degraded: Degraded[]) {
  if (wanted.script === undefined || wanted.results.length === 0) return []
  const { reports, notices } = await collectReports(directory, wanted.results, startedAt)
  degraded.push(...notices.map((why) => ({ what: 'tests', why, cure: 'Name the report files with the input results.' })))
  if (reports.length === 0 && raw.testFiles.length === 0) {
    degraded.push({
      what: 'tests',
      why: 'No report was found; only the exit code is known.',
      cure: 'The input results names them.',
    })
  }
  return reports
}

function inServices({ raw }: Parts) {
  return raw.testFiles.flatMap(({ service, results }) =>
    results.map(({ path, bytes }) => ({ path: `${service}: ${path}`, bytes })),
  )
}

function brokenReport(path: string, error: UserError): TestCase {
  return failure(`report ${path}`, describeError(error))
}

/** A command that failed although every test that it told of passed has something to say that no report holds. */
function brokenCommands({ raw }: Parts, tests: readonly TestCase[]): TestCase[] {
  const told = tests.some(({ status }) => status === 'failed')
  return raw.commands.flatMap(({ where, exitCode, timedOut, tail }) => {
    const which = where === 'runner' ? 'the test command' : `the test service ${where}`
    if (timedOut !== undefined)
      return [failure(which, `It did not end within ${Math.round(timedOut / 1000)} s and was ended.`, tail)]
    if (exitCode === 0 || (told && exitCode !== null)) return []
    return [failure(which, exitCode === null ? 'It was ended by a signal.' : `It ended with exit code ${exitCode}.`, tail)]
  })
}

function failure(name: string, message: string, details = ''): TestCase {
  return { id: name, suite: [], name, status: 'failed', retries: 0, flaky: false, message, details, attachments: [] }
}

/** A record keeps only what did not pass: a test that it does not name in a run passed there, if the base has it at all. */
function pastOf({ record }: FoundBase, tests: readonly TestCase[]) {
  const base = record?.measurement.tests
  if (record === undefined || base === undefined) return {}
  const asked = tests.filter(({ status, flaky, id }) => (status === 'failed' || flaky) && Object.hasOwn(base.outcomes, id))
  const history = record.history.map(({ outcomes }) =>
    Object.fromEntries(
      asked.map(({ id }) => [id, (Object.hasOwn(outcomes, id) ? outcomes[id] : undefined) ?? ('passed' as const)]),
    ),
  )
  return { base, history }
}
