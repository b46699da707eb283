import { collector, type OpenFile } from './read-collect.ts'
import { arrayOf, everyMember, isObject, member, membersOf, numberIn } from './read-json.ts'
import type { Read } from './read-oddities.ts'
import { tally } from './read-tally.ts'

/** Whether it is what nyc and Vitest write as coverage-final.json. */
export function isIstanbul(json: unknown): boolean {
  return everyMember(json, (file) => isObject(member(dataOf(file), 'statementMap')))
}

/**
 * Reads istanbul's JSON. As istanbul's own reports do, a line ran as often as the statement that starts on it and ran most
 * (https://github.com/istanbuljs/istanbuljs, packages/istanbul-lib-coverage/lib/file-coverage.js, getLineCoverage), and a
 * branch belongs to the line where the whole choice starts.
 */
export function readIstanbul(json: unknown, name: string): Read {
  const collected = collector(name)
  for (const [key, value] of membersOf(json)) {
    const data = dataOf(value)
    const path = member(data, 'path')
    const file = collected.file(typeof path === 'string' ? path : key, key)
    if (file === undefined) continue
    addStatements(data, file)
    addBranches(data, file)
  }

  function addStatements(data: unknown, file: OpenFile): void {
    const counts = member(data, 's')
    for (const [id, place] of membersOf(member(data, 'statementMap'))) {
      const line = numberIn(member(member(place, 'start'), 'line'))
      collected.line(file, line, numberIn(member(counts, id)), 'max', file.path)
    }
  }

  function addBranches(data: unknown, file: OpenFile): void {
    const counts = member(data, 'b')
    const choices = tally(name)
    for (const [id, branch] of membersOf(member(data, 'branchMap'))) {
      const line = numberIn(member(branch, 'line') ?? member(member(member(branch, 'loc'), 'start'), 'line'))
      const runs = arrayOf(member(counts, id))
      choices.add(line, runs.filter((count) => numberIn(count) > 0).length, runs.length)
    }
    for (const [line, { taken, total }] of choices.lines) collected.branch(file, line, taken, total, file.path)
  }
  return collected.read()
}

/** Instrumented code of some loaders wraps each file's coverage in `data`. */
function dataOf(file: unknown): unknown {
  return member(file, 'data') ?? file
}
