import { UserError } from '@mayfly/core'
import { BOUNDS, inMegabytes, tooMuch } from './read-bounds.ts'
import { asUtf8 } from './read-text.ts'

/** Reading JSON of which nothing is known: each function takes anything and gives what it asks for, or nothing of it. */
export type JsonObject = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Own members only: what every object inherits is not in the file. */
export function member(object: unknown, name: string): unknown {
  return isObject(object) && Object.hasOwn(object, name) ? object[name] : undefined
}

export function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

export function membersOf(value: unknown): [string, unknown][] {
  return isObject(value) ? Object.entries(value) : []
}

/** Whether all members pass; unlike `membersOf` it makes nothing of millions of them. */
export function everyMember(value: unknown, test: (member: unknown, name: string) => boolean): boolean {
  return isObject(value) && Object.keys(value).every((name) => test(value[name], name))
}

/** NaN where it is no number. */
export function numberIn(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN
}

/** Parses a report in JSON. Throws a UserError where it is broken, or larger than what can be in memory. */
export function parseJson(bytes: Uint8Array, name: string): unknown {
  if (bytes.length > BOUNDS.json) {
    throw new UserError(`${name} is larger than ${inMegabytes(BOUNDS.json)}, which is too much for JSON.`, {
      cure: 'Write several smaller reports, or lcov.',
    })
  }
  const utf8 = asUtf8(bytes)
  refuseTooMany(utf8, name)
  try {
    return JSON.parse(Buffer.from(utf8.buffer, utf8.byteOffset, utf8.byteLength).toString('utf8'))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.slice(0, 200).replaceAll(/\s+/g, ' ') : ''
    throw new UserError(`${name} is broken JSON: ${reason}.`, {
      cure: 'Make the report again: a tool that is killed while it writes leaves half of one.',
      cause,
    })
  }
}

/** A hundred megabytes of `[[],[],…` are gigabytes in memory. Characters within texts count too: it is a bound, no count. */
function refuseTooMany(utf8: Uint8Array, name: string): void {
  let [objects, members, keys] = [0, 0, 0]
  for (const byte of utf8) {
    if (byte === 0x5b || byte === 0x7b) objects++
    else if (byte === 0x2c) members++
    else if (byte === 0x3a) keys++
  }
  if (objects > BOUNDS.objects) throw tooMuch(name, 'too many objects and lists', BOUNDS.objects)
  if (members > BOUNDS.members) throw tooMuch(name, 'too many members', BOUNDS.members)
  if (keys > BOUNDS.keys) throw tooMuch(name, 'too many names of members', BOUNDS.keys)
}
