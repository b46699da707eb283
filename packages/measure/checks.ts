import { UserError } from '@mayfly/core'

/**
 * Reads one value of a document that anybody may have written; `where` names it in messages. Throws a UserError where it is
 * not what it has to be.
 */
export type Check<T> = (value: unknown, where: string) => T

/** Checks of the fields of an object: what is not named here is dropped. */
export type Shape<T> = { [K in keyof T]-?: Check<T[K]> | Maybe<Exclude<T[K], undefined>> }

const ABSENT = Symbol('absent')

/** A field that may be absent. */
export interface Maybe<T> {
  [ABSENT]: Check<T>
}

export function maybe<T>(check: Check<T>): Maybe<T> {
  return { [ABSENT]: check }
}

export function refuse(where: string, what: string): never {
  throw new UserError(`${where} ${what}.`, { cure: 'The file is not what this version of Mayfly writes; measure again.' })
}

/** @param longest characters; what is longer is cut: it is told, and nothing is decided from it. */
export function text(longest = 10_000): Check<string> {
  return (value, where) => {
    if (typeof value !== 'string') return refuse(where, 'is no text')
    return value.length <= longest ? value : `${value.slice(0, longest - 1)}…`
  }
}

/** Text of a known form, never cut. */
export function matching(form: RegExp, longest = 2000): Check<string> {
  return (value, where) => {
    if (typeof value === 'string' && value.length <= longest && form.test(value)) return value
    return refuse(where, 'has another form than it must')
  }
}

/** Finite and not negative. */
export const size: Check<number> = (value, where) => {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
  return refuse(where, 'is no size')
}

/** Whole, not negative, and small enough to be counted exactly. */
export const count: Check<number> = (value, where) => {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  return refuse(where, 'is no count')
}

export const whole: Check<number> = (value, where) => {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  return refuse(where, 'is no whole number')
}

export function oneOf<const T extends string>(...allowed: readonly T[]): Check<T> {
  return (value, where) => allowed.find((one) => one === value) ?? refuse(where, `is none of ${allowed.join(', ')}`)
}

export function exactly<const T extends number | boolean | null>(wanted: T): Check<T> {
  return (value, where) => (value === wanted ? wanted : refuse(where, `is not ${wanted}`))
}

export function either<A, B>(one: Check<A>, isOne: (value: unknown) => boolean, other: Check<B>): Check<A | B> {
  return (value, where) => (isOne(value) ? one(value, where) : other(value, where))
}

export function list<T>(item: Check<T>, longest: number): Check<T[]> {
  return (value, where) => {
    if (!Array.isArray(value)) return refuse(where, 'is no list')
    if (value.length > longest) return refuse(where, `has more than ${longest} entries`)
    return value.map((each, index) => item(each, `${where}[${index}]`))
  }
}

/** An object with these fields. Keys of the document's own making never reach ours. */
export function object<T extends object>(shape: Shape<T>): Check<T> {
  const fields = Object.entries<Check<unknown> | Maybe<unknown>>(shape)
  return (value, where) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse(where, 'is no object')
    const read: Record<string, unknown> = {}
    for (const [key, check] of fields) {
      const found: unknown = Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined
      if (typeof check === 'function') read[key] = check(found, `${where}.${key}`)
      else if (found !== undefined) read[key] = check[ABSENT](found, `${where}.${key}`)
    }
    // Every field of the shape was read by its check: what TypeScript cannot follow key by key.
    return read as T
  }
}

/** An object whose keys are data: any key, `__proto__` too, is an own property like any other. */
export function record<T>(item: Check<T>, most: number, longestKey: number): Check<Record<string, T>> {
  return (value, where) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse(where, 'is no object')
    const entries = Object.entries(value)
    if (entries.length > most) return refuse(where, `has more than ${most} entries`)
    return Object.fromEntries(entries.map(([key, each]) => [key.slice(0, longestKey), item(each, `an entry of ${where}`)]))
  }
}
