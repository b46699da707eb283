/** One test as its report tells it, all attempts of it in one. Names, messages and paths are hostile text and kept as they are. */
export interface TestCase {
  /** Suites and name joined by ` › `, unique among the tests it came with and the same in every run. */
  id: string
  /** From the outermost; a class, a package or a file counts as one. */
  suite: string[]
  name: string
  /** As reported, without the given roots. */
  file?: string
  /** 1-based. */
  line?: number
  /** A flaky test is `passed`. */
  status: TestStatus
  milliseconds?: number
  /** Attempts after the first. */
  retries: number
  /** Passed, but not at the first attempt. */
  flaky: boolean
  /** The first line says what is wrong, or why it was skipped; empty where nothing is said. */
  message: string
  /** The stack and what else the report holds of a failure. */
  details: string
  /** ISO 8601. */
  startedAt?: string
  /** Paths are as reported: nothing says that they stay inside any directory. */
  attachments: Attachment[]
}

export type TestStatus = 'passed' | 'failed' | 'skipped'

export interface Attachment {
  name: string
  path: string
}

/** What a reader finds, before attempts are one and everything has its id. */
export interface FoundTest extends Omit<TestCase, 'id'> {
  /** Suites that hold it but are left out of its own: they tell tests apart that are otherwise the same. */
  outer: string[]
}

export type TestFormat = 'junit' | 'ctrf' | 'tap' | 'go'

export interface FoundTests {
  tests: FoundTest[]
  notices: string[]
  /** What it means that a report holds the same test again: another attempt, or another test of that name. */
  repeated: 'attempt' | 'test'
  /** Whether every test says its file. Where only failed ones do, a test must not be called otherwise for having failed. */
  fileTells: boolean
}

export interface TestResults {
  format: TestFormat
  tests: TestCase[]
  /** What was dropped or looks wrong, one sentence each. */
  notices: string[]
}

/** A test of which nothing is known but its name. */
export function foundTest(suite: string[], name: string, status: TestStatus): FoundTest {
  return { suite, name, status, outer: [], retries: 0, flaky: false, message: '', details: '', attachments: [] }
}
