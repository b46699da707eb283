import { LABEL, type Log, type TestCommand } from '@mayfly/core'
import { composeUp, type Engine, getFiles, lastLogs, observeContainers, remove, stopContainer } from '@mayfly/engine'
import type { Target } from '@mayfly/environment'
import { type TakenFile, takeFiles } from '@mayfly/oci'
import type { ComposeModel, Isolated } from '@mayfly/project'
import type { TestService } from './spec.ts'

export interface TestServiceRun {
  command: TestCommand
  results: TakenFile[]
  coverage: TakenFile[]
  /** What it named and did not leave behind, one sentence each. */
  notices: string[]
}

const ASK_EVERY = 200
const TAIL = 200
const LIMITS = { bytes: 256 * 1024 * 1024, files: 10_000 }

/**
 * Runs a test service inside an environment's networks, once, and takes what it leaves behind. Its container is removed
 * whatever happens.
 * @param variables what it is told besides its own environment, such as MAYFLY_URL.
 */
export async function runTestService(
  engine: Engine,
  asked: {
    target: Target
    isolated: Isolated
    test: TestService
    variables: Readonly<Record<string, string>>
    /** Milliseconds. */
    timeout: number
    signal?: AbortSignal | undefined
    log: Log
  },
): Promise<TestServiceRun> {
  const { target, isolated, test, variables, timeout, signal, log } = asked
  const started = performance.now()
  await removeRun(engine, target, test.service)
  try {
    await composeUp(engine, {
      project: target.id,
      model: alone(isolated.model, test.service, variables),
      services: [test.service],
      log,
      ...(signal === undefined ? {} : { signal }),
    })
    const ended = await untilEnded(engine, target, test.service, started + timeout, signal)
    const tail = ended.container === undefined ? '' : await lastLogs(engine, ended.container, TAIL)
    const command: TestCommand = {
      where: test.service,
      exitCode: ended.exitCode,
      ...(ended.timedOut ? { timedOut: timeout } : {}),
      milliseconds: Math.round(performance.now() - started),
      tail,
    }
    const results = await takeAll(engine, ended.container, test.service, test.results)
    const coverage = await takeAll(engine, ended.container, test.service, test.coverage)
    return { command, results: results.files, coverage: coverage.files, notices: [...results.notices, ...coverage.notices] }
  } finally {
    await removeRun(engine, target, test.service)
  }
}

/** The model with this service alone, as an ordinary one: what it depends on runs already. */
function alone(model: ComposeModel, name: string, variables: Readonly<Record<string, string>>): ComposeModel {
  const { profiles: _, depends_on: __, ...service } = structuredClone(model.services[name] ?? {})
  const escaped = Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, value.replaceAll('$', '$$$$')]))
  service.environment = { ...service.environment, ...escaped }
  return { ...model, services: { [name]: service } }
}

async function untilEnded(
  engine: Engine,
  target: Target,
  service: string,
  deadline: number,
  signal: AbortSignal | undefined,
): Promise<{ container: string | undefined; exitCode: number | null; timedOut: boolean }> {
  for (;;) {
    signal?.throwIfAborted()
    const container = (await runsOf(engine, target, service))[0]
    if (container === undefined) return { container: undefined, exitCode: null, timedOut: false }
    if (container.state === 'exited' || container.state === 'dead') {
      return { container: container.id, exitCode: container.exitCode ?? null, timedOut: false }
    }
    if (performance.now() > deadline) {
      // What it has written so far is still to be taken, so it is stopped and not removed.
      await stopContainer(engine, container.id)
      return { container: container.id, exitCode: null, timedOut: true }
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY))
  }
}

async function takeAll(
  engine: Engine,
  container: string | undefined,
  service: string,
  paths: readonly string[],
): Promise<{ files: TakenFile[]; notices: string[] }> {
  const files: TakenFile[] = []
  const notices: string[] = []
  for (const path of paths) {
    const archive = container === undefined ? undefined : await getFiles(engine, container, path)
    if (archive === undefined) notices.push(`${service} left nothing at ${path}.`)
    else files.push(...(await takeFiles(archive, LIMITS, `${path} of ${service}`)))
  }
  return { files, notices }
}

async function runsOf(engine: Engine, target: Target, service: string) {
  const containers = await observeContainers(engine, { owner: target.owner, environment: target.id })
  return containers.filter(({ labels }) => labels[LABEL.role] === 'test' && labels[LABEL.service] === service)
}

async function removeRun(engine: Engine, target: Target, service: string): Promise<void> {
  await remove(engine, { containers: await runsOf(engine, target, service), networks: [], volumes: [] })
}
