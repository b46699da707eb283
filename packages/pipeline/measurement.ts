import { type Base, type Degraded, type Measurement, UserError } from '@mayfly/core'
import {
  type Gathered,
  measureCoverage,
  parseDiff,
  type Union,
  union,
  writeCobertura,
  writeJson,
  writeLcov,
} from '@mayfly/coverage'
import { REPORT_PATH } from '@mayfly/gateway'
import {
  type BaseRecord,
  compareRoute,
  continueRecord,
  evaluateGates,
  gatherServices,
  type Raw,
  type Repository,
  readProfiles,
  writeMeasurement,
} from '@mayfly/measure'
import { renderPage } from '@mayfly/report'
import type { FoundBase } from './base.ts'
import type { Checkout } from './checkout.ts'
import type { Run } from './context.ts'
import type { Lineage } from './lineage.ts'
import { placePage } from './place-page.ts'
import { type ReportFiles, writeReportFiles } from './report-files.ts'
import { repositoryAt } from './repository.ts'
import type { Stores } from './stores.ts'
import { readTestCoverage } from './test-coverage.ts'
import { readTests } from './test-reports.ts'
import type { Subject, TestWanted } from './test-run.ts'

/** Everything that a measurement is put together from. */
export interface Parts {
  subject: Subject
  wanted: TestWanted
  raw: Raw
  checkout: Checkout
  /** Text: why there is none. */
  lineage: Lineage | string
  found: FoundBase
  /** `git diff` from the base to the commit, where the base is not the merge base. */
  sinceBase: string | undefined
  startedAt: Date
}

export interface Assembled {
  measurement: Measurement
  files: ReportFiles
  record: BaseRecord
  source: Repository['read']
}

/** Puts a measurement together, judges it, and writes its files. What cannot be read is told of in it and ends nothing. */
export async function assemble(run: Run, stores: Stores, parts: Parts): Promise<Assembled> {
  const { subject, wanted, raw, checkout, lineage, found } = parts
  const degraded: Degraded[] = raw.notices.map((why) => ({ what: 'tests', why, cure: '' }))
  if (typeof lineage === 'string')
    degraded.push({ what: 'base and patch coverage', why: lineage, cure: 'permissions: contents: read' })
  const repository = repositoryAt(checkout.root, typeof lineage === 'string' ? [] : lineage.files)
  const services = await gatherServices(raw, subject.deployment, repository, wanted.coverage)
  degraded.push(...services.notices.map((why) => ({ what: 'coverage', why, cure: '' })))
  const own = await readTestCoverage(run, parts, repository, degraded)
  const tests = await readTests(run, stores, parts, degraded)
  const all: Gathered[] = [...services.gathered, ...own.gathered]
  const joined = wanted.coverage || all.length > 0 ? union(all) : undefined
  const coverage = joined && coverageOf(parts, joined, services, own.unmapped, repository, degraded)
  const latency = raw.latency === undefined ? undefined : compared(raw.latency, found.record)
  const { profiles, notices } = readProfiles(raw, subject.deployment, repository)
  degraded.push(...notices.map((why) => ({ what: 'profiles', why, cure: '' })))
  const draft: Omit<Measurement, 'gates'> = {
    ...identity(run, parts, found.base),
    services: services.services,
    ...(tests === undefined ? {} : { tests }),
    ...(coverage === undefined ? {} : { coverage }),
    ...(latency === undefined ? {} : { latency }),
    profiles,
    degraded,
  }
  const measurement: Measurement = { ...draft, gates: evaluateGates(draft, wanted.gates) }
  const page = renderPage(measurement, { source: repository.read })
  const files = await writeReportFiles(run.context.temp, {
    measurement: writeMeasurement(measurement),
    page,
    ...(joined === undefined ? {} : { lcov: writeLcov(joined), cobertura: writeCobertura(joined), coverage: writeJson(joined) }),
  })
  measurement.links = { ...measurement.links, ...(await placePage(run, stores, subject, measurement, files)) }
  return {
    measurement,
    files,
    record: continueRecord(measurement, subject.deployment.record.placed, found.record),
    source: repository.read,
  }
}

