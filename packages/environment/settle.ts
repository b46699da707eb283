import { LABEL, type ServiceResult, UserError } from '@mayfly/core'
import { ComposeError, type Engine, type Observed, observe } from '@mayfly/engine'
import { bring } from './bring.ts'
import { OvertakenError } from './errors.ts'
import { giveUp } from './give-up.ts'
import type { Intent } from './intent.ts'
import { keptVolumes, planEnvironment, type Step } from './plan.ts'
import { type DeploymentRecord, recordsOf } from './record.ts'
import { running, toResult } from './service-result.ts'
import type { Target } from './target.ts'
import { type Turn, takeTurn } from './turn.ts'
import { writeRecord } from './write-record.ts'

export interface Deployed {
  steps: Step[]
  services: ServiceResult[]
  notices: string[]
  expiresAt: Date | undefined
  /** What ran before; undefined where nothing did. */
  previous: DeploymentRecord | undefined
}

/** How often a deployment starts over because another run got in its way. */
const ATTEMPTS = 3

/**
 * Brings an environment to what is intended, verifies it and records it: plan, apply, verify.
 * Safe to kill at any point and to repeat: each run starts from what is there.
 * @throws OvertakenError where another run is to decide; nothing is undone then.
 * @throws DeploymentError where a service does not get healthy; then the previous revision runs again, or nothing does.
 */
export async function settle(engine: Engine, intent: Intent): Promise<Deployed> {
  const { target, run, log } = intent
  if (target.kind === 'preview') return attempt(engine, intent, undefined)
  const turn = await takeTurn(engine, target, run, log)
  try {
    return await attempt(engine, intent, turn)
  } finally {
    await turn.end()
  }
}

async function attempt(engine: Engine, intent: Intent, turn: Turn | undefined): Promise<Deployed> {
  const { target, revision, isolated } = intent
  let before: Observed | undefined
  for (let count = 1; ; count++) {
    const observed = await observeOwn(engine, target)
    before ??= observed
    const previous = recordsOf(observed)[0]?.record
    const steps = planEnvironment({ target, revision, isolated }, observed, previous)
    try {
      return await carryOut(engine, intent, turn, observed, steps)
    } catch (error) {
      await turn?.confirm()
      if (error instanceof OvertakenError || !(await intent.current())) throw new OvertakenError()
      // Two runs at the same environment get in each other's way; the one that is current looks again and goes on.
      if (isDisturbance(error) && count < ATTEMPTS) continue
      throw await giveUp(engine, intent, turn, before, error)
    }
  }
}

/** @throws UserError where what carries this environment's label is another repository's. */
export async function observeOwn(engine: Engine, target: Target): Promise<Observed> {
  const everyone = await observe(engine, { environment: target.id })
  const stranger = [...everyone.containers, ...everyone.networks, ...everyone.volumes].find(
    (resource) => resource.labels[LABEL.owner] !== target.owner,
  )
  if (stranger === undefined) return everyone
  throw new UserError(`${target.id} on this host belongs to ${stranger.labels[LABEL.owner]}, not to ${target.owner}.`, {
    cure: 'Use another host for one of the two repositories, or remove the other environment first.',
  })
}

async function carryOut(
  engine: Engine,
  intent: Intent,
  turn: Turn | undefined,
  observed: Observed,
  steps: Step[],
): Promise<Deployed> {
  const { target, isolated, placed, ttl } = intent
  const model = await bring(engine, { ...intent, signal: turn?.signal }, observed, steps)
  await turn?.confirm()
  const previous = recordsOf(observed)[0]?.record
  // Where nothing was changed and nothing can expire, the record that is there says it all.
  const deployedAt =
    steps.length > 0 || ttl !== undefined
      ? await writeRecord(engine, target, { ...intent, model, networks: isolated.networks }, observed)
      : undefined
  const actions = new Map(steps.flatMap((step) => (step.do === 'start' ? [[step.service, step.action] as const] : [])))
  return {
    steps,
    services: running(placed, isolated).map((one) =>
      toResult(one, isolated, actions.get(one.service) ?? 'unchanged', 'healthy', ''),
    ),
    notices: [...intent.notices, ...isolated.notices, ...keptVolumes({ target, isolated }, observed)],
    expiresAt: ttl === undefined || deployedAt === undefined ? undefined : new Date(deployedAt.getTime() + ttl),
    previous,
  }
}

/** What the engine and Compose say when another run works on the same containers. */
function isDisturbance(error: unknown): boolean {
  return (
    error instanceof ComposeError &&
    /conflict|already in use|no such container|no such network|network .* not found|in progress|marked for removal|endpoint/i.test(
      error.message,
    )
  )
}
