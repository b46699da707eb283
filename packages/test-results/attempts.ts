import { BOUNDS, cut } from './bounds.ts'
import { keyOf } from './identify.ts'
import type { FoundTest, TestCase } from './model.ts'

type Attempt = Omit<TestCase, 'id'>

/**
 * Makes one test of the attempts that a report lists one after the other. Only what comes after a failure is another
 * attempt: two passes are two tests of one name, and a pass never hides a failure that follows it.
 */
export function mergeAttempts(tests: readonly FoundTest[]): { tests: FoundTest[]; flaky: number } {
  const merged: FoundTest[] = []
  const failedAt = new Map<string, number>()
  let flaky = 0
  for (const test of tests) {
    const key = keyOf(test)
    const before = failedAt.get(key)
    const earlier = before === undefined ? undefined : merged[before]
    if (before === undefined || earlier === undefined || test.status === 'skipped' || elsewhere(earlier, test)) {
      if (test.status === 'failed') failedAt.set(key, merged.length)
      merged.push(test)
      continue
    }
    merged[before] = { ...oneOf(earlier, test), outer: test.outer }
    if (test.status === 'passed') flaky++
    if (test.status !== 'failed') failedAt.delete(key)
  }
  return { tests: merged, flaky }
}

/** Known to be written at different places, two tests of one name are not attempts of one. */
function elsewhere(one: Attempt, other: Attempt): boolean {
  return one.line !== undefined && other.line !== undefined && one.line !== other.line
}

/** pytest lists a test again whose cleaning up fails too. */
const CLEANING = /^failed on teardown with /

/** A failed attempt and the one after it: how that one ended counts, and why the first failed is kept. */
export function oneOf(failed: Attempt, later: Attempt): Attempt {
  const flaky = later.status === 'passed'
  return {
    ...later,
    retries: failed.retries + later.retries + (CLEANING.test(later.message) ? 0 : 1),
    flaky,
    message: failed.message || later.message,
    details: cut([failed.details, later.details].filter((part) => part !== '').join('\n\n'), BOUNDS.details),
    attachments: [...failed.attachments, ...later.attachments].slice(0, BOUNDS.attachments),
    ...(failed.startedAt === undefined ? {} : { startedAt: failed.startedAt }),
    ...(failed.milliseconds === undefined ? {} : { milliseconds: failed.milliseconds + (later.milliseconds ?? 0) }),
  }
}
