import { UserError } from '@mayfly/core'
import { keeper } from './bounds.ts'
import { arrayOf, asObject, type JsonObject, member, numberOf, objectsOf, stringOf } from './json.ts'
import type { FoundTest, FoundTests, TestStatus } from './model.ts'
import { firstLine } from './text.ts'

/** JSON that is one object; which one is seen when it is read. */
export function looksLikeCtrf(text: string): boolean {
  return text.trimStart().startsWith('{')
}

/**
 * Reads CTRF, the Common Test Report Format (ctrf.io, `results.tests`).
 * @throws UserError for JSON that is broken or something else.
 */
export function readCtrf(text: string, name: string): FoundTests {
  const results = asObject(member(asObject(parsed(text, name)), 'results'))
  if (results === undefined || !Array.isArray(member(results, 'tests'))) {
    throw new UserError(`${name} is JSON, but no CTRF: it has no results.tests.`, {
      cure: 'Use the test tool’s CTRF reporter (ctrf.io), or let it write JUnit XML.',
    })
  }
  const kept = keeper(name)
  const odd = { other: 0, broken: 0 }
  for (const entry of arrayOf(results, 'tests')) {
    const test = asObject(entry)
    if (test === undefined) odd.broken++
    else {
      if (statusOf(test) === undefined) odd.other++
      kept.keep(testOf(test))
    }
  }
  const notices = [...noticesOf(results, kept.tests.length, odd, name), ...kept.notices()]
  return { tests: kept.tests, notices, repeated: 'attempt', fileTells: true }
}

function parsed(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new UserError(
      `${name} is broken JSON: ${cause instanceof Error ? cause.message.slice(0, 200) : 'it cannot be read'}.`,
      {
        cure: 'A test command that is killed leaves half a report: see its last lines.',
        cause,
      },
    )
  }
}

function testOf(test: JsonObject): FoundTest {
  const status = statusOf(test) ?? 'failed'
  const attempts = objectsOf(test, 'retryAttempts')
  const retries = Math.floor(numberOf(test, 'retries') ?? attempts.length)
  const flaky = status === 'passed' && (member(test, 'flaky') === true || retries > 0)
  const trace = stringOf(test, 'trace') ?? ''
  const startedAt = startOf(test)
  const [file, line, milliseconds] = [stringOf(test, 'filePath'), numberOf(test, 'line'), numberOf(test, 'duration')]
  return {
    suite: suiteOf(test),
    outer: typeof member(test, 'browser') === 'string' ? [stringOf(test, 'browser') ?? ''] : [],
    name: stringOf(test, 'name') ?? '',
    status,
    retries,
    flaky,
    message:
      stringOf(test, 'message') || firstLine(trace) || attempts.map((each) => stringOf(each, 'message')).find(Boolean) || '',
    details: [trace, stringOf(test, 'snippet'), ...attempts.map((each) => stringOf(each, 'trace')), outputOf(test)]
      .filter((text) => text)
      .join('\n\n'),
    attachments: objectsOf(test, 'attachments').flatMap(attachmentOf),
    ...(file === undefined ? {} : { file }),
    ...(line === undefined || !Number.isSafeInteger(line) || line === 0 ? {} : { line }),
    ...(milliseconds === undefined ? {} : { milliseconds }),
    ...(startedAt === undefined ? {} : { startedAt }),
  }
}

/** Undefined: `other`, or a word that the format does not have. Nobody says that it passed, so it counts as failed. */
function statusOf(test: JsonObject): TestStatus | undefined {
  const status = stringOf(test, 'status')
  if (status === 'passed' || status === 'failed' || status === 'skipped') return status
  return status === 'pending' ? 'skipped' : undefined
}

/** An array since version 0.0.0 of the schema with string[]; before, one string with ` > ` between. */
function suiteOf(test: JsonObject): string[] {
  const suite = member(test, 'suite')
  if (typeof suite === 'string') return suite.split(' > ').filter((part) => part !== '')
  return arrayOf(test, 'suite').filter((part) => typeof part === 'string')
}

/** Seconds or milliseconds since 1970, as reporters write them; ISO 8601 too. */
function startOf(test: JsonObject): string | undefined {
  const start = numberOf(test, 'start')
  const date = new Date(start === undefined ? (stringOf(test, 'start') ?? '') : start < 1e11 ? start * 1000 : start)
  return Number.isNaN(date.getTime()) || date.getTime() === 0 ? undefined : date.toISOString()
}

function outputOf(test: JsonObject): string {
  const lines = [...arrayOf(test, 'stdout'), ...arrayOf(test, 'stderr')].filter((line) => typeof line === 'string')
  return lines.length === 0 ? '' : `Output:\n${lines.join('\n')}`
}

function attachmentOf(entry: JsonObject): { name: string; path: string }[] {
  const path = stringOf(entry, 'path')
  return path === undefined ? [] : [{ name: stringOf(entry, 'name') || path, path }]
}

function noticesOf(results: JsonObject, held: number, odd: { other: number; broken: number }, name: string): string[] {
  const declared = numberOf(asObject(member(results, 'summary')), 'tests') ?? held
  return [
    ...(declared === held ? [] : [`${name} says that it holds ${declared} tests, but holds ${held}.`]),
    ...(odd.other === 0
      ? []
      : [`${name} holds ${odd.other} tests that neither passed, failed nor were skipped; they count as failed.`]),
    ...(odd.broken === 0 ? [] : [`${name} holds ${odd.broken} entries that are no tests.`]),
  ]
}
