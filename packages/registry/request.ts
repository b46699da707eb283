import type { Readable } from 'node:stream'
import { UserError } from '@mayfly/core'
import { authorize, refused } from './authorize.ts'
import { type Answer, type Registry, readBody, send } from './connection.ts'

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
}

const ATTEMPTS = 5
const LARGEST_ERROR = 64 * 1024
const BY_CHANCE = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNREFUSED', 'EAI_AGAIN', 'ECONNABORTED', 'UND_ERR_SOCKET']

/**
 * Sends a request with what the registry wants to know of the caller, and again where it fails by chance (5xx, 429, a
 * broken connection). Any other status is an answer.
 * @throws UserError where the caller may not do this, or the registry cannot be reached.
 */
export async function ask(registry: Registry, asked: Asked): Promise<Answer> {
  const { inside, host } = registry
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await askOnce(registry, asked)
      const again = answer.status >= 500 || answer.status === 429
      if (!again || asked.repeatable === false || attempt === ATTEMPTS) return answer
      const wait = Number(answer.headers['retry-after'] ?? '')
      answer.body.resume()
      inside.log.debug(`${host} answered ${answer.status} to ${asked.method} ${asked.path}; asking again.`)
      await pause(registry, attempt, wait)
    } catch (error) {
      if (!isByChance(error)) throw error
      if (asked.repeatable === false) throw error
      if (attempt === ATTEMPTS) throw unreachable(host, error)
      inside.log.debug(`${host}: ${String(error)}; asking again.`)
      await pause(registry, attempt)
    }
  }
}

export function isByChance(error: unknown): boolean {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined
  return typeof code === 'string' && BY_CHANCE.includes(code)
}

/** @param seconds what the registry asks for; at most a minute is given. */
export async function pause({ inside }: Registry, attempt: number, seconds = Number.NaN): Promise<void> {
  const wait = Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 60) * 1000 : inside.pause * 2 ** (attempt - 1)
  await new Promise((resolve) => setTimeout(resolve, wait))
}

async function askOnce(registry: Registry, asked: Asked): Promise<Answer> {
  const { inside, host } = registry
  const url = new URL(asked.path, inside.origin)
  for (let fresh = false; ; fresh = true) {
    const token = await (inside.tokens.get(asked.scope) ?? undefined)
    const own = url.origin === inside.origin
    const headers = { ...asked.headers, ...(own && token !== undefined ? { authorization: token } : {}) }
    const answer = await send(inside, { method: asked.method, url, headers, body: await asked.body?.() })
    if (answer.status !== 401 && answer.status !== 403) return answer
    answer.body.resume()
    // A token may have run out since: once more with a new one, and then it is a refusal.
    if (answer.status === 403 || fresh || !own) throw refused(host, answer.status, asked.what, await inside.credentials(host))
    const next = authorize(inside, host, answer, asked.scope)
    inside.tokens.set(asked.scope, next)
    next.catch(() => inside.tokens.delete(asked.scope))
    if ((await next) === undefined) throw refused(host, answer.status, asked.what, await inside.credentials(host))
  }
}

/** Follows what the registry says to where its blobs are; nothing that identifies the caller goes to another host. */
export async function follow(registry: Registry, answer: Answer, headers: Record<string, string>): Promise<Answer> {
  let current = answer
  for (let hop = 0; [301, 302, 303, 307, 308].includes(current.status) && hop < 5; hop++) {
    const location = current.headers.location ?? ''
    current.body.resume()
    const url = URL.canParse(location, current.url.href) ? new URL(location, current.url) : undefined
    const safe = url !== undefined && (url.protocol === 'https:' || registry.inside.origin.startsWith('http:'))
    if (url === undefined || !safe)
      throw new UserError(
        `The registry ${registry.host} sends its callers to ${JSON.stringify(location.slice(0, 200))}, which is no HTTPS address.`,
      )
    current = await send(registry.inside, { method: 'GET', url, headers })
  }
  return current
}

/** An error of what the registry answered, in its own words (distribution-spec, "Error codes"). */
export async function failure(registry: Registry, answer: Answer, doing: string): Promise<UserError> {
  const text = (await readBody(answer, LARGEST_ERROR).catch(() => Buffer.alloc(0))).toString('utf8')
  const said = /"code"\s*:\s*"([A-Z_]+)"(?:[^}]*"message"\s*:\s*"((?:[^"\\]|\\.)*)")?/.exec(text)
  const words = said === null ? '' : `: ${said[1]}${said[2] ? `, ${said[2].slice(0, 300)}` : ''}`
  return new UserError(`The registry ${registry.host} answered ${answer.status} when it was asked to ${doing}${words}.`)
}

function unreachable(host: string, error: unknown): UserError {
  return new UserError(`The registry ${host} cannot be reached: ${error instanceof Error ? error.message : String(error)}`, {
    cure: 'Check its name and that this machine can reach it.',
    cause: error,
  })
}
