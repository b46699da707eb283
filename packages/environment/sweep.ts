import { type PullRequest, UserError } from '@mayfly/core'
import type { Environment } from './list.ts'
import { isReserved } from './target.ts'

/** A half-made environment this young may be a deployment that is under way. */
const HALF_MADE_AFTER = 60 * 60 * 1000

export interface Decision {
  environment: string
  action: 'keep' | 'remove'
  why: string
}

/**
 * What is known of the pull requests that own previews: each one was asked for by number. Undefined: GitHub is not
 * asked at all (a sweep by hand), and only time decides.
 */
export type PullRequestFacts = ReadonlyMap<number, Pick<PullRequest, 'state' | 'merged' | 'labels'>> | undefined

/**
 * Decides for every environment of one owner whether it stays. Pure.
 * @param label the opt-in label; undefined where every pull request gets a preview.
 * @throws where a preview's pull request is not among the facts: not knowing is no reason to delete.
 */
export function planSweep(
  environments: readonly Environment[],
  facts: PullRequestFacts,
  label: string | undefined,
  now: Date,
): Decision[] {
  return environments.map((environment) => {
    const why = whyRemove(environment, facts, label, now)
    return why === undefined
      ? {
          environment: environment.id,
          action: 'keep',
          why: environment.expiresAt ? `until ${environment.expiresAt.toISOString()}` : 'wanted',
        }
      : { environment: environment.id, action: 'remove', why }
  })
}

function whyRemove(environment: Environment, facts: PullRequestFacts, label: string | undefined, now: Date): string | undefined {
  if (environment.kind === 'preview' && facts !== undefined) {
    const number = environment.pullRequest
    const pullRequest = number === undefined ? undefined : facts.get(number)
    if (pullRequest === undefined) {
      throw new UserError(`The state of the pull request that owns ${environment.id} is not known, so nothing is removed.`, {
        cure: `Look at what carries the label dev.mayfly.environment=${environment.id} on that host, and remove it by hand if it is nobody's.`,
      })
    }
    if (pullRequest.state === 'closed') return `pull request #${number} is ${pullRequest.merged ? 'merged' : 'closed'}`
    if (label !== undefined && !pullRequest.labels.includes(label))
      return `pull request #${number} does not carry the label ${label}`
  }
  if (environment.expiresAt !== undefined && environment.expiresAt <= now)
    return `expired at ${environment.expiresAt.toISOString()}`
  // A named environment is somebody's by its name: half made, it is for them to finish or to take down.
  if (environment.kind === 'named' && !isReserved(environment.id)) return undefined
  if (environment.record === undefined && now.getTime() - environment.touchedAt.getTime() > HALF_MADE_AFTER) {
    return 'half made: no deployment of it ended well, and nothing has touched it for an hour'
  }
  return undefined
}
