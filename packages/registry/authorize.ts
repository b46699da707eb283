import { UserError } from '@mayfly/core'
import { type Answer, type Inside, readBody, send } from './connection.ts'
import type { Credential } from './credentials.ts'

interface Challenge {
  scheme: 'basic' | 'bearer'
  parameters: Record<string, string>
}

const LARGEST_TOKEN = 1024 * 1024

/**
 * The Authorization header for a scope, from what the registry asked for; undefined where there is nothing to offer.
 * @throws UserError where the credentials are refused, naming the registry and where they came from.
 */
export async function authorize(inside: Inside, host: string, answer: Answer, scope: string): Promise<string | undefined> {
  const challenge = readChallenge(answer.headers['www-authenticate'] ?? '')
  const credential = await inside.credentials(host)
  if (challenge === undefined) return undefined
  if (challenge.scheme === 'bearer') return fetchToken(inside, host, challenge.parameters, scope, credential)
  if (credential === undefined || !('user' in credential)) return undefined
  return basic(credential)
}

/** @throws UserError for what the registry does not let this caller do. */
export function refused(host: string, status: number, what: string, credential: Credential | undefined): UserError {
  if (credential === undefined) {
    return new UserError(`The registry ${host} does not let an anonymous caller ${what} (${status}).`, {
      cure: `Log in first: docker/login-action with registry: ${host}, or docker login ${host}.`,
    })
  }
  const who = 'user' in credential ? `the user ${credential.user}` : 'the identity token'
  return new UserError(
    `The registry ${host} refuses ${who} (${status}), whose credentials are from ${credential.from}: it may not ${what}.`,
    {
      cure: 'Log in again with a token that may write packages; on GitHub give the job permissions: packages: write.',
    },
  )
}

function basic({ user, password }: { user: string; password: string }): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

function readChallenge(header: string): Challenge | undefined {
  const scheme = /^\s*(basic|bearer)\b/i.exec(header)?.[1]?.toLowerCase()
  if (scheme !== 'basic' && scheme !== 'bearer') return undefined
  const parameters = Object.fromEntries(
    [...header.matchAll(/([a-z]+)="([^"]*)"/gi)].map(([, name = '', value = '']) => [name.toLowerCase(), value]),
  )
  return { scheme, parameters }
}

/** The token is asked for where the registry says; over HTTPS, unless the registry itself is on this machine. */
async function fetchToken(
  inside: Inside,
  host: string,
  { realm = '', service = '' }: Record<string, string>,
  scope: string,
  credential: Credential | undefined,
): Promise<string | undefined> {
  const url = URL.canParse(realm) ? new URL(realm) : undefined
  if (url === undefined || (url.protocol !== 'https:' && inside.origin.startsWith('https:'))) {
    throw new UserError(
      `The registry ${host} sends its callers to ${JSON.stringify(realm.slice(0, 200))} for a token, which is no HTTPS address.`,
    )
  }
  const scopes = scope.split(' ')
  const answer =
    credential !== undefined && 'identityToken' in credential
      ? await exchange(inside, url, service, scopes, credential.identityToken)
      : await ask(inside, url, service, scopes, credential)
  if (answer.status === 401 || answer.status === 403) {
    answer.body.resume()
    throw refused(host, answer.status, `have a token for ${scope}`, credential)
  }
  const text = (await readBody(answer, LARGEST_TOKEN)).toString('utf8')
  if (answer.status !== 200) throw new Error(`The token service of ${host} answered ${answer.status}.`)
  const said: unknown = JSON.parse(text)
  const token = ['token', 'access_token']
    .map((name) => (typeof said === 'object' && said !== null ? Reflect.get(said, name) : undefined))
    .find((value) => typeof value === 'string')
  return token === undefined ? undefined : `Bearer ${token}`
}

function ask(
  inside: Inside,
  realm: URL,
  service: string,
  scopes: readonly string[],
  credential: Credential | undefined,
): Promise<Answer> {
  const url = new URL(realm)
  if (service !== '') url.searchParams.set('service', service)
  for (const scope of scopes) url.searchParams.append('scope', scope)
  const headers: Record<string, string> =
    credential !== undefined && 'user' in credential ? { authorization: basic(credential) } : {}
  return send(inside, { method: 'GET', url, headers })
}

function exchange(inside: Inside, url: URL, service: string, scopes: readonly string[], token: string): Promise<Answer> {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    service,
    scope: scopes.join(' '),
    client_id: 'mayfly',
    refresh_token: token,
  })
  const body = Buffer.from(form.toString())
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(body.length) }
  return send(inside, { method: 'POST', url, headers, body })
}
