import { UserError } from '@mayfly/core'
import type { FoundTest } from './model.ts'

/** How much of a report is kept. Whoever writes the tests writes the report, so each of these is an attack's size. */
export const BOUNDS = {
  /** Bytes of one report. */
  report: 200 * 1024 * 1024,
  tests: 1_000_000,
  /** Names of suites and tests, and ids. */
  name: 1000,
  suites: 50,
  message: 20 * 1024,
  /** Of one failure. */
  details: 100 * 1024,
  /** Of all failures of one report. */
  allDetails: 5 * 1024 * 1024,
  attachments: 50,
  /** Sentences that say much the same. */
  notices: 20,
} as const

/** At most so many code units, never half a character. */
export function cut(text: string, longest: number): string {
  if (text.length <= longest) return text
  return text.slice(0, longest).replace(/[\ud800-\udbff]$/, '')
}

/** Text that grows up to a bound, without the pieces being copied again and again. */
export function growing(longest: number): { add: (text: string) => void; value: () => string } {
  const parts: string[] = []
  let length = 0
  return {
    add: (text) => {
      if (length >= longest || text === '') return
      parts.push(cut(text, longest - length))
      length += text.length
    },
    value: () => parts.join(''),
  }
}

/** Keeps tests as they are found, within the bounds; what is left of a report's details is dropped and said. */
export function keeper(name: string): { keep: (test: FoundTest) => FoundTest; tests: FoundTest[]; notices: () => string[] } {
  const tests: FoundTest[] = []
  let left: number = BOUNDS.allDetails
  let dropped = 0
  const keep = (test: FoundTest): FoundTest => {
    if (tests.length === BOUNDS.tests) {
      throw new UserError(`${name} holds more than ${BOUNDS.tests.toLocaleString('en')} tests.`, {
        cure: 'Write several smaller reports.',
      })
    }
    const bounded = bound(test)
    if (bounded.details.length > left) {
      bounded.details = ''
      dropped++
    }
    left -= bounded.details.length
    tests.push(bounded)
    return bounded
  }
  const notices = (): string[] =>
    dropped === 0
      ? []
      : [`${name} holds more than ${BOUNDS.allDetails / 1024 / 1024} MB of details; those of ${dropped} tests are left out.`]
  return { keep, tests, notices }
}

function bound(test: FoundTest): FoundTest {
  return {
    ...test,
    suite: boundedNames(test.suite),
    outer: boundedNames(test.outer),
    name: cut(test.name, BOUNDS.name) || '(no name)',
    // Its first line is what is shown first; Hamcrest begins with an empty one.
    message: cut(test.message.slice(0, BOUNDS.message * 2).trim(), BOUNDS.message),
    // Only failures are explained: what a passing test wrote is of no use and can be anything's size.
    details: test.status === 'failed' || test.flaky ? cut(test.details, BOUNDS.details) : '',
    attachments: test.attachments.slice(0, BOUNDS.attachments).map(({ name, path }) => ({
      name: cut(name, BOUNDS.name),
      path: cut(path, BOUNDS.name),
    })),
  }
}

export function boundedNames(suite: readonly string[]): string[] {
  return suite.slice(0, BOUNDS.suites).map((part) => cut(part, BOUNDS.name))
}
