import { UserError } from '@mayfly/core'

/**
 * Parses JSON that somebody else may have written.
 * @param what names the document in the refusal, such as `signed envelope`.
 * @param limit in bytes.
 * @throws UserError where it is larger, is not UTF-8 or is not JSON.
 */
export function parseBounded(bytes: Uint8Array, what: string, limit: number): unknown {
  const wrong = (why: string) => new UserError(`This is no ${what}: ${why}.`)
  if (bytes.length > limit) throw wrong(`it is larger than ${limit / 1024 / 1024} MiB`)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw wrong('it is not JSON')
  }
}

/** A field of what was parsed; undefined where it is no object or does not have it. */
export function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name)) return undefined
  return Reflect.get(value, name)
}
