import type { BaseHistory, FailedTest, TestCommand, TestOutcome, TestsMeasured } from '@mayfly/core'
import type { Attachment, TestCase } from './model.ts'

export interface MeasuredFrom {
  /** With ids of their own, as `mergeReports` gives them. */
  tests: readonly TestCase[]
  reports: TestsMeasured['reports']
  commands: readonly TestCommand[]
  base?: Pick<TestsMeasured, 'outcomes' | 'total' | 'passed' | 'failed' | 'skipped'> | undefined
  /** Outcomes of the last runs of the base's branch; where there are none the base counts as the one run. */
  history?: readonly TestsMeasured['outcomes'][] | undefined
  /** What services wrote around a failed test; only those that are kept are asked for. */
  logsOf?: (test: TestCase) => FailedTest['logs']
  /** Which file of the repository a reported path is; undefined: none. Left out, relative paths are taken as they are. */
  fileOf?: (path: string) => string | undefined
  /** Where an attachment opens. */
  urlOf?: (attachment: Attachment) => string | undefined
}

/** Failures with their details, and flaky tests by name; what is beyond it is counted and is in `outcomes`. */
const LISTED = 200
const SLOWEST = 10

/** What is told of the tests of one run, compared with the base's. Pure. */
export function measureTests(from: MeasuredFrom): TestsMeasured {
  const { tests, commands, reports } = from
  const outcomes = new Map(tests.map((test) => [test.id, outcomeOf(test)]))
  const count = (wanted: TestCase['status']): number => tests.filter(({ status }) => status === wanted).length
  const flaky = tests.filter((test) => test.flaky)
  const timed = tests.reduce((sum, { milliseconds }) => sum + (milliseconds ?? 0), 0)
  return {
    total: tests.length,
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    flaky: flaky.length,
    // Tests that run side by side take longer together than the command that ran them.
    milliseconds: Math.round(commands.length === 0 ? timed : commands.reduce((sum, { milliseconds }) => sum + milliseconds, 0)),
    ...(from.base === undefined ? {} : { base: countsOf(from.base) }),
    commands: [...commands],
    reports: [...reports],
    failures: tests
      .filter(({ status }) => status === 'failed')
      .slice(0, LISTED)
      .map((test) => failureOf(test, from)),
    ...differences(outcomes, from.base?.outcomes),
    flakyTests: flaky.slice(0, LISTED).map((test) => ({ id: test.id, retries: test.retries, ...withHistory(test.id, from) })),
    slowest: slowest(tests),
    // Not by assignment: an id may be `__proto__`.
    outcomes: Object.fromEntries(outcomes),
  }
}

function countsOf({ total, passed, failed, skipped }: NonNullable<TestsMeasured['base']>) {
  return { total, passed, failed, skipped }
}

function outcomeOf({ status, flaky }: TestCase): TestOutcome {
  return flaky ? 'flaky' : status
}

function failureOf(test: TestCase, from: MeasuredFrom): FailedTest {
  const { id, line, milliseconds, message, details } = test
  const file = test.file === undefined ? undefined : (from.fileOf ?? relativeFile)(test.file)
  return {
    id,
    ...(file === undefined ? {} : { file, ...(line === undefined ? {} : { line }) }),
    ...(milliseconds === undefined ? {} : { milliseconds }),
    message,
    details,
    ...withHistory(id, from),
    logs: from.logsOf?.(test) ?? [],
    attachments: test.attachments.map((attachment) => {
      const url = from.urlOf?.(attachment)
      return { name: attachment.name, kind: kindOf(attachment), ...(url === undefined ? {} : { url }) }
    }),
  }
}

function relativeFile(path: string): string | undefined {
  return path === '' || /^(?:[/\\]|[A-Za-z]+:)|(?:^|[/\\])\.\.(?:[/\\]|$)/.test(path) ? undefined : path
}

function kindOf({ name, path }: Attachment): FailedTest['attachments'][number]['kind'] {
  if (/\.(?:png|jpe?g|gif|webp)$/i.test(path)) return 'image'
  if (/\.(?:webm|mp4)$/i.test(path)) return 'video'
  return /\.zip$/i.test(path) && /trace/i.test(`${name} ${path}`) ? 'trace' : 'other'
}

function withHistory(id: string, { base, history }: MeasuredFrom): { base?: BaseHistory } {
  const outcome = own(base?.outcomes, id)
  if (base === undefined || outcome === undefined) return {}
  const runs = (history === undefined || history.length === 0 ? [base.outcomes] : history).flatMap((run) => own(run, id) ?? [])
  const count = (wanted: TestOutcome): number => runs.filter((each) => each === wanted).length
  return { base: { outcome, failed: count('failed'), flaky: count('flaky'), runs: runs.length } }
}

function own(outcomes: TestsMeasured['outcomes'] | undefined, id: string): TestOutcome | undefined {
  return outcomes !== undefined && Object.hasOwn(outcomes, id) ? outcomes[id] : undefined
}

function differences(now: ReadonlyMap<string, TestOutcome>, before: TestsMeasured['outcomes'] | undefined) {
  const found = { added: [] as string[], removed: [] as string[], newlySkipped: [] as string[], fixed: [] as string[] }
  if (before === undefined) return found
  for (const [id, outcome] of now) {
    const was = own(before, id)
    if (was === undefined) found.added.push(id)
    else if (outcome === 'skipped' && was !== 'skipped') found.newlySkipped.push(id)
    else if (was === 'failed' && (outcome === 'passed' || outcome === 'flaky')) found.fixed.push(id)
  }
  for (const id of Object.keys(before)) if (!now.has(id)) found.removed.push(id)
  return found
}

/** The ten without sorting a million. */
function slowest(tests: readonly TestCase[]): TestsMeasured['slowest'] {
  const found: TestsMeasured['slowest'] = []
  for (const { id, milliseconds } of tests) {
    const least = found.length < SLOWEST ? 0 : (found.at(-1)?.milliseconds ?? 0)
    if (milliseconds === undefined || milliseconds <= least) continue
    found.push({ id, milliseconds })
    found.sort((one, other) => other.milliseconds - one.milliseconds)
    found.length = Math.min(found.length, SLOWEST)
  }
  return found
}
