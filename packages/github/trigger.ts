import { type Trigger, UserError } from '@mayfly/core'

const PULL_REQUEST = ['pull_request', 'pull_request_target']
const SWEEP = ['schedule', 'workflow_dispatch']

/**
 * What an event asks for. Its action is not looked at: what happens to a pull request is decided from its state now.
 * A push asks for nothing: what it closes or merges has an event of its own.
 * @throws UserError for any other event, and for a payload without a pull request's number.
 */
export function readTrigger(event: { name: string; payload: unknown }): Trigger {
  if (SWEEP.includes(event.name)) return { kind: 'sweep' }
  if (!PULL_REQUEST.includes(event.name)) {
    throw new UserError(`The event ${event.name === '' ? 'without a name' : event.name} is none that Mayfly acts on.`, {
      cure: `Run it on one of: ${[...PULL_REQUEST, ...SWEEP].join(', ')}.`,
    })
  }
  const number = property(event.payload, 'number') ?? property(property(event.payload, 'pull_request'), 'number')
  if (typeof number === 'number' && Number.isSafeInteger(number) && number > 0) return { kind: 'pull-request', number }
  throw new UserError(`The payload of the event ${event.name} holds no pull request: "number" is missing.`, {
    cure: 'GITHUB_EVENT_PATH must name the file that GitHub wrote for this event.',
  })
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined
}
