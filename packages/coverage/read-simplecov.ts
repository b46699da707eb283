import { collector, type OpenFile } from './read-collect.ts'
import { everyMember, isObject, member, membersOf, numberIn } from './read-json.ts'
import type { Read } from './read-oddities.ts'
import { tally } from './read-tally.ts'

/** Whether it is SimpleCov's .resultset.json: by the name of a test suite, coverage by path. */
export function isResultset(json: unknown): boolean {
  return isObject(json) && Object.keys(json).length > 0 && everyMember(json, isSimplecov)
}

/** Whether it is SimpleCov's coverage.json, or one suite of a result set. */
export function isSimplecov(json: unknown): boolean {
  const coverage = member(json, 'coverage')
  if (!isObject(coverage)) return false
  const named = member(json, 'timestamp') !== undefined || member(member(json, 'meta'), 'simplecov_version') !== undefined
  const [path] = Object.keys(coverage)
  const first = path === undefined ? undefined : coverage[path]
  if (first === undefined) return named
  // Without a name, a list could be Codecov's as well.
  return linesOf(first) !== undefined && (named || !Array.isArray(first))
}

/**
 * Reads SimpleCov's .resultset.json and coverage.json (https://github.com/simplecov-ruby/simplecov). Each suite is another
 * run: a line has the sum of its counts. Branches belong to the line of their condition, or the line that is reported.
 */
export function readSimplecov(json: unknown, name: string): Read {
  const collected = collector(name)
  const suites = isResultset(json) ? membersOf(json).map(([, suite]) => suite) : [json]
  for (const suite of suites) {
    for (const [path, value] of membersOf(member(suite, 'coverage'))) {
      const file = collected.file(path, path)
      if (file === undefined) continue
      for (const [index, hits] of (linesOf(value) ?? []).entries()) {
        if (typeof hits === 'number') collected.line(file, index + 1, hits, 'sum', path)
      }
      addBranches(member(value, 'branches'), file)
    }
  }

  function addBranches(branches: unknown, file: OpenFile): void {
    const choices = tally(name)
    for (const { line, hits } of Array.isArray(branches) ? reported(branches) : conditions(branches)) {
      choices.add(line, Number(hits > 0), 1)
    }
    for (const [line, { taken, total }] of choices.lines) collected.branch(file, line, taken, total, file.path)
  }
  return collected.read()
}

/** Lines are null where there is no code and `ignored` where the project says so; before 0.18 they were all of a file. */
function linesOf(file: unknown): readonly unknown[] | undefined {
  const lines = Array.isArray(file) ? file : member(file, 'lines')
  return Array.isArray(lines) ? lines : undefined
}

/** coverage.json: `{ type, start_line, end_line, coverage, report_line }`; what is ignored has a text as its coverage. */
function reported(branches: readonly unknown[]): { line: number; hits: number }[] {
  return branches
    .filter((branch) => typeof member(branch, 'coverage') === 'number')
    .map((branch) => ({
      line: numberIn(member(branch, 'report_line') ?? member(branch, 'start_line')),
      hits: numberIn(member(branch, 'coverage')),
    }))
}

/** .resultset.json: by `[:if, 0, 3, 4, 7, 7]` (kind, number, first line, column, last line, column) the same with hits. */
function conditions(branches: unknown): { line: number; hits: number }[] {
  return membersOf(branches).flatMap(([condition, taken]) => {
    const line = Number(/^\[:\w+, \d+, (\d{1,8}),/.exec(condition)?.[1] ?? Number.NaN)
    return membersOf(taken).map(([, hits]) => ({ line, hits: numberIn(hits) }))
  })
}
