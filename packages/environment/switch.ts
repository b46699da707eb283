import { type Log, UserError } from '@mayfly/core'
import { type Engine, observe } from '@mayfly/engine'
import type { Isolated } from '@mayfly/project'
import { bring } from './bring.ts'
import { OvertakenError } from './errors.ts'
import { planEnvironment } from './plan.ts'
import { type DeploymentRecord, recordsOf } from './record.ts'
import { isolatedOf } from './recorded.ts'
import { noEnvironment } from './rollback.ts'
import { observeOwn } from './settle.ts'
import type { Target } from './target.ts'

/** A deployment that runs, as it was recorded. */
export interface Recorded {
  record: DeploymentRecord
  isolated: Isolated
}

/**
 * Seconds that a service may take to end where it is only exchanged for itself: a program that is PID 1 and does not listen for
 * SIGTERM would take the whole of Docker's 10, twice.
 */
const STOP = 1

/** What was deployed last in an environment. @throws UserError where nothing was, or its record holds no model. */
export async function readDeployment(engine: Engine, target: Target): Promise<Recorded> {
  const record = recordsOf(await observeOwn(engine, target))[0]?.record
  if (record === undefined) throw await noEnvironment(engine, target)
  const isolated = isolatedOf(record)
  if (isolated !== undefined) return { record, isolated }
  throw new UserError(`The record of ${target.id} holds no model.`, { cure: 'Deploy it again.' })
}

export interface Switch {
  target: Target
  /** What is to run; the record stays what it is, so that the next deployment knows what belongs there. */
  isolated: Isolated
  timeout: number
  current: () => Promise<boolean>
  healthy?: () => Promise<void>
  signal?: AbortSignal
  log: Log
}

/**
 * Lets an environment run something else for a while, such as its services with a hook in them, and waits until all are
 * healthy and answer. Services whose definition did not change keep their containers.
 * @throws OvertakenError where `current` says that another run is to decide.
 * @throws UserError where a service does not get healthy; nothing is undone then: switch back.
 */
export async function switchTo(engine: Engine, wanted: Switch): Promise<void> {
  const { target, isolated } = wanted
  const observed = await observe(engine, { owner: target.owner, environment: target.id })
  const record = recordsOf(observed)[0]?.record
  if (record === undefined || !(await wanted.current())) throw new OvertakenError()
  const steps = planEnvironment({ target, revision: record.revision, isolated }, observed, record)
  // Whatever else lies there, such as what measuring needs itself, is not this change's to remove.
  await bring(
    engine,
    { ...wanted, stopTimeout: STOP },
    observed,
    steps.filter((step) => step.do === 'start' || step.do === 'create-network'),
  )
}
