import { LABEL, type Log } from '@mayfly/core'
import { createVolume, type Engine, observe, removeVolume, type Volume } from '@mayfly/engine'
import { OvertakenError } from './errors.ts'
import { labelsOf, type Target } from './target.ts'

/** How often a deployment under way looks for a later one, in milliseconds: one list call of about 5 ms. */
const LOOK_EVERY = 500

/** How long a later deployment waits for an earlier one to give way, in milliseconds. One that was killed never does. */
const PATIENCE = 4000

/** The right to change a named environment. */
export interface Turn {
  /** Aborted, with an OvertakenError, soon after a later deployment started or somebody removed the environment. */
  signal: AbortSignal
  /** @throws OvertakenError where that is so now. */
  confirm(): Promise<void>
  /** Forgets this turn and all before it. */
  end(): Promise<void>
}

/**
 * Takes the turn at an environment. A pull request's state decides between two runs of a preview; for a named environment
 * there is no such judge, so the last to start has it: each deployment leaves an empty volume, gives way where it sees
 * a later one, and begins when those before it have given way. The order is the engine's own clock, one for all machines that
 * deploy there. A run that is killed leaves its turn, and stops nobody for longer than `PATIENCE`.
 * @throws OvertakenError where another one starts while this one waits.
 */
export async function takeTurn(engine: Engine, target: Target, run: string, log: Log): Promise<Turn> {
  const name = `${target.id}_mayfly-turn-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`
  await createVolume(engine, name, { ...labelsOf(target), [LABEL.role]: 'turn', [LABEL.run]: run })
  const turns = async () => turnsOf((await observe(engine, { owner: target.owner, environment: target.id })).volumes)
  const confirm = async () => {
    if ((await turns()).at(-1)?.name !== name) throw overtaken(target)
  }
  const over = new AbortController()
  const lost = new AbortController()
  const end = async () => {
    over.abort()
    // Left behind it does no harm, and what was deployed is not undone for it.
    await turns()
      .then((known) => forget(engine, known, name))
      .catch((error) => log.debug(`A turn at ${target.id} is left: ${error}`))
  }
  try {
    await untilAlone(turns, confirm, target, log)
  } catch (error) {
    await end()
    throw error
  }
  void watch(confirm, lost, over.signal)
  return { signal: lost.signal, confirm, end }
}

async function untilAlone(turns: () => Promise<Volume[]>, confirm: () => Promise<void>, target: Target, log: Log): Promise<void> {
  const deadline = Date.now() + PATIENCE
  for (let said = false; ; said = true) {
    await confirm()
    if ((await turns()).length === 1) return
    if (Date.now() > deadline) return log.info('It does not: its run has ended.')
    if (!said) log.info(`Waiting for an earlier deployment of ${target.id} to give way.`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** A question that the engine does not answer is asked again: only an answer ends a deployment. */
async function watch(confirm: () => Promise<void>, lost: AbortController, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY).unref())
    if (over.aborted) return
    await confirm().catch((error: unknown) => {
      if (error instanceof OvertakenError && !over.aborted) lost.abort(error)
    })
    if (lost.signal.aborted) return
  }
}

async function forget(engine: Engine, known: readonly Volume[], name: string): Promise<void> {
  const past = known.slice(0, known.findIndex((turn) => turn.name === name) + 1)
  await Promise.all(past.map((turn) => removeVolume(engine, turn.name)))
}

function overtaken({ id }: Target): OvertakenError {
  return new OvertakenError(`Another deployment of ${id} started after this one, or it was removed; this one gives way.`)
}

/** The oldest first. The engine tells whole seconds; within one, the name decides, and all who look see the same. */
function turnsOf(volumes: readonly Volume[]): Volume[] {
  return volumes
    .filter((volume) => volume.labels[LABEL.role] === 'turn')
    .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.name < b.name ? -1 : 1))
}
