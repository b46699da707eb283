import { UserError } from '@mayfly/core'
import { DeploymentError, type Target, targetCalled } from '@mayfly/environment'
import type { Options } from './options.ts'
import { terminalLog } from './terminal.ts'
import { type Repository, repositoryOf } from './where.ts'

/** The environment that a command's first word names: `production`, or `pr-12`. */
export async function environmentOf(options: Options): Promise<{ target: Target; repository: Repository }> {
  const name = options.positionals[0] ?? options.name
  if (name === undefined) {
    throw new UserError('No environment is named.', { cure: 'Write its name behind the command, such as production or pr-12.' })
  }
  const repository = await repositoryOf(options)
  return { repository, target: targetCalled(repository.server, repository.name, name, options.reach, 'The environment') }
}

/** Shows what the services of a deployment that failed said last, and hands the failure on. */
export async function withLogs<T>(options: Options, work: () => Promise<T>): Promise<T> {
  const log = terminalLog(options)
  try {
    return await work()
  } catch (error) {
    if (error instanceof DeploymentError) {
      for (const service of error.services.filter((one) => one.log !== '')) log.warn(`--- ${service.name}\n${service.log}\n---`)
    }
    throw error
  }
}

/** Who is at the machine, for the history. */
export function userOf({ environment }: Pick<Options, 'environment'>): string {
  return environment.USER ?? environment.LOGNAME ?? ''
}