function identity(run: Run, { subject, startedAt }: Parts, base: Base) {
  const { context } = run
  const id = Number(context.environment.GITHUB_RUN_ID ?? 0)
  const attempt = Number(context.environment.GITHUB_RUN_ATTEMPT ?? 1)
  const url = subject.deployment.isolated.services.flatMap(({ urls }) => urls)
  const main = url.find((each) => new URL(each).hostname.startsWith(`${subject.target.id}.`)) ?? url[0] ?? ''
  return {
    schema: 1 as const,
    repository: context.repository,
    ...(subject.pullRequest === undefined ? {} : { pullRequest: subject.pullRequest }),
    revision: subject.head,
    environment: subject.target.id,
    url: main,
    run: { id: Number.isSafeInteger(id) ? id : 0, attempt: Number.isSafeInteger(attempt) ? attempt : 1, url: context.runUrl },
    at: startedAt.toISOString(),
    base,
    links: { server: context.serverUrl, ...(main === '' ? {} : { page: `${new URL(main).origin}${REPORT_PATH}` }) },
  }
}

type FromServices = Awaited<ReturnType<typeof gatherServices>>

function coverageOf(
  { lineage, found, sinceBase }: Parts,
  gathered: Union,
  { services, unmapped }: FromServices,
  others: FromServices['unmapped'],
  repository: Repository,
  degraded: Degraded[],
): Measurement['coverage'] {
  const read = (text: string, what: string) => {
    try {
      return parseDiff(text)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      degraded.push({ what, why: error.message, cure: error.cure ?? '' })
      return undefined
    }
  }
  const diff = typeof lineage === 'string' || lineage.diff === '' ? undefined : read(lineage.diff, 'patch coverage')
  const since = sinceBase === undefined ? undefined : read(sinceBase, 'what changed since the base')
  const base = sinceBase !== undefined && since === undefined ? undefined : found.record?.measurement.coverage
  return measureCoverage({
    gathered,
    ...(diff === undefined ? {} : { diff }),
    ...(since === undefined ? {} : { sinceBase: since }),
    ...(base === undefined ? {} : { base }),
    sourceFile: (path) => repository.files.has(path) && isSource(path),
    silent: services.filter(({ coverage }) => coverage === 'silent').map(({ name }) => name),
    unmapped: [...unmapped, ...others],
  })
}

/** What people call source code, by its ending; tests are not what is to be covered. */
function isSource(path: string): boolean {
  return (
    /\.(?:[cm]?[jt]sx?|vue|svelte|py|go|java|kt|kts|scala|groovy|rb|php|rs|c|cc|cpp|h|hpp|cs|fs|swift|ex|exs)$/.test(path) &&
    !/(?:^|\/)(?:tests?|__tests__|spec|e2e|fixtures|node_modules|vendor)\/|\.(?:test|spec)\.[^/]+$|_test\.(?:go|py)$|(?:^|\/)test_[^/]+\.py$|\.d\.ts$|(?:^|\/)[^/]+\.config\.[^/]+$/.test(
      path,
    )
  )
}

function compared(latency: NonNullable<Raw['latency']>, record: BaseRecord | undefined): NonNullable<Raw['latency']> {
  const base = record?.measurement.latency
  if (base === undefined || latency.compared !== undefined) return latency
  const services = latency.services.map((one) => {
    const before = base.services.find(({ service }) => service === one.service)
    if (before === undefined) return one
    const { healthy, first } = before
    return { ...one, base: { ...(healthy === undefined ? {} : { healthy }), ...(first === undefined ? {} : { first }) } }
  })
  const routes = latency.routes.map((one) => {
    const before = base.routes.find(({ route, service }) => route === one.route && service === one.service)
    return before === undefined ? one : compareRoute(one, before)
  })
  return { ...latency, services, routes, compared: 'earlier run' }
}
