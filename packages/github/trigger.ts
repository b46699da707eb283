import { type Trigger, UserError } from '@mayfly/core'
import { isRecord } from './shape.ts'

const PULL_REQUEST = ['pull_request', 'pull_request_target']
const SWEEP = ['schedule', 'workflow_dispatch']

/**
 * What an event asks for. Its action does not matter: what a pull request needs is decided from its state now.
 * @param event `GITHUB_EVENT_NAME` and the parsed content of `GITHUB_EVENT_PATH`.
 */
export function readTrigger(event: { name: string; payload: unknown }): Trigger {
  if (SWEEP.includes(event.name)) return { kind: 'sweep' }
  if (!PULL_REQUEST.includes(event.name)) {
    throw new UserError(`Mayfly has nothing to do on the event "${event.name}".`, {
      cure: `Run it on one of: ${[...PULL_REQUEST, ...SWEEP].join(', ')}.`,
    })
  }
  return { kind: 'pull-request', number: readNumber(event) }
}

function readNumber({ name, payload }: { name: string; payload: unknown }): number {
  const broken = (what: string) =>
    new UserError(`The payload of the event "${name}" is not a pull request's: ${what}.`, {
      cure: 'Leave GITHUB_EVENT_PATH as the runner sets it.',
    })
  if (!isRecord(payload)) throw broken('it is not an object')
  if (!isRecord(payload.pull_request)) throw broken('pull_request is missing')
  const { number } = payload.pull_request
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 1) throw broken('pull_request.number is missing')
  if (payload.number !== undefined && payload.number !== number) throw broken('number and pull_request.number differ')
  return number
}
