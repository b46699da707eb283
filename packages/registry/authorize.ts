import { UserError } from '@mayfly/core'
import type { Challenge } from './challenge.ts'
import { type Inside, isSafe } from './connection.ts'
import type { Credential } from './credentials.ts'
import { basic, fetchToken } from './token.ts'

/** What this caller may not do. */
export class RefusedError extends UserError {}

/**
 * The Authorization header for a scope; undefined where the registry has not asked for one or there is nothing to offer.
 * Each scope's is asked for once, however many ask at the same time.
 */
export function authorizationFor(inside: Inside, host: string, scope: string): Promise<string | undefined> {
  const known = inside.tokens.get(scope)
  if (known !== undefined) return known
  if (inside.challenge === undefined) return Promise.resolve(undefined)
  const next = authorize(inside, host, inside.challenge, scope)
  inside.tokens.set(scope, next)
  next.catch(() => forget(inside, scope, next))
  return next
}

/** So that the next caller asks anew; a header that has come since stays. */
export function forget(inside: Inside, scope: string, used: Promise<string | undefined>): void {
  if (inside.tokens.get(scope) === used) inside.tokens.delete(scope)
}

/** For what the registry does not let this caller do. */
export function refused(host: string, status: number, what: string, credential: Credential | undefined): RefusedError {
  if (credential === undefined) {
    return new RefusedError(`The registry ${host} does not let an anonymous caller ${what} (${status}).`, {
      cure: `Log in first: docker/login-action with registry: ${host}, or docker login ${host}.`,
    })
  }
  const who = 'user' in credential ? `the user ${credential.user}` : 'the identity token'
  return new RefusedError(
    `The registry ${host} refuses ${who} (${status}), whose credentials are from ${credential.from}: it may not ${what}.`,
    {
      cure: 'Log in again with a token that may write packages; on GitHub give the job permissions: packages: write.',
    },
  )
}

async function authorize(inside: Inside, host: string, challenge: Challenge, scope: string): Promise<string | undefined> {
  const credential = await inside.credentials(host)
  if (challenge.scheme === 'bearer') return bearer(inside, host, challenge.parameters, scope, credential)
  return credential !== undefined && 'user' in credential ? basic(credential) : undefined
}

/** The token is asked for where the registry says; over HTTPS, unless the registry itself is on this machine. */
async function bearer(
  inside: Inside,
  host: string,
  { realm = '', service = '' }: Record<string, string>,
  scope: string,
  credential: Credential | undefined,
): Promise<string | undefined> {
  const url = URL.canParse(realm) ? new URL(realm) : undefined
  if (url === undefined || !isSafe(inside, url)) {
    throw new UserError(
      `The registry ${host} sends its callers to ${JSON.stringify(realm.slice(0, 200))} for a token, which is no HTTPS address.`,
    )
  }
  const answer = await fetchToken(inside, host, { url, service, scopes: scope.split(' '), credential })
  if ('refused' in answer) throw refused(host, answer.refused, `have a token for ${scope}`, credential)
  return answer.token === undefined ? undefined : `Bearer ${answer.token}`
}
