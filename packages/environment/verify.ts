import { LABEL, type Log, UserError } from '@mayfly/core'
import { type Container, type Engine, healthOutput, lastLogs, observeContainers } from '@mayfly/engine'
import type { Isolated } from '@mayfly/project'
import { isOneOff } from './plan.ts'
import type { Target } from './target.ts'

/** How often the engine is asked while services start, in milliseconds: one list call for all of them, about 5 ms. */
const ASK_EVERY = 60

/** How often a service that still starts is reason to ask whether this revision is still wanted, in milliseconds. */
const ASK_CURRENT_EVERY = 5000

/** Log lines kept of a service that failed; the report shows fewer. */
const TAIL = 60

/** A service did not get healthy. `logs` holds what it and its health check said, as it came: hostile text. */
export class UnhealthyError extends UserError {
  readonly logs: Readonly<Record<string, string>>

  constructor(message: string, logs: Readonly<Record<string, string>>) {
    super(message, { cure: "Its last lines are in the log below; `docker compose up` shows the same on a developer's machine." })
    this.logs = logs
  }
}

/**
 * Waits until every service is healthy (or runs, where it has no health check; or has ended well, where it is meant to)
 * with exactly the definition and so the image that was asked for.
 * @throws UnhealthyError as soon as one can no longer get there, or after `timeout` milliseconds; whatever `stillCurrent` throws;
 * the signal's reason where it is aborted.
 */
export async function untilHealthy(
  engine: Engine,
  target: Target,
  isolated: Isolated,
  options: { timeout: number; stillCurrent: () => Promise<void>; signal?: AbortSignal | undefined; log: Log },
): Promise<Container[]> {
  const { timeout, stillCurrent, signal, log } = options
  const deadline = Date.now() + timeout
  let askedAt = Date.now()
  let waiting = ''
  for (;;) {
    signal?.throwIfAborted()
    const containers = await observeContainers(engine, { owner: target.owner, environment: target.id })
    const states = isolated.services.map((service) => ({
      name: service.name,
      ...stateOf(
        containers.filter(
          (container) => container.labels[LABEL.service] === service.name && container.labels[LABEL.role] === 'service',
        ),
        service.config,
        isOneOff(isolated, service.name),
      ),
    }))
    const failed = states.filter((state) => state.verdict === 'failed')
    const late = Date.now() > deadline
    const pending = states.filter((state) => state.verdict === 'waiting')
    if (failed.length > 0 || (late && pending.length > 0)) {
      const guilty = failed.length > 0 ? failed : pending
      throw new UnhealthyError(
        guilty
          .map(
            (state) =>
              `The service ${state.name} ${failed.length > 0 ? state.why : `did not get healthy within ${timeout / 1000} s: ${state.why}`}.`,
          )
          .join(' '),
        await logsOf(
          engine,
          containers,
          guilty.map((state) => state.name),
        ),
      )
    }
    if (pending.length === 0) return containers
    const names = pending.map((state) => `${state.name} (${state.why})`).join(', ')
    if (names !== waiting) log.info(`Waiting for ${names}.`)
    waiting = names
    if (Date.now() - askedAt > ASK_CURRENT_EVERY) {
      await stillCurrent()
      askedAt = Date.now()
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY))
  }
}

type State = { verdict: 'good' | 'waiting' | 'failed'; why: string }

function stateOf(containers: readonly Container[], config: string, oneOff: boolean): State {
  const own = containers.filter((container) => container.labels[LABEL.config] === config)
  if (own.length === 0)
    return { verdict: 'waiting', why: containers.length === 0 ? 'not there yet' : 'still the previous definition' }
  const states = own.map((container) => stateOfOne(container, oneOff))
  return (
    states.find((state) => state.verdict === 'failed') ??
    states.find((state) => state.verdict === 'waiting') ?? { verdict: 'good', why: 'healthy' }
  )
}

function stateOfOne(container: Container, oneOff: boolean): State {
  if (container.health === 'unhealthy') return { verdict: 'failed', why: 'is unhealthy' }
  if (container.state === 'running' && container.health === 'starting')
    return { verdict: 'waiting', why: 'health check not passed yet' }
  if (container.state === 'running') return { verdict: 'good', why: 'running' }
  if (container.state === 'exited' || container.state === 'dead') {
    if (oneOff && container.exitCode === 0) return { verdict: 'good', why: 'completed' }
    return { verdict: 'failed', why: `ended with exit code ${container.exitCode ?? 'unknown'}` }
  }
  return { verdict: 'waiting', why: container.state }
}

/** What each named service and its health check said last. */
export async function logsOf(
  engine: Engine,
  containers: readonly Container[],
  services: readonly string[],
): Promise<Record<string, string>> {
  const logs: Record<string, string> = {}
  for (const service of services) {
    const parts: string[] = []
    for (const container of containers.filter((candidate) => candidate.labels[LABEL.service] === service)) {
      const [log, health] = await Promise.all([lastLogs(engine, container.id, TAIL), healthOutput(engine, container.id)])
      parts.push(...[log, health].filter((text) => text.trim() !== ''))
    }
    logs[service] = parts.join('\n')
  }
  return logs
}
