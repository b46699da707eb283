import { readFile } from 'node:fs/promises'
import { registriesOf } from '@mayfly/artifact'
import { type Base, type Job, type Log, type Measurement, UserError } from '@mayfly/core'
import {
  deploy,
  namedTarget,
  OvertakenError,
  RESERVED,
  type Recorded,
  readDeployment,
  removeEnvironment,
  type Target,
} from '@mayfly/environment'
import { readPullRequest } from '@mayfly/github'
import {
  type BaseRecord,
  checkPatterns,
  type GateSettings,
  hookFile,
  measureRunning,
  parseRoutes,
  testServices,
} from '@mayfly/measure'
import { recordTested } from '@mayfly/release'
import { tell } from './announce.ts'
import { announceMeasurement, describePreview } from './announce-measurement.ts'
import { findBase, keepBase } from './base.ts'
import { startBeside } from './base-beside.ts'
import { buildArtifacts, prepareCommit, targetOf } from './build.ts'
import { type Checkout, checkoutRevision } from './checkout.ts'
import { type Run, withRun } from './context.ts'
import { type Lineage, type LineageRequest, readDiff, readLineage } from './lineage.ts'
import { type Assembled, assemble } from './measurement.ts'
import type { ReportFiles } from './report-files.ts'
import type { Settings } from './settings.ts'
import type { Stores } from './stores.ts'
import { testDirectory } from './test-directory.ts'
import { readTestTrigger, type TestTrigger } from './test-trigger.ts'

/** What a user wants to have tested and measured. */
export interface TestWanted {
  /** A shell script of the workflow's author; undefined: only test services, or nothing but measuring. */
  script: string | undefined
  /** Where it runs, relative to the workspace. */
  directory: string
  /** Patterns of report files, relative to `directory`. */
  results: string[]
  /** Patterns of the test process's own coverage and of the browser's, relative to `directory`. */
  coverageFiles: string[]
  browserCoverage: string[]
  /** Whether running services give coverage. */
  coverage: boolean
  profiles: ('cpu' | 'heap')[]
  /** How long profiles are taken where nothing runs meanwhile, in milliseconds. */
  profileFor: number
  /** Routes to time; undefined: latency is not measured. */
  routes: string[] | undefined
  /** Milliseconds that a test command may take. */
  timeout: number
  gates: GateSettings
  /** No comment while there is nothing to say. */
  quiet: boolean
  /** A branch of the repository that keeps what later commits are compared with. */
  dataBranch: string | undefined
}

export interface Tested {
  /** `tested`: `measurement` says how it went. */
  outcome: 'tested' | 'overtaken' | 'skipped'
  reason: string
  measurement?: Measurement
  files?: ReportFiles
  /** The text of a file of the repository at the commit that was tested. */
  source?: (path: string) => string | undefined
}

/** How long an environment for measuring a push may outlive a run that was killed, in milliseconds. */
const PUSH_TTL = 2 * 60 * 60 * 1000

/**
 * Tests and measures what runs: the preview of a pull request at its head, or a commit of the default branch in an
 * environment that is made for it and removed again.
 */
export function testEvent(context: Job, settings: Settings, log: Log, wanted: TestWanted, stores: Stores): Promise<Tested> {
  const trigger = readTestTrigger(context)
  return withRun(context, settings, log, (run) =>
    trigger.kind === 'pull-request'
      ? testPullRequest(run, trigger.number, wanted, stores)
      : testPush(run, trigger, wanted, stores),
  )
}

/** Tests a pull request's preview. @throws UserError where it does not run at the head. */
export async function testPullRequest(run: Run, number: number, wanted: TestWanted, stores: Stores): Promise<Tested> {
  const pullRequest = await readPullRequest(run.github, number)
  if (pullRequest.state === 'closed') return { outcome: 'skipped', reason: `Pull request #${number} is closed.` }
  const target = targetOf(run, number)
  const deployment = await readDeployment(run.engine, target)
  const { head, baseRef } = pullRequest
  if (deployment.record.revision !== head) {
    throw new UserError(
      `${target.id} runs ${deployment.record.revision.slice(0, 7)}, and the head is ${head.slice(0, 7)} by now.`,
      {
        cure: 'Put this step after the one that deploys the preview; a newer push is tested by its own run.',
      },
    )
  }
  if (!isWanted(wanted, testServices(deployment.isolated).length > 0)) return NOTHING
  const current = async () => {
    const now = await readPullRequest(run.github, number).catch(() => pullRequest)
    return now.state === 'open' && now.head === head
  }
  return test(run, { target, deployment, head, baseRef, branch: '', pullRequest: number, current }, wanted, stores)
}

