import { UserError } from '@mayfly/core'
import { readXml } from '@mayfly/xml'
import { BOUNDS, growing, keeper } from './bounds.ts'
import { testOf } from './junit-case.ts'
import {
  type Attributes,
  attribute,
  type CaseElement,
  countOf,
  millisecondsOf,
  type OutcomeElement,
  outcomeKind,
  type SuiteElement,
} from './junit-element.ts'
import { isNodes, namesOf } from './junit-place.ts'
import { type FoundTest, type FoundTests, foundTest } from './model.ts'
import { FORMATS, instant } from './text.ts'

/**
 * Reads JUnit XML. There is no standard: this follows what node, Playwright, Vitest, Jest, Mocha, pytest, go-junit-report,
 * gotestsum, Surefire, Gradle, PHPUnit and RSpec write.
 * @throws UserError for broken XML, and XML that is something else.
 */
export function readJunit(text: string, name: string): FoundTests {
  const kept = keeper(name)
  const reader = junitReader(name, kept.keep)
  try {
    readXml(text, reader, { length: BOUNDS.report })
  } catch (cause) {
    if (!(cause instanceof UserError)) throw cause
    // What this file says itself names the report already.
    if (cause.message.startsWith(name)) throw cause
    throw new UserError(`${name}: ${cause.message}`, { ...(cause.cure === undefined ? {} : { cure: cause.cure }), cause })
  }
  // node knows no attempts: what it lists twice are two tests of one name.
  return { tests: kept.tests, notices: kept.notices(), repeated: reader.isNode() ? 'test' : 'attempt', fileTells: true }
}

function junitReader(name: string, keep: (test: FoundTest) => FoundTest) {
  const suites: SuiteElement[] = []
  let current: CaseElement | undefined
  let outcome: { element: string; into: OutcomeElement; text: ReturnType<typeof growing> } | undefined
  let output: { element: string; text: ReturnType<typeof growing> } | undefined
  let tests = 0
  let nodes = 0
  /** node says nothing about the run as a whole; other tools do. */
  let bare = false

  const found = (test: FoundTest): void => {
    suites.at(-1)?.tests.push(keep(test))
  }
  const openCase = (attributes: Attributes): void => {
    current = { attributes, outcomes: [], output: '', attached: [] }
    tests++
    if (isNodes(attributes.classname, namesOf(suites))) nodes++
  }
  const closeCase = (): void => {
    if (current !== undefined) found(testOf(current, suites))
    current = undefined
  }
  const closeSuite = (): void => {
    const suite = suites.at(-1)
    if (suite === undefined) return
    const unnamed = unnamedFailure(suite)
    if (unnamed !== undefined) {
      found(unnamed)
      for (const each of suites) each.failed++
    }
    setStarts(suite)
    suites.pop()
  }

  return {
    isNode: () => bare && nodes === tests,
    open(element: string, attributes: Attributes): void {
      const kind = outcomeKind(element)
      if (suites.length === 0 && !/^(testsuites?|testrun)$/.test(element)) throw otherXml(name, element)
      if (element === 'testsuites' || element === 'testsuite' || element === 'testrun') {
        if (suites.length === 0) bare = element === 'testsuites' && Object.keys(attributes).length === 0
        suites.push({ attributes, named: element === 'testsuite', failed: 0, tests: [] })
      } else if (element === 'testcase') openCase(attributes)
      else if (outcome === undefined && kind !== undefined) {
        outcome = { element, into: { kind, attributes, text: '' }, text: growing(BOUNDS.details) }
      } else if (element === 'system-out' || element === 'system-err') output = { element, text: growing(BOUNDS.details) }
      else if (element === 'property' && current !== undefined) addProperty(current, attributes)
    },
    text(text: string): void {
      if (output !== undefined) output.text.add(text)
      else outcome?.text.add(text)
    },
    close(element: string): void {
      if (output?.element === element) {
        if (current !== undefined) current.output += output.text.value()
        output = undefined
      } else if (outcome?.element === element) {
        if (outcome.into.kind === 'failed') for (const suite of suites) suite.failed++
        addOutcome({ ...outcome.into, text: outcome.text.value() }, current, found, suites)
        outcome = undefined
      } else if (element === 'testcase') closeCase()
      else if (element === 'testsuite' || element === 'testsuites' || element === 'testrun') closeSuite()
    },
  }
}

/** A failure outside every test is one of the suite: its set-up, or a file that could not be loaded. */
function addOutcome(
  outcome: OutcomeElement,
  current: CaseElement | undefined,
  found: (test: FoundTest) => void,
  suites: readonly SuiteElement[],
): void {
  // A hostile report may hold any number of them.
  if (current !== undefined && current.outcomes.length < 100) current.outcomes.push(outcome)
  if (current !== undefined || outcome.kind !== 'failed') return
  found(testOf({ attributes: { name: OF_SUITE }, outcomes: [outcome], output: '', attached: [] }, suites))
}

const OF_SUITE = '(the suite itself)'

function addProperty(current: CaseElement, attributes: Attributes): void {
  const value = attribute(attributes, 'value')
  if (value === undefined || !/^attachment/i.test(attributes.name ?? '')) return
  if (current.attached.length < BOUNDS.attachments) current.attached.push(value)
}

/** Failures that a suite counts but does not list, as jest-junit does for a file that cannot be loaded: none passes silently. */
function unnamedFailure({ attributes, failed }: SuiteElement): FoundTest | undefined {
  const declared = countOf(attributes, 'failures') + countOf(attributes, 'errors')
  if (declared === 0 || failed > 0) return undefined
  const message = `${declared} failed, but the report does not say which.`
  return { ...foundTest([attribute(attributes, 'name') ?? 'a suite'], OF_SUITE, 'failed'), message }
}

/**
 * When its tests started, where the suite says when it did: one after the other. Where they took longer together than the
 * suite, they ran side by side and nothing is known.
 */
function setStarts({ attributes, tests }: SuiteElement): void {
  const start = instant(attribute(attributes, 'timestamp'))
  const took = millisecondsOf(attribute(attributes, 'time')) ?? 0
  const together = tests.reduce((sum, test) => sum + (test.milliseconds ?? 0), 0)
  if (start === undefined || together > took * 1.02 + 10) return
  let at = Date.parse(start)
  for (const test of tests) {
    test.startedAt ??= new Date(at).toISOString()
    at += test.milliseconds ?? 0
  }
}

function otherXml(name: string, root: string): UserError {
  return new UserError(`${name} is XML of the kind <${root.slice(0, 100)}>, and no JUnit XML.`, { cure: FORMATS })
}
