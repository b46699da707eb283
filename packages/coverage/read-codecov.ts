import { collector, type OpenFile } from './read-collect.ts'
import { arrayOf, everyMember, isObject, member, membersOf } from './read-json.ts'
import type { Read } from './read-oddities.ts'

/** Whether it is Codecov's own format: by path, hits by line. */
export function isCodecov(json: unknown): boolean {
  return everyMember(member(json, 'coverage'), (lines) =>
    Array.isArray(lines)
      ? lines.every(isHits)
      : everyMember(lines, (hits, line) => Number.isInteger(Number(line)) && isHits(hits)),
  )
}

function isHits(hits: unknown): boolean {
  if (typeof hits === 'string') return PARTS.test(hits)
  return hits === null || typeof hits === 'number' || typeof hits === 'boolean'
}

const PARTS = /^(\d{1,9})(?:\/(\d{1,9}))?$/

/**
 * Reads Codecov's JSON (https://docs.codecov.com/docs/codecov-custom-coverage-format): a number is how often a line ran,
 * `"1/2"` and `true` say that it ran in part, null that it has no code. In a list, the first member is no line.
 */
export function readCodecov(json: unknown, name: string): Read {
  const collected = collector(name)
  for (const [path, lines] of membersOf(member(json, 'coverage'))) {
    const file = collected.file(path, path)
    if (file === undefined) continue
    const members: Iterable<[string | number, unknown]> = isObject(lines) ? membersOf(lines) : arrayOf(lines).entries()
    for (const [line, hits] of members) if (hits !== null && Number(line) !== 0) add(file, Number(line), hits)
  }

  function add(file: OpenFile, line: number, hits: unknown): void {
    const parts = typeof hits === 'string' ? PARTS.exec(hits) : null
    collected.line(file, line, Number(parts?.[1] ?? hits), 'max', file.path)
    if (parts?.[2] !== undefined) collected.branch(file, line, Number(parts[1]), Number(parts[2]), file.path)
  }
  return collected.read()
}
