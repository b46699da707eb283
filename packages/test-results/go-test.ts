import { BOUNDS, growing, keeper } from './bounds.ts'
import { asObject, type JsonObject, numberOf, parseJson, stringOf } from './json.ts'
import { type FoundTest, type FoundTests, foundTest, type TestStatus } from './model.ts'
import { instant, linesOf } from './text.ts'

/** One event a line, among whatever else the command wrote. */
export function looksLikeGoTest(text: string): boolean {
  return text
    .slice(0, 100_000)
    .split('\n', 100)
    .some((line) => eventOf(line) !== undefined)
}

interface Open {
  package: string
  test: string
  output: ReturnType<typeof growing>
  startedAt: string | undefined
}

/** Reads the output of `go test -json` (pkg.go.dev/cmd/test2json). Tests with subtests count as tests, as Go counts them. */
export function readGoTest(text: string, name: string): FoundTests {
  const kept = keeper(name)
  const open = new Map<string, Open>()
  const failedIn = new Set<string>()
  const builds = new Map<string, ReturnType<typeof growing>>()
  for (const line of linesOf(text)) {
    const event = eventOf(line)
    if (event === undefined) continue
    const own = openOf(open, event)
    if (event.action === 'build-output') buildOutput(builds, event)
    else if (event.action === 'output') own.output.add(event.output)
    const status = ENDS[event.action]
    if (status === undefined) continue
    open.delete(keyOf(event))
    const build = builds.get(event.failedBuild)?.value() ?? ''
    const test = event.test === '' ? packageFailure(own, status, failedIn, build) : ended(own, status, event.seconds)
    if (test === undefined) continue
    if (test.status === 'failed') failedIn.add(event.package)
    if (test.status === 'failed' && test.message === '') test.message = 'One of its subtests failed, or it did not say why.'
    kept.keep(test)
  }
  for (const own of open.values()) kept.keep(unended(own))
  return { tests: kept.tests, notices: kept.notices(), repeated: 'attempt', fileTells: false }
}

/** Benchmarks end with `bench`. */
const ENDS: Readonly<Record<string, TestStatus | undefined>> = {
  pass: 'passed',
  bench: 'passed',
  fail: 'failed',
  skip: 'skipped',
}

interface GoEvent {
  action: string
  package: string
  test: string
  output: string
  seconds: number | undefined
  startedAt: string | undefined
  importPath: string
  failedBuild: string
}

const ACTIONS = /^(start|run|pause|cont|pass|bench|fail|output|skip|attr|artifacts|build-output|build-fail)$/

function eventOf(line: string): GoEvent | undefined {
  if (!line.startsWith('{')) return undefined
  const event: JsonObject | undefined = asObject(parseJson(line))
  const action = stringOf(event, 'Action') ?? ''
  const [own, importPath] = [stringOf(event, 'Package'), stringOf(event, 'ImportPath')]
  if (!ACTIONS.test(action) || (own ?? importPath) === undefined) return undefined
  return {
    action,
    package: own ?? '',
    test: stringOf(event, 'Test') ?? '',
    output: stringOf(event, 'Output') ?? '',
    seconds: numberOf(event, 'Elapsed'),
    startedAt: instant(stringOf(event, 'Time')),
    importPath: importPath ?? '',
    failedBuild: stringOf(event, 'FailedBuild') ?? '',
  }
}

function keyOf(event: GoEvent): string {
  return JSON.stringify([event.package, event.test])
}

function openOf(open: Map<string, Open>, event: GoEvent): Open {
  const found = open.get(keyOf(event))
  if (found !== undefined) return found
  const made = { package: event.package, test: event.test, output: growing(BOUNDS.details), startedAt: event.startedAt }
  if (event.action !== 'build-output' && event.action !== 'build-fail') open.set(keyOf(event), made)
  return made
}

function buildOutput(builds: Map<string, ReturnType<typeof growing>>, event: GoEvent): void {
  const text = builds.get(event.importPath) ?? growing(BOUNDS.details)
  text.add(event.output)
  builds.set(event.importPath, text)
}

function ended(own: Open, status: TestStatus, seconds: number | undefined): FoundTest {
  const output = status === 'passed' ? '' : own.output.value()
  return {
    ...foundTest([own.package], own.test, status),
    message: tellingLine(output),
    details: output,
    ...(seconds === undefined ? {} : { milliseconds: Math.round(seconds * 1e6) / 1000 }),
    ...(own.startedAt === undefined ? {} : { startedAt: own.startedAt }),
  }
}

const OF_PACKAGE = '(the package itself)'

/** A package fails with its tests; failing without one of them, it could not be built or ended by itself. */
function packageFailure(own: Open, status: TestStatus, failedIn: Set<string>, build: string): FoundTest | undefined {
  if (status !== 'failed' || failedIn.has(own.package)) return undefined
  const details = build || own.output.value()
  const message = build === '' ? tellingLine(details) : `It could not be built: ${tellingLine(build)}`
  return { ...foundTest([own.package], OF_PACKAGE, 'failed'), message, details }
}

function unended(own: Open): FoundTest {
  return {
    ...ended({ ...own, test: own.test || OF_PACKAGE }, 'failed', undefined),
    message: 'It started and never ended: the run was killed, or it panicked.',
  }
}

/** Of what was printed, that which most likely says why: where it panicked, or the last line that names a place. */
function tellingLine(output: string): string {
  const lines = output.split('\n', 1000).map((line) => line.trim())
  const said = lines.filter((line) => line !== '' && !/^(===|---|FAIL\b|PASS\b|#|exit status)/.test(line))
  const placed = said.findLast((line) => /^[^\s:]+\.go:\d+: /.test(line))
  return said.find((line) => line.startsWith('panic: ')) ?? placed ?? said[0] ?? ''
}
