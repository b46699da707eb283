import type { Readable } from 'node:stream'
import { UserError } from '@mayfly/core'
import { authorizationFor, forget, refused } from './authorize.ts'
import { readChallenge } from './challenge.ts'
import { type Answer, isSafe, type Registry, readBody, send } from './connection.ts'
import { ATTEMPTS, codeOf, isByChance, isForNow, pause, waitOf } from './repeat.ts'

export interface Asked {
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'
  /** Path under the registry's origin, or a whole address that the registry gave. */
  path: string
  /** `repository:<name>:<actions>`, several separated by blanks. */
  scope: string
  /** Completes "may not ...". */
  what: string
  headers?: Record<string, string>
  /** Made anew for each attempt. */
  body?: () => Uint8Array | Readable | Promise<Uint8Array | Readable>
  /** Whether an attempt that failed by chance may be repeated as it is. */
  repeatable?: boolean
  /** Whether it is gone where the registry sends its callers for what they read. */
  follows?: boolean
}

const REDIRECTS = [301, 302, 303, 307, 308]
const LARGEST_ERROR = 64 * 1024

/**
 * Sends a request with what the registry wants to know of the caller, and again where it fails by chance (5xx, 429, a
 * broken connection). Any other status is an answer.
 * @throws UserError where the caller may not do this, or the registry cannot be reached.
 */
export function ask(registry: Registry, asked: Asked): Promise<Answer> {
  return repeated(registry, asked, (answer) => Promise.resolve(answer))
}

/**
 * As `ask`, and reads the whole body of a 200: a connection that breaks while it comes is worth another request.
 * @param limit bytes. @throws where the body is larger.
 */
export function askWhole(registry: Registry, asked: Asked, limit: number): Promise<{ answer: Answer; bytes: Buffer }> {
  return repeated(registry, asked, async (answer) => ({
    answer,
    bytes: answer.status === 200 ? await readBody(answer, limit) : Buffer.alloc(0),
  }))
}

async function repeated<T>(registry: Registry, asked: Asked, use: (answer: Answer) => Promise<T>): Promise<T> {
  const { inside, host } = registry
  for (let attempt = 1; ; attempt++) {
    const last = attempt === ATTEMPTS || asked.repeatable === false
    let wait: number | undefined
    try {
      const answer = await askOnce(registry, asked)
      if (last || !isForNow(answer.status)) return await use(answer)
      wait = waitOf(answer)
      answer.body.resume()
      inside.log.debug(`${host} answered ${answer.status} to ${asked.method} ${pathOf(asked)}; asking again.`)
    } catch (error) {
      if (isHopeless(error)) throw unreachable(host, error)
      if (!isByChance(error) || asked.repeatable === false) throw error
      if (last) throw unreachable(host, error)
      inside.log.debug(`${host}: ${String(error)}; asking again.`)
    }
    await pause(inside, attempt, wait)
  }
}

async function askOnce(registry: Registry, asked: Asked): Promise<Answer> {
  const { inside, host } = registry
  const url = new URL(asked.path, inside.origin)
  const own = url.origin === inside.origin
  for (let fresh = false; ; fresh = true) {
    const authorization = authorizationFor(inside, host, asked.scope)
    const token = await authorization
    const headers = { ...asked.headers, ...(own && token !== undefined ? { authorization: token } : {}) }
    const answer = await send(inside, { method: asked.method, url, headers, body: await asked.body?.() })
    if (answer.status !== 401 && answer.status !== 403) return asked.follows === true ? follow(registry, asked, answer) : answer
    answer.body.resume()
    const challenge = readChallenge(answer.headers['www-authenticate'] ?? '')
    // A token may have run out since: once more with a new one, and then it is a refusal.
    if (answer.status === 403 || fresh || !own || challenge === undefined)
      throw refused(host, answer.status, asked.what, await inside.credentials(host))
    inside.challenge = challenge
    forget(inside, asked.scope, authorization)
    if ((await authorizationFor(inside, host, asked.scope)) === undefined)
      throw refused(host, answer.status, asked.what, await inside.credentials(host))
  }
}

/** Goes to where the registry sends its callers; nothing that identifies the caller goes to another host. */
async function follow(registry: Registry, asked: Asked, first: Answer): Promise<Answer> {
  const { method, headers = {} } = asked
  let current = first
  for (let hop = 0; REDIRECTS.includes(current.status) && hop < 5; hop++) {
    current.body.resume()
    const url = placeIn(registry, current)
    const own = url.origin === registry.inside.origin
    current = await (own
      ? askOnce(registry, { ...asked, path: url.href, follows: false })
      : send(registry.inside, { method, url, headers }))
  }
  return current
}

/** The address in Location, relative or whole, with a query of its own. @throws UserError where it is none to go to. */
export function placeIn({ inside, host }: Registry, { headers, url }: Answer): URL {
  const location = headers.location ?? ''
  const place = URL.canParse(location, url.href) && location !== '' ? new URL(location, url) : undefined
  if (place !== undefined && isSafe(inside, place)) return place
  throw new UserError(
    `The registry ${host} sends its callers to ${JSON.stringify(location.slice(0, 200))}, which is no HTTPS address.`,
    {
      cure: 'Where it is behind a proxy, tell it its own address (for distribution: http.host or X-Forwarded-Proto).',
    },
  )
}

/** An error of what the registry answered, in its own words (distribution-spec, "Error codes"). */
export async function failure(registry: Registry, answer: Answer, doing: string): Promise<UserError> {
  const text = (await readBody(answer, LARGEST_ERROR).catch(() => Buffer.alloc(0))).toString('utf8')
  const said = /"code"\s*:\s*"([A-Z_]+)"(?:[^}]*?"message"\s*:\s*"((?:[^"\\]|\\.)*)")?/.exec(text)
  const words = said === null ? '' : `: ${said[1]}${said[2] ? `, ${said[2].slice(0, 300).replace(/\p{Cc}/gu, ' ')}` : ''}`
  return new UserError(`The registry ${registry.host} answered ${answer.status} when it was asked to ${doing}${words}.`)
}

/** Nothing that another attempt would change: the name is nobody's, or who answers cannot prove to be it. */
function isHopeless(error: unknown): boolean {
  return /^ENOTFOUND$|^EPROTO$|CERT|_TLS_|_SSL_|UNABLE_TO_/.test(codeOf(error) ?? '')
}

export function unreachable(host: string, error: unknown): UserError {
  // Several addresses that all fail make an error without words of its own.
  const why = (error instanceof Error && error.message) || codeOf(error) || String(error)
  return new UserError(`The registry ${host} cannot be reached: ${why}`, {
    cure: 'Check its name, that this machine can reach it and, where it has a certificate of its own, that this machine trusts it.',
    cause: error,
  })
}

/** Without the query: an upload's may hold what only its owner is to know. */
function pathOf({ path }: Asked): string {
  return path.replace(/\?.*$/, '')
}
