import type { Answer, Inside } from './connection.ts'

/** How often anything is tried in all. */
export const ATTEMPTS = 5
/** At most this long is waited where a registry asks for it, in milliseconds. */
const LONGEST = 60_000
const BY_CHANCE = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNREFUSED', 'ECONNABORTED', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']

/** A connection that broke, or did not come about, in a way that may be over in a moment. */
export function isByChance(error: unknown): boolean {
  const code = codeOf(error)
  return code !== undefined && BY_CHANCE.includes(code)
}

/** An answer that may be another one in a moment. */
export function isForNow(status: number): boolean {
  return status >= 500 || status === 429
}

export function codeOf(error: unknown): string | undefined {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined
  return typeof code === 'string' ? code : undefined
}

/** Milliseconds that Retry-After asks for (RFC 9110, 10.2.3: seconds or a date); undefined where it is absent. */
export function waitOf({ headers }: Answer): number | undefined {
  const text = headers['retry-after']
  if (text === undefined) return undefined
  const wait = /^[\d.]+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return wait > 0 ? Math.min(wait, LONGEST) : undefined
}

/** @param wait milliseconds, where the registry has said. */
export async function pause(inside: Inside, attempt: number, wait = inside.pause * 2 ** (attempt - 1)): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, wait))
}
