import { UserError } from '@mayfly/core'
import type { Registry } from './connection.ts'

/** For a registry that answers with something else than it was asked for. */
export function lie({ host }: Registry, repository: string, expected: string, actual: string): UserError {
  return new UserError(
    `${host}/${repository} lies about a digest: it answered ${actual.slice(0, 100)} where ${expected} was meant.`,
    {
      cure: 'Do not use what it holds; something between here and the registry, or the registry itself, changes it.',
    },
  )
}
