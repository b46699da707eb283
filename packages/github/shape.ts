import { ApiError, type Need } from './errors.ts'

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What GitHub answered, read field by field: nothing is believed that was not looked at. */
export interface Reader {
  text(path: string): string
  /** Undefined where it is null or absent: a deleted account, a deleted fork. */
  optionalText(path: string): string | undefined
  /** A positive whole number. */
  id(path: string): number
  flag(path: string): boolean
  list(path: string): Reader[]
}

/** @throws ApiError on any field that is not what it has to be; half an answer is none. */
export function read(value: unknown, need: Need): Reader {
  const wrong = (path: string, wanted: string): ApiError => {
    const where = path === '' ? 'It' : path
    return new ApiError(`GitHub's answer to ${need.doing} cannot be relied on. ${where} is not ${wanted}.`, { status: 200 })
  }
  const at = (path: string): unknown => path.split('.').reduce((place, key) => (isRecord(place) ? place[key] : undefined), value)
  if (!isRecord(value)) throw wrong('', 'an object')
  return {
    text(path) {
      const found = at(path)
      if (typeof found !== 'string' || found === '') throw wrong(path, 'text')
      return found
    },
    optionalText(path) {
      const found = at(path)
      if (found === undefined || found === null || typeof found === 'string') return found || undefined
      throw wrong(path, 'text')
    },
    id(path) {
      const found = at(path)
      if (typeof found !== 'number' || !Number.isSafeInteger(found) || found < 1) throw wrong(path, 'a positive number')
      return found
    },
    flag: (path) => at(path) === true,
    list(path) {
      const found = at(path)
      if (!Array.isArray(found)) throw wrong(path, 'a list')
      return found.map((item) => read(item, need))
    },
  }
}
