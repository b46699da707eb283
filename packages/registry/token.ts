import { UserError } from '@mayfly/core'
import { type Answer, type Inside, readBody, send } from './connection.ts'
import type { Credential } from './credentials.ts'
import { ATTEMPTS, isByChance, isForNow, pause, waitOf } from './repeat.ts'

/** What a token is asked for, and of whom (distribution, token authentication). */
export interface TokenRequest {
  url: URL
  service: string
  /** `repository:<name>:<actions>` each. */
  scopes: readonly string[]
  credential: Credential | undefined
}

const LARGEST = 1024 * 1024

/** @throws UserError where the token service does not give one, for another reason than who asks. */
export async function fetchToken(
  inside: Inside,
  host: string,
  request: TokenRequest,
): Promise<{ token: string | undefined } | { refused: number }> {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await ask(inside, request)
      const body = await readBody(answer, LARGEST)
      if (answer.status === 200) return { token: tokenIn(body, host) }
      if (answer.status === 401 || answer.status === 403) return { refused: answer.status }
      if (!isForNow(answer.status) || attempt === ATTEMPTS)
        throw new UserError(`The token service of the registry ${host} answered ${answer.status}.`)
      await pause(inside, attempt, waitOf(answer))
    } catch (error) {
      if (!isByChance(error) || attempt === ATTEMPTS) throw error
      await pause(inside, attempt)
    }
  }
}

export function basic({ user, password }: { user: string; password: string }): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

function ask(inside: Inside, request: TokenRequest): Promise<Answer> {
  const { credential } = request
  if (credential !== undefined && 'identityToken' in credential) return exchange(inside, request, credential.identityToken)
  const url = new URL(request.url)
  if (request.service !== '') url.searchParams.set('service', request.service)
  for (const scope of request.scopes) url.searchParams.append('scope', scope)
  const headers: Record<string, string> = credential === undefined ? {} : { authorization: basic(credential) }
  return send(inside, { method: 'GET', url, headers })
}

/** An identity token is good for nothing but other tokens (distribution, OAuth 2). */
function exchange(inside: Inside, { url, service, scopes }: TokenRequest, token: string): Promise<Answer> {
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

function tokenIn(body: Buffer, host: string): string | undefined {
  let said: unknown
  try {
    said = JSON.parse(body.toString('utf8'))
  } catch {
    // Without the parser's own words: they show a piece of the text, which may be a token.
    throw new UserError(`The token service of the registry ${host} answered with something that is not JSON.`)
  }
  const token = ['token', 'access_token']
    .map((name) => (typeof said === 'object' && said !== null ? Reflect.get(said, name) : undefined))
    .find((value) => typeof value === 'string' && value !== '')
  return typeof token === 'string' && /^[\x21-\x7e]+$/.test(token) ? token : undefined
}
