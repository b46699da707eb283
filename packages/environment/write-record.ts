import { createVolume, type Engine, type Observed, observe, removeVolume } from '@mayfly/engine'
import { type DeploymentRecord, recordLabels, recordName, recordsOf } from './record.ts'
import type { Target } from './target.ts'

/** How many deployments of a named environment are kept, each of them still there to go back to. */
export const KEPT_RECORDS = 20

/**
 * The new record first, then the ones that are not kept go: at every moment at least one is there. A preview keeps
 * the newest alone, a named environment its last 20. Returns the time that was recorded.
 */
export async function writeRecord(
  engine: Engine,
  target: Target,
  record: Omit<DeploymentRecord, 'deployedAt'>,
  observed: Observed,
): Promise<Date> {
  const named = target.kind === 'named'
  const known = recordsOf(named ? await observe(engine, { owner: target.owner, environment: target.id }) : observed)
  // The newest record counts, whichever machine's clock wrote it: this one is always the newer.
  const newest = known[0]?.record.deployedAt.getTime() ?? 0
  const deployedAt = new Date(Math.max(Date.now(), newest + 1))
  await createVolume(engine, recordName(target, deployedAt), recordLabels(target, { ...record, deployedAt }))
  const old = known.slice(named ? KEPT_RECORDS - 1 : 0)
  await Promise.all(old.map(({ volume }) => removeVolume(engine, volume.name)))
  return deployedAt
}
