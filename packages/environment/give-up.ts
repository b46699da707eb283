import { LABEL, UserError } from '@mayfly/core'
import { type Engine, explainEngineError, type Observed, observe } from '@mayfly/engine'
import { DeploymentError } from './errors.ts'
import type { Intent } from './intent.ts'
import { goBack } from './put-back.ts'
import { running, toResult } from './service-result.ts'
import type { Target } from './target.ts'
import type { Turn } from './turn.ts'
import { logsOf, UnhealthyError } from './verify.ts'

/** Undoes what was half done, and says what is left. A fault of our own is undone too, and then shown as what it is. */
export async function giveUp(
  engine: Engine,
  intent: Intent,
  turn: Turn | undefined,
  before: Observed,
  error: unknown,
): Promise<unknown> {
  const { target, isolated, placed } = intent
  const cause = error instanceof UserError ? error : (explainEngineError(String(error)) ?? error)
  const logs = error instanceof UnhealthyError ? error.logs : await logsOfUnwell(engine, target)
  const services = running(placed, isolated).map((one) => {
    const log = logs[one.service]
    return toResult(one, isolated, 'none', log === undefined ? 'waiting' : 'failed', log ?? '')
  })
  const left = await goBack(engine, intent, turn, before)
  return cause instanceof UserError ? new DeploymentError(cause, left, services) : cause
}

async function logsOfUnwell(engine: Engine, target: Target): Promise<Record<string, string>> {
  const { containers } = await observe(engine, { owner: target.owner, environment: target.id })
  const unwell = containers.filter(
    (container) => container.health === 'unhealthy' || container.state === 'restarting' || (container.exitCode ?? 0) !== 0,
  )
  return logsOf(engine, containers, [...new Set(unwell.map((container) => container.labels[LABEL.service] ?? ''))])
}
