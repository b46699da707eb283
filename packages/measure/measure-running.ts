import { setTimeout } from 'node:timers/promises'
import type { ColdStart, LatencyMeasured, Log, TestCommand } from '@mayfly/core'
import { type Engine, hostAddress, observeContainers } from '@mayfly/engine'
import { OvertakenError, type Recorded, switchTo, type Target, takeTurn } from '@mayfly/environment'
import type { TakenFile } from '@mayfly/oci'
import type { Isolated } from '@mayfly/project'
import { askHooks, type HookFiles } from './ask-hooks.ts'
import { coldStarts } from './cold-start.ts'
import { countDeaths, workingDirectories } from './containers.ts'
import { describeRoute, sampleRoutes, TIMING, type TimedRoute, type Way } from './latency.ts'
import { takeReports } from './report-file.ts'
import { runTests } from './run-command.ts'
import { serviceLogs } from './service-logs.ts'
import { closeSessions, openSession, type Session } from './session.ts'
import { type CoverageSpec, coverageSpecs, testServices } from './spec.ts'
import { runTestService } from './test-service.ts'
import { testVariables } from './variables.ts'

export interface MeasureRequest {
  target: Target
  deployment: Recorded
  /** The test command that runs on this machine, and where; undefined: only test services. */
  runner: { script: string; directory: string; environment: Readonly<Record<string, string>> } | undefined
  /** Whether the services that test the others are run. */
  testServices: boolean
  /** Milliseconds that each of the test commands may take. */
  timeout: number
  /** Whether running services give coverage. */
  coverage: boolean
  profiles: readonly ('cpu' | 'heap')[]
  /** How long profiles are taken where there are no tests, in milliseconds. */
  profileFor: number
  /** Undefined: latency is not measured. */
  routes: readonly TimedRoute[] | undefined
  /** Starts the base beside it, to be timed in turn; undefined: it cannot be. */
  beside?: () => Promise<Beside | undefined>
  /** The text of the program that Node services load while they are measured. */
  hook: string
  /** Milliseconds that services may take to get healthy. */
  startTimeout: number
  /** URL of the run. */
  run: string
  current: () => Promise<boolean>
  log: Log
}

/** The base, running beside what is measured. */
export interface Beside {
  way: Way
  /** In the same order as the routes that it is compared with. */
  routes: readonly TimedRoute[]
  cold: readonly ColdStart[]
  close(): Promise<void>
}

/** What a run of measuring brought home, not read yet. Everything that came out of containers and tests is hostile. */
export interface Raw {
  startedAt: Date
  commands: TestCommand[]
  /** What test services left behind; where the tests ran on this machine their reports are files there. */
  testFiles: { service: string; results: TakenFile[]; coverage: TakenFile[] }[]
  hooks: HookFiles[]
  reports: { spec: CoverageSpec; files: TakenFile[] | string }[]
  /** By service, with times. */
  logs: Map<string, string>
  deaths: Map<string, number>
  /** The working directory of each service's image. */
  directories: Map<string, string>
  latency: LatencyMeasured | undefined
  /** Whether the tests ran to their end; what comes after a fault is not timed. */
  complete: boolean
  notices: string[]
}

/** How long a service may take to write down what it gathered, in milliseconds. */
const HOOK_PATIENCE = 20_000

/**
 * Runs the tests against an environment and measures what runs meanwhile. Node services are started anew with a hook for
 * it and put back as they were afterwards, whatever happens; that last start is the cold one that is timed, and what
 * is timed then carries no hook.
 * @throws OvertakenError where another run is to decide about this environment.
 */
export async function measureRunning(engine: Engine, request: MeasureRequest): Promise<Raw> {
  const { target, run, log } = request
  const turn = await takeTurn(engine, target, run, log)
  try {
    return await measured(engine, request, turn.signal)
  } catch (error) {
    await turn.confirm()
    if (!(await request.current())) throw new OvertakenError()
    throw error
  } finally {
    await turn.end()
  }
}

async function measured(engine: Engine, request: MeasureRequest, signal: AbortSignal): Promise<Raw> {
  const { target, deployment, coverage, profiles, hook, log } = request
  const { isolated } = deployment
  const wanted = coverage || profiles.length > 0
  const expires = deployment.record.ttl !== undefined || target.kind === 'preview'
  const session =
    wanted && coverageSpecs(isolated).asked.length > 0
      ? await openSession(engine, { target, isolated, expires, coverage, hook, log })
      : undefined
  const raw: Raw = {
    startedAt: new Date(),
    commands: [],
    testFiles: [],
    hooks: [],
    reports: [],
    logs: new Map(),
    deaths: new Map(),
    directories: await workingDirectories(engine, target),
    latency: undefined,
    complete: false,
    notices: [],
  }
  try {
    if (session !== undefined) await log.group('Start with the hook', () => put(engine, request, session.isolated, signal))
    await test(engine, request, session, signal, raw)
    raw.complete = true
  } finally {
    // Not with the signal: whoever interrupts a run must not find its hooks in a preview.
    await putBack(engine, request, session, raw).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
  }
  return raw
}

