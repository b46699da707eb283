import { registriesOf } from '@mayfly/artifact'
import { type Job, type Log, UserError } from '@mayfly/core'
import { readPlaced } from '@mayfly/environment'
import { recordTested } from '@mayfly/release'

export interface TestedRequest {
  /** JSON, the output `artifacts` of actions/build. */
  artifacts: string
  passed: boolean
  /** What they were tested in, for readers: a preview's id. */
  environment: string
  /** PEM of a private key; undefined: the result is not signed. */
  signingKey: string | undefined
}

/**
 * Writes on artifacts how the tests against them ended, so that a promotion can ask for it.
 * @returns their names.
 */
export async function testedEvent(
  context: Job,
  log: Log,
  { artifacts, passed, environment, signingKey }: TestedRequest,
): Promise<string[]> {
  let parsed: unknown
  try {
    parsed = JSON.parse(artifacts)
  } catch {
    parsed = undefined
  }
  const placed = readPlaced(parsed)
  if (placed.length === 0) {
    throw new UserError('The input artifacts is not a list of artifacts.', {
      cure: 'Pass the output `artifacts` of actions/build as it is.',
    })
  }
  const result = { passed, url: context.runUrl, environment, revision: context.environment.GITHUB_SHA ?? '' }
  const told = await recordTested(registriesOf(context.environment, log), placed, result, signingKey)
  const names = told.map(({ name }) => name)
  log.info(`${passed ? 'Passed' : 'Failed'}: ${names.join(', ')}.`)
  return names
}
