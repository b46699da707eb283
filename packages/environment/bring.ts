import type { Log } from '@mayfly/core'
import type { Engine, Observed } from '@mayfly/engine'
import { openGateway, syncGateway } from '@mayfly/gateway'
import type { ComposeModel, Isolated } from '@mayfly/project'
import { apply } from './apply.ts'
import { OvertakenError } from './errors.ts'
import type { Step } from './plan.ts'
import { untilAnswering } from './probe.ts'
import type { Target } from './target.ts'
import { untilHealthy } from './verify.ts'

export interface Bringing {
  target: Target
  isolated: Isolated
  /** Milliseconds that services may take to get healthy. */
  timeout: number
  /** Whether this is still wanted; asked again while services start. */
  current: () => Promise<boolean>
  /** Called when every service is healthy and its route is loaded, before anything is asked through the gateway. */
  healthy?: () => Promise<void>
  /** Seconds that a container which is replaced may take to end; undefined: what it says itself. */
  stopTimeout?: number | undefined
  signal?: AbortSignal | undefined
  log: Log
}

/**
 * Carries the steps of a plan out, but for the record: apply, wait for health, load the routes, ask.
 * @returns the model that now runs.
 */
export async function bring(engine: Engine, bringing: Bringing, observed: Observed, steps: Step[]): Promise<ComposeModel> {
  const { target, isolated, timeout, current, healthy, stopTimeout, signal, log } = bringing
  // The gateway is started beside the services: neither needs the other before the routes are loaded.
  const [model] = await Promise.all([
    apply(engine, { target, isolated }, observed, steps, { log, signal, stopTimeout }),
    openGateway(engine, log, target.listen),
  ])
  const stillCurrent = async () => {
    if (!(await current())) throw new OvertakenError()
  }
  // The addresses are known as soon as containers run: until they are healthy a visitor sees the page that waits for them.
  // What goes wrong with this first sync is met again in the second.
  const [containers] = await Promise.all([
    untilHealthy(engine, target, isolated, { timeout, stillCurrent, signal, log }),
    syncGateway(engine, log).catch(() => {}),
  ])
  await syncGateway(engine, log)
  await healthy?.()
  // A program that ends soon after its start was running when it was looked at: while it does not answer it is looked at again.
  const stillWell = async () => {
    await stillCurrent()
    await untilHealthy(engine, target, isolated, { timeout, stillCurrent, signal, log })
  }
  await untilAnswering(engine, target, isolated, containers, { timeout, stillWell, log })
  // Once more and last: what has no URL may have ended while the others were asked.
  await untilHealthy(engine, target, isolated, { timeout, stillCurrent, signal, log })
  return model
}
