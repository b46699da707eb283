import type {
  Base,
  BaseHistory,
  ColdStart,
  CoverageMeasured,
  CoverageSource,
  Degraded,
  FailedTest,
  FileMeasured,
  Frame,
  Gate,
  LatencyMeasured,
  LineRange,
  Measurement,
  ProfileMeasured,
  Ratio,
  RouteLatency,
  ServiceMeasured,
  TestCommand,
  TestOutcome,
  TestsMeasured,
} from '@mayfly/core'
import { UserError } from '@mayfly/core'
import { decodeRuns } from '@mayfly/coverage'
import {
  type Check,
  count,
  either,
  exactly,
  list,
  matching,
  maybe,
  object,
  oneOf,
  record,
  refuse,
  size,
  text,
  whole,
} from './checks.ts'

/** Longest document, in bytes. */
const MOST = 64 * 1024 * 1024
const COMMIT = matching(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/)
/** As the report takes it for a link; nothing in it ends a link or an attribute. */
const URL_FORM = matching(/^https?:\/\/[A-Za-z0-9.:/_~%?&=#+,;@-]{1,1900}$/)
/** A path inside the repository: no way up, no way out. */
const PATH: Check<string> = (value, where) => {
  const path = text(4096)(value, where)
  const climbs = path.split('/').some((part) => part === '..' || part === '.' || part === '')
  return path.startsWith('/') || path.includes('\0') || path.includes('\\') || climbs
    ? refuse(where, 'is no path in a repository')
    : path
}
const OUTCOME = oneOf<TestOutcome>('passed', 'failed', 'skipped', 'flaky')

const ratio: Check<Ratio> = (value, where) => {
  const read = object<Ratio>({ covered: count, total: count })(value, where)
  return read.covered <= read.total ? read : refuse(where, 'covers more than there is')
}

const range: Check<LineRange> = (value, where) => {
  const [first, last, ...more] = list(count, 2)(value, where)
  if (first === undefined || last === undefined || more.length > 0 || first < 1 || last < first)
    return refuse(where, 'is no range')
  return [first, last]
}

const base: Check<Base> = (value, where) => {
  const { kind } = object<{ kind: Base['kind'] }>({ kind: oneOf('none', 'found') })(value, where)
  if (kind === 'none') return object<Extract<Base, { kind: 'none' }>>({ kind: oneOf('none'), why: text() })(value, where)
  return object<Extract<Base, { kind: 'found' }>>({
    kind: oneOf('found'),
    commit: COMMIT,
    mergeBase: COMMIT,
    distance: whole,
    from: oneOf('cache', 'artifact', 'branch', 'file'),
  })(value, where)
}

const service = object<ServiceMeasured>({
  name: text(200),
  artifact: text(500),
  digest: matching(/^(?:sha256:[0-9a-f]{64})?$/),
  coverage: oneOf('measured', 'silent', 'not asked'),
  why: text(2000),
  deaths: count,
})

const degraded = object<Degraded>({ what: text(200), why: text(4000), cure: text(2000) })
const gate = object<Gate>({
  name: text(300),
  outcome: oneOf('passed', 'warned', 'failed', 'unknown'),
  message: text(4000),
  where: text(500),
})

const history = object<BaseHistory>({ outcome: OUTCOME, failed: count, flaky: count, runs: count })
const ID = text(1100)

const command = object<TestCommand>({
  where: text(200),
  exitCode: either(exactly(null), (value) => value === null, whole),
  timedOut: maybe(size),
  milliseconds: size,
  tail: text(100_000),
})

const failure = object<FailedTest>({
  id: ID,
  file: maybe(PATH),
  line: maybe(count),
  milliseconds: maybe(size),
  message: text(30_000),
  details: text(120_000),
  base: maybe(history),
  logs: list(object<FailedTest['logs'][number]>({ service: text(200), lines: text(20_000) }), 200),
  attachments: list(
    object<FailedTest['attachments'][number]>({
      name: text(500),
      kind: oneOf('image', 'trace', 'video', 'other'),
      url: maybe(URL_FORM),
    }),
    1000,
  ),
})

const MOST_TESTS = 1_000_000
const ids = list(ID, MOST_TESTS)

const tests = object<TestsMeasured>({
  total: count,
  passed: count,
  failed: count,
  skipped: count,
  flaky: count,
  milliseconds: size,
  base: maybe(object<NonNullable<TestsMeasured['base']>>({ total: count, passed: count, failed: count, skipped: count })),
  commands: list(command, 100),
  reports: list(object<TestsMeasured['reports'][number]>({ path: text(4096), format: text(50), tests: count }), 10_000),
  failures: list(failure, 1000),
  added: ids,
  removed: ids,
  newlySkipped: ids,
  fixed: ids,
  flakyTests: list(object<TestsMeasured['flakyTests'][number]>({ id: ID, retries: count, base: maybe(history) }), 1000),
  slowest: list(object<TestsMeasured['slowest'][number]>({ id: ID, milliseconds: size }), 100),
  outcomes: record(OUTCOME, MOST_TESTS, 1100),
})

const source = object<CoverageSource>({
  name: text(200),
  kind: oneOf('service', 'tests', 'browser'),
  format: text(100),
  lines: ratio,
  patch: ratio,
  only: count,
  base: maybe(ratio),
})

const file = object<FileMeasured>({
  path: PATH,
  lines: ratio,
  branches: maybe(ratio),
  runs: list(count, 6_000_000),
  patch: maybe(object<NonNullable<FileMeasured['patch']>>({ lines: ratio, missed: list(range, 100_000) })),
  base: maybe(ratio),
})

const coverageFields = object<CoverageMeasured>({
  sources: list(source, 31),
  lines: ratio,
  branches: ratio,
  files: list(file, 100_000),
  patch: object<CoverageMeasured['patch']>({
    lines: ratio,
    blind: list(object<CoverageMeasured['patch']['blind'][number]>({ path: PATH, why: text(1000) }), 100_000),
  }),
  lost: list(object<CoverageMeasured['lost'][number]>({ path: PATH, lines: list(range, 100_000) }), 100_000),
  base: maybe(object<NonNullable<CoverageMeasured['base']>>({ lines: ratio, head: ratio, sources: list(text(200), 31) })),
  unmapped: list(object<CoverageMeasured['unmapped'][number]>({ source: text(200), path: text(4096), why: text(1000) }), 10_000),
})

/** The lines of a file speak of sources by number. */
const coverage: Check<CoverageMeasured> = (value, where) => {
  const read = coverageFields(value, where)
  for (const { runs } of read.files) decodeRuns(runs, read.sources.length)
  return read
}

const figures = object<NonNullable<RouteLatency['base']>>({ samples: count, p50: size, p95: size, noise: size })
const start = object<NonNullable<ColdStart['base']>>({ healthy: maybe(size), first: maybe(size) })

const latency = object<LatencyMeasured>({
  instrumented: exactly(false),
  services: list(object<ColdStart>({ service: text(200), healthy: maybe(size), first: maybe(size), base: maybe(start) }), 1000),
  routes: list(
    object<RouteLatency>({
      route: text(2000),
      service: text(200),
      samples: count,
      errors: count,
      p50: size,
      p95: size,
      noise: size,
      base: maybe(figures),
      verdict: maybe(oneOf('faster', 'slower', 'same')),
    }),
    1000,
  ),
  compared: maybe(oneOf('same run', 'earlier run')),
})

const MOST_FRAMES = 10_000
const DEEPEST = 250

/** Read by hand: how deep it goes and how many there are is bounded over the whole tree. */
function frames(): Check<Frame> {
  let left = MOST_FRAMES
  const at =
    (depth: number): Check<Frame> =>
    (value, where) => {
      if (--left < 0 || depth > DEEPEST) return refuse(where, 'is a call tree without end')
      const children: Check<Frame[]> = (nodes) => list(at(depth + 1), MOST_FRAMES)(nodes, 'a frame')
      return object<Frame>({ name: text(500), file: text(1000), line: count, self: size, total: size, children })(value, where)
    }
  return at(0)
}

const profile = object<ProfileMeasured>({
  service: text(200),
  kind: oneOf('cpu', 'heap'),
  milliseconds: size,
  total: size,
  root: (value, where) => frames()(value, where),
})

const measurement = object<Measurement>({
  schema: exactly(1),
  repository: matching(/^[A-Za-z0-9._-]+\/[A-Za-z0-9._-]+$/, 300),
  pullRequest: maybe(count),
  revision: COMMIT,
  environment: matching(/^[a-z0-9-]{1,63}$/),
  url: either(exactlyEmpty, (value) => value === '', URL_FORM),
  run: object<Measurement['run']>({ id: count, attempt: count, url: URL_FORM }),
  at: matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/),
  base,
  services: list(service, 1000),
  tests: maybe(tests),
  coverage: maybe(coverage),
  latency: maybe(latency),
  profiles: list(profile, 200),
  gates: list(gate, 1000),
  degraded: list(degraded, 10_000),
  links: object<Measurement['links']>({ page: maybe(URL_FORM), artifact: maybe(URL_FORM), server: URL_FORM }),
})

function exactlyEmpty(): string {
  return ''
}

/**
 * Reads a measurement that anybody may have written: every field is checked, texts that only people read are cut to a length,
 * what is not known is dropped.
 * @throws UserError that names the field.
 */
export function readMeasurement(document: string | Uint8Array): Measurement {
  if (document.length > MOST)
    throw new UserError(`The measurement is larger than ${MOST / 1024 / 1024} MB.`, { cure: 'Measure less in one run.' })
  let value: unknown
  try {
    value = JSON.parse(typeof document === 'string' ? document : new TextDecoder('utf-8', { fatal: true }).decode(document))
  } catch (error) {
    throw new UserError('The measurement is not JSON.', { cure: 'It is cut off or was changed; measure again.', cause: error })
  }
  const schema: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'schema') : undefined
  if (typeof schema === 'number' && schema !== 1) {
    throw new UserError(`The measurement was written by another version of Mayfly (schema ${schema}).`, {
      cure: 'Use the same version in every workflow, and measure again.',
    })
  }
  return measurement(value, 'measurement')
}

/** The measurement as JSON, on one line. */
export function writeMeasurement(measured: Measurement): string {
  return JSON.stringify(measured)
}
