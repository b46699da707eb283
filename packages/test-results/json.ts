/** Reading JSON of which nothing is known: each function takes anything and gives what it asks for, or nothing. */

export type JsonObject = Readonly<Record<string, unknown>>

export function asObject(value: unknown): JsonObject | undefined {
  return isObject(value) ? value : undefined
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Own members only: what every object inherits is not in the file. */
export function member(object: JsonObject | undefined, name: string): unknown {
  return object !== undefined && Object.hasOwn(object, name) ? object[name] : undefined
}

export function stringOf(object: JsonObject | undefined, name: string): string | undefined {
  const value = member(object, name)
  return typeof value === 'string' ? value : undefined
}

export function numberOf(object: JsonObject | undefined, name: string): number | undefined {
  const value = member(object, name)
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined
}

/** Those entries of an array that are objects. */
export function objectsOf(object: JsonObject | undefined, name: string): JsonObject[] {
  return arrayOf(object, name).filter(isObject)
}

export function arrayOf(object: JsonObject | undefined, name: string): readonly unknown[] {
  const value = member(object, name)
  return Array.isArray(value) ? value : []
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