async function testPush(
  run: Run,
  { revision, branch }: Extract<TestTrigger, { kind: 'push' }>,
  wanted: TestWanted,
  stores: Stores,
): Promise<Tested> {
  const { engine, settings, context, log } = run
  const target = namedTarget(new URL(context.serverUrl).host, context.repository, `${RESERVED}measure`, settings.reach)
  const prepared = await log.group('Read the project', () => prepareCommit(run, target, revision))
  if (
    !isWanted(
      wanted,
      prepared.project.services.some(({ test }) => test !== undefined),
    )
  )
    return NOTHING
  const placed = await log.group('Build', () => buildArtifacts(prepared))
  const current = async () => true
  try {
    await log.group('Deploy', () =>
      deploy(engine, {
        target,
        revision,
        project: prepared.project,
        placed,
        ttl: PUSH_TTL,
        run: context.runUrl,
        timeout: settings.timeout,
        current,
        log,
      }),
    )
    const deployment = await readDeployment(engine, target)
    return await test(
      run,
      { target, deployment, head: revision, baseRef: undefined, branch, pullRequest: undefined, current },
      wanted,
      stores,
    )
  } catch (error) {
    if (!(error instanceof OvertakenError)) throw error
    return { outcome: 'overtaken', reason: `${revision.slice(0, 7)} was overtaken by a later push.` }
  } finally {
    // Its images stay until the next push's take their place: pull requests that are based on it start them beside their own.
    const kept = new Set(placed.map(({ reference }) => reference))
    await log.group('Remove', () => removeEnvironment(engine, target.owner, target.id, log, kept))
  }
}

const NOTHING: Tested = {
  outcome: 'skipped',
  reason: 'Nothing is to be tested: there is neither a test command nor a Compose service with x-mayfly: { test: true }.',
}

function isWanted({ script, profiles }: TestWanted, hasTests: boolean): boolean {
  return script !== undefined || hasTests || profiles.length > 0
}

/** What is tested, known and running. */
export interface Subject {
  target: Target
  deployment: Recorded
  head: string
  /** What it is to be merged into; undefined on a push. */
  baseRef: string | undefined
  /** The branch that was pushed to; empty for a pull request. */
  branch: string
  pullRequest: number | undefined
  current: () => Promise<boolean>
}

async function test(run: Run, subject: Subject, wanted: TestWanted, stores: Stores): Promise<Tested> {
  const { engine, context, settings, log } = run
  const { target, deployment, head, current } = subject
  // Everything that was asked for is looked at before anything is started anew.
  const directory = await testDirectory(context.workspace, wanted.directory)
  checkPatterns(directory, [...wanted.results, ...wanted.coverageFiles, ...wanted.browserCoverage])
  const routes = wanted.routes === undefined ? undefined : parseRoutes(wanted.routes, deployment.isolated, 'The input latency')
  const [checkout, lineage] = await log.group('Read the history', () =>
    Promise.all([checkoutOf(run, subject), lineageOf(run, subject)]),
  )
  const found = await findBaseOf(run, stores, subject, lineage, wanted)
  const sinceBase = await sinceBaseOf(run, subject, found.base)
  const startedAt = new Date()
  try {
    const raw = await measureRunning(engine, {
      target,
      deployment,
      runner: runnerOf(run, wanted, directory),
      testServices: true,
      timeout: wanted.timeout,
      coverage: wanted.coverage,
      profiles: wanted.profiles,
      profileFor: wanted.profileFor,
      routes,
      ...besideOf(run, subject, wanted, checkout, found.record),
      hook: await readFile(hookFile(), 'utf8'),
      startTimeout: settings.timeout,
      run: context.runUrl,
      current,
      log,
    })
    const assembled = await log.group('Put together', () =>
      assemble(run, stores, { subject, wanted, raw, checkout, lineage, found, sinceBase, startedAt }),
    )
    return await finish(run, stores, subject, wanted, assembled)
  } catch (error) {
    if (!(error instanceof OvertakenError)) throw error
    return {
      outcome: 'overtaken',
      reason: `${head.slice(0, 7)} was overtaken while it was tested; the run of the newer commit tests that.`,
    }
  }
}

