import { unreadable } from './errors.ts'

/** The fields of a JSON object, each checked as it is read. */
export interface Fields {
  text(name: string): string
  /** A text, or undefined where there is null or nothing. */
  textIfAny(name: string): string | undefined
  /** A positive whole number, as ids and numbers are. */
  id(name: string): number
  /** A whole number that may be 0. */
  count(name: string): number
  /** False where it is missing; some lists leave flags out. */
  flag(name: string): boolean
  list(name: string): unknown[]
  object(name: string): Fields
  /** Undefined where there is null. */
  objectIfAny(name: string): Fields | undefined
}

/**
 * Reads an answer that may be anything. `what` names it in errors: `pull request #3`.
 * @throws GitHubError at the first field that is not what it should be: what GitHub did not say is not guessed.
 */
export function readFields(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unreadable(`${what} is no object`)
  const all = new Map<string, unknown>(Object.entries(value))
  const wrong = (name: string) => unreadable(`${what} has no usable "${name}"`)
  const fields: Fields = {
    text: (name) => fields.textIfAny(name) ?? fail(wrong(name)),
    textIfAny: (name) => {
      const found = all.get(name) ?? undefined
      return found === undefined || typeof found === 'string' ? found : fail(wrong(name))
    },
    id: (name) => {
      const found = all.get(name)
      return typeof found === 'number' && Number.isSafeInteger(found) && found > 0 ? found : fail(wrong(name))
    },
    count: (name) => {
      const found = all.get(name)
      return typeof found === 'number' && Number.isSafeInteger(found) && found >= 0 ? found : fail(wrong(name))
    },
    flag: (name) => {
      const found = all.get(name) ?? false
      return typeof found === 'boolean' ? found : fail(wrong(name))
    },
    list: (name) => {
      const found = all.get(name)
      return Array.isArray(found) ? found : fail(wrong(name))
    },
    object: (name) => readFields(all.get(name), `"${name}" of ${what}`),
    objectIfAny: (name) => {
      const found = all.get(name)
      if (found === undefined) throw wrong(name)
      return found === null ? undefined : readFields(found, `"${name}" of ${what}`)
    },
  }
  return fields
}

function fail(error: Error): never {
  throw error
}
