import { LABEL, type Log, UserError } from '@mayfly/core'
import { type Engine, observe } from '@mayfly/engine'
import type { Isolated } from '@mayfly/project'
import { haveImages } from './images.ts'
import { environmentsOf } from './list.ts'
import { planEnvironment, type Step } from './plan.ts'
import { type DeploymentRecord, recordsOf } from './record.ts'
import { isolatedOf } from './recorded.ts'
import { chooseRecord } from './rollback-choice.ts'
import { type Deployed, observeOwn, settle } from './settle.ts'
import type { Target } from './target.ts'

export interface Rollback {
  target: Target
  /** An entry of the history: its number, a commit or a version; undefined: what ran before (see `chooseRecord`). */
  to: string | undefined
  /** URL of the run, for the record. */
  run: string
  /** Who asked for it, for the record. */
  by?: string
  /** Milliseconds that services may take to get healthy. */
  timeout: number
  log: Log
}

export interface Returned {
  /** The deployment that was gone back to. */
  to: DeploymentRecord
}

/** What a roll back would do; nothing is changed. */
export async function planRollback(
  engine: Engine,
  rollback: Pick<Rollback, 'target' | 'to'>,
): Promise<Returned & { steps: Step[] }> {
  const { to, isolated, records, target } = await look(engine, rollback)
  const observed = await observeOwn(engine, target)
  return { to, steps: planEnvironment({ target, revision: to.revision, isolated }, observed, records[0]) }
}

/**
 * Puts an earlier deployment back as it was recorded: the same images by digest, the same model. Builds and checks out
 * nothing. It is waited for and verified like any deployment, and becomes the newest entry of the history.
 * @throws UserError before anything is changed where there is no such deployment or one of its images is gone.
 * @throws DeploymentError where it does not get healthy; then what ran before the roll back runs again.
 */
export async function rollback(engine: Engine, asked: Rollback): Promise<Deployed & Returned> {
  const { run, by = '', timeout, log } = asked
  const { to, isolated, records, target } = await look(engine, asked)
  await haveImages(
    engine,
    to.placed,
    log,
    'Go back to another deployment (--to, see `mayfly history`), or promote this version again from where it is.',
  )
  const { revision, placed, pullRequest } = to
  const deployed = await settle(engine, {
    target,
    revision,
    isolated,
    placed,
    notices: [],
    ttl: records[0]?.ttl,
    run,
    reason: 'rollback',
    by,
    pullRequest,
    timeout,
    current: async () => true,
    log,
  })
  return { ...deployed, to }
}

async function look(
  engine: Engine,
  { target, to: asked }: Pick<Rollback, 'target' | 'to'>,
): Promise<{ to: DeploymentRecord; isolated: Isolated; records: DeploymentRecord[]; target: Target }> {
  const records = recordsOf(await observeOwn(engine, target)).map(({ record }) => record)
  if (records.length === 0) throw await noEnvironment(engine, target)
  const to = chooseRecord(records, asked, target.id)
  const isolated = isolatedOf(to)
  if (isolated === undefined) {
    throw new UserError(`The record of ${to.revision.slice(0, 7)} in ${target.id} holds no model to put back.`, {
      cure: 'Go back to another deployment with --to, or promote that version again.',
    })
  }
  return { to, isolated, records, target: { ...target, ...reachOf(isolated) } }
}

/** How the gateway reached it then, and will again: whoever goes back need not know. */
function reachOf({ model }: Isolated): Partial<Pick<Target, 'listen' | 'tls'>> {
  const labels = Object.values(model.services).map((service) => service.labels ?? {})
  const reached = labels.find((each) => (each[LABEL.hosts] ?? '') !== '')
  const tls = reached?.[LABEL.tls]
  if (reached === undefined || (tls !== 'off' && tls !== 'auto' && tls !== 'internal')) return {}
  return { listen: Number(reached[LABEL.listen]), tls }
}

/** There is no deployment in this environment to start from. Says which ones there are. */
export async function noEnvironment(engine: Engine, target: Pick<Target, 'id' | 'owner'>): Promise<UserError> {
  const others = environmentsOf(await observe(engine, { owner: target.owner })).filter(({ record }) => record !== undefined)
  return new UserError(`Nothing is deployed in ${target.id} on ${engine.address}.`, {
    cure:
      others.length === 0
        ? 'This repository has no environment there: check the host.'
        : `Check the name and the host; there are: ${others.map(({ id }) => id).join(', ')}.`,
  })
}