/** Only where there is a base whose images are known, and a change to compare it with. */
function besideOf(run: Run, subject: Subject, { routes }: TestWanted, checkout: Checkout, record: BaseRecord | undefined) {
  const placed = record?.placed ?? []
  if (routes === undefined || placed.length === 0 || subject.pullRequest === undefined) return {}
  return { beside: () => startBeside(run, subject, checkout, placed, routes) }
}

async function finish(run: Run, stores: Stores, subject: Subject, wanted: TestWanted, assembled: Assembled): Promise<Tested> {
  const { measurement, files, record } = assembled
  if (subject.pullRequest === undefined) {
    for (const sentence of await keepBase(run, stores, record, wanted.dataBranch)) run.log.warn(sentence)
  } else {
    const preview = describePreview(subject.target, subject.deployment, run.context.runUrl)
    await announceMeasurement(run, subject.pullRequest, measurement, { preview, quiet: wanted.quiet })
  }
  await markTested(run, subject, measurement)
  return { outcome: 'tested', reason: '', measurement, files, source: assembled.source }
}

/** Artifacts that others can promote say how the tests against them ended. */
async function markTested(run: Run, { target, deployment, head }: Subject, { tests }: Measurement): Promise<void> {
  const { context, settings, log } = run
  const placed = deployment.record.placed.filter(({ reference }) => reference.includes('@'))
  if (settings.registry === undefined || tests === undefined || placed.length === 0) return
  const passed = tests.failed === 0 && tests.commands.every(({ exitCode }) => exitCode === 0)
  const result = { passed, url: context.runUrl, environment: target.id, revision: head }
  await tell(log, () => recordTested(registriesOf(context.environment, log), placed, result, settings.signingKey))
}

function checkoutOf(run: Run, { head, pullRequest }: Subject): Promise<Checkout> {
  const { context, settings, log } = run
  return checkoutRevision({ ...context, token: settings.token, revision: head, pullRequest, log })
}

/** What changed since the base that was measured, where that is not the merge base; undefined: the change itself says it. */
async function sinceBaseOf(run: Run, subject: Subject, base: Base): Promise<string | undefined> {
  if (base.kind === 'none' || base.distance === 0) return undefined
  return readDiff(lineageRequest(run, subject), base.commit)
}

/** Without a history there is no base and no patch; tests and totals are worth telling all the same. */
async function lineageOf(run: Run, subject: Subject): Promise<Lineage | string> {
  try {
    return await readLineage(lineageRequest(run, subject))
  } catch (error) {
    if (error instanceof UserError) return error.message
    throw error
  }
}

function lineageRequest({ context, settings }: Run, { head, baseRef, pullRequest }: Subject): LineageRequest {
  return { ...context, token: settings.token, head, baseRef, pullRequest }
}

async function findBaseOf(
  run: Run,
  stores: Stores,
  subject: Subject,
  lineage: Lineage | string,
  { dataBranch: branch }: TestWanted,
) {
  if (typeof lineage === 'string') return { base: { kind: 'none' as const, why: lineage }, record: undefined }
  return findBase(run, stores, { ...lineage, of: subject.baseRef ?? subject.branch, branch })
}

/** The tests get the job's environment as a `run:` step does: without this step's inputs, which hold its token. */
function runnerOf({ context }: Run, { script }: TestWanted, directory: string) {
  if (script === undefined) return undefined
  const environment: Record<string, string> = {}
  for (const [name, value] of Object.entries(context.environment)) {
    if (value !== undefined && !/^(INPUT_|ACTIONS_(RUNTIME|RESULTS|CACHE|ID_TOKEN)_)/.test(name)) environment[name] = value
  }
  return { script, directory, environment }
}