function put(engine: Engine, request: MeasureRequest, isolated: Isolated, signal?: AbortSignal, healthy?: () => Promise<void>) {
  const { target, startTimeout, current, log } = request
  const more = { ...(signal === undefined ? {} : { signal }), ...(healthy === undefined ? {} : { healthy }) }
  return switchTo(engine, { target, isolated, timeout: startTimeout, current, log, ...more })
}

async function test(
  engine: Engine,
  request: MeasureRequest,
  session: Session | undefined,
  signal: AbortSignal,
  raw: Raw,
): Promise<void> {
  const { target, deployment, runner, timeout, coverage, profiles, log } = request
  const isolated = session?.isolated ?? deployment.isolated
  const before = await countDeaths(engine, target)
  for (const kind of session === undefined ? [] : profiles) {
    await ask(engine, session, `${kind}-start`, kind === 'cpu' ? 'profile-start' : 'heap-start')
  }
  raw.startedAt = new Date()
  if (runner !== undefined) {
    const environment = { ...runner.environment, ...testVariables(target, isolated, deployment.record.revision) }
    const {
      signal: _,
      notices,
      ...command
    } = await log.group('Test', () => runTests({ ...runner, environment, timeout, log, signal }))
    raw.commands.push(command)
    raw.notices.push(...notices)
  }
  for (const one of request.testServices ? testServices(isolated) : []) {
    signal.throwIfAborted()
    const variables = testVariables(target, isolated, deployment.record.revision, 'inside')
    const done = await log.group(`Test in ${one.service}`, () =>
      runTestService(engine, { target, isolated, test: one, variables, timeout, signal, log }),
    )
    raw.commands.push(done.command)
    raw.testFiles.push({ service: one.service, results: done.results, coverage: done.coverage })
    raw.notices.push(...done.notices)
  }
  // Asked for a profile and nothing to run: whatever visitors do meanwhile is what is seen.
  if (raw.commands.length === 0 && profiles.length > 0) await setTimeout(request.profileFor, undefined, { signal })
  signal.throwIfAborted()
  for (const kind of session === undefined ? [] : profiles) {
    raw.hooks = await ask(engine, session, `${kind}-stop`, kind === 'cpu' ? 'profile-stop' : 'heap-stop')
  }
  raw.logs = await serviceLogs(engine, target, raw.startedAt)
  for (const [service, count] of await countDeaths(engine, target)) raw.deaths.set(service, count - (before.get(service) ?? 0))
  if (!coverage) return
  await log.group('Gather coverage', async () => {
    raw.hooks = await ask(engine, session, 'coverage', 'coverage')
    const specs = coverageSpecs(isolated).asked.filter(({ kind }) => kind === 'file')
    raw.reports = await Promise.all(specs.map(async (spec) => ({ spec, files: await takeReports(engine, target, spec) })))
  })
}

type Ask = 'coverage' | 'profile-start' | 'profile-stop' | 'heap-start' | 'heap-stop'

async function ask(engine: Engine, session: Session | undefined, id: string, what: Ask): Promise<HookFiles[]> {
  return session === undefined ? [] : askHooks(engine, session, { id: `${session.id}-${id}`, do: what }, HOOK_PATIENCE)
}

/** What ran before runs again, cold; then it is timed. */
async function putBack(engine: Engine, request: MeasureRequest, session: Session | undefined, raw: Raw): Promise<void> {
  const { target, deployment, routes, log } = request
  const { isolated } = deployment
  const way = wayTo(engine, target)
  const started = session?.changed ?? []
  let cold: ColdStart[] = []
  const look = async () => {
    const containers = await observeContainers(engine, { owner: target.owner, environment: target.id })
    cold = await coldStarts(engine, containers, { isolated, started, way, routes: routes ?? [] })
  }
  if (session !== undefined) {
    await log.group('Put back', () => put(engine, request, isolated, undefined, routes === undefined ? undefined : look))
    await closeSessions(engine, target, log)
  }
  if (routes === undefined || !raw.complete) return
  raw.latency = await log.group('Time', () => time(request, way, routes, cold))
}

async function time(
  request: MeasureRequest,
  way: Way,
  routes: readonly TimedRoute[],
  cold: ColdStart[],
): Promise<LatencyMeasured> {
  const beside = await request.beside?.()
  try {
    const ways = [{ ...way, routes }, ...(beside === undefined ? [] : [{ ...beside.way, routes: beside.routes }])]
    const [head = [], base = []] = await sampleRoutes(ways, TIMING)
    return {
      instrumented: false,
      services: cold.map((one) => {
        const healthy = beside?.cold.find(({ service }) => service === one.service)?.healthy
        return healthy === undefined ? one : { ...one, base: { healthy } }
      }),
      routes: routes.flatMap((route, index) => {
        const taken = head[index]
        return taken === undefined ? [] : [describeRoute(route, taken, base[index])]
      }),
      ...(beside === undefined ? {} : { compared: 'same run' }),
    }
  } finally {
    await beside?.close()
  }
}

/** How an environment is reached from here. */
export function wayTo(engine: Engine, target: Pick<Target, 'listen' | 'tls'>): Way {
  return { address: hostAddress(engine), port: target.listen, tls: target.tls !== 'off' }
}
