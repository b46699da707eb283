import { LABEL } from '@mayfly/core'
import { composeUp, createNetwork, type Engine, type Observed, observe, remove } from '@mayfly/engine'
import { syncGateway } from '@mayfly/gateway'
import { type ComposeModel, type Isolated, withAddresses } from '@mayfly/project'
import { subnetsOf } from './apply.ts'
import type { Left } from './errors.ts'
import type { Intent } from './intent.ts'
import { type DeploymentRecord, recordsOf } from './record.ts'
import { isolatedOf } from './recorded.ts'
import { removeEnvironment } from './remove.ts'
import { labelsOf } from './target.ts'
import type { Turn } from './turn.ts'
import { untilHealthy } from './verify.ts'
import { writeRecord } from './write-record.ts'

/**
 * Never a half: what ran before is put back as it was; where there was nothing, everything goes. A named environment is
 * never removed because it could not be put back: its data is nobody's to lose.
 * @param before what was there when the deployment began.
 */
export async function goBack(engine: Engine, intent: Intent, turn: Turn | undefined, before: Observed): Promise<Left> {
  const { target, log } = intent
  const observed = await observe(engine, { owner: target.owner, environment: target.id })
  const previous = recordsOf(observed)[0]?.record
  const isolated = previous && isolatedOf(previous)
  if (previous !== undefined && isolated !== undefined) {
    try {
      log.info('Putting the previous revision back.')
      const model = await putBack(engine, intent, isolated, observed, turn?.signal)
      if (turn !== undefined) await confirm(engine, intent, turn, { previous, isolated, model }, observed)
      return 'the previous revision'
    } catch (error) {
      await turn?.confirm()
      log.warn(`The previous revision could not be put back: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  if (target.kind === 'named' && previous !== undefined) return 'what could not be put back'
  if (target.kind === 'named') return removeBut(engine, intent, before)
  await removeEnvironment(engine, target.owner, target.id, log)
  return 'nothing'
}

/** Starts what ran before, on the networks that it had: those that the failed deployment took away are made again. */
async function putBack(
  engine: Engine,
  { target, log }: Intent,
  isolated: Isolated,
  observed: Observed,
  signal: AbortSignal | undefined,
): Promise<ComposeModel> {
  const subnets = subnetsOf(observed)
  for (const { name, members, internal } of isolated.networks) {
    const labels = { ...labelsOf(target), [LABEL.role]: 'network' }
    subnets[name] ??= await createNetwork(engine, { name, labels, members, internal })
  }
  const model = withAddresses(isolated, subnets)
  await composeUp(engine, { project: target.id, model, log, signal })
  await syncGateway(engine, log)
  return model
}

/** In a named environment what was put back is waited for, and becomes part of the history. */
async function confirm(
  engine: Engine,
  intent: Intent,
  turn: Turn,
  { previous, isolated, model }: { previous: DeploymentRecord; isolated: Isolated; model: ComposeModel },
  observed: Observed,
): Promise<void> {
  const { target, run, by, timeout, log } = intent
  await untilHealthy(engine, target, isolated, { timeout, stillCurrent: async () => {}, signal: turn.signal, log })
  await syncGateway(engine, log)
  await turn.confirm()
  const record = { ...previous, run, by, reason: 'automatic-rollback' as const, model, networks: isolated.networks }
  await writeRecord(engine, target, record, observed)
}

/** Takes away what a first deployment made, and leaves the data that was there before it, and the images for the next try. */
async function removeBut(engine: Engine, { target, log }: Intent, before: Observed): Promise<Left> {
  const kept = new Set(dataOf(before))
  const { containers, networks, volumes } = await observe(engine, { owner: target.owner, environment: target.id })
  const gone = volumes.filter((volume) => volume.labels[LABEL.role] === 'data' && !kept.has(volume.name))
  await remove(engine, { containers, networks, volumes: gone })
  await syncGateway(engine, log)
  return kept.size > 0 ? 'its data' : 'nothing'
}

function dataOf({ volumes }: Observed): string[] {
  return volumes.filter((volume) => volume.labels[LABEL.role] === 'data').map((volume) => volume.name)
}
