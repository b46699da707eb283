import { BOUNDS, cut } from './bounds.ts'
import {
  attachmentPaths,
  attribute,
  type CaseElement,
  millisecondsOf,
  type OutcomeElement,
  type SuiteElement,
} from './junit-element.ts'
import { placeOf } from './junit-place.ts'
import type { FoundTest } from './model.ts'
import { instant } from './text.ts'

/** A `testcase` as a test. */
export function testOf(element: CaseElement, suites: readonly SuiteElement[]): FoundTest {
  const { attributes, outcomes, output } = element
  const skipped = outcomes.find(({ kind }) => kind === 'skipped')
  // node's `todo` may fail and is no failure.
  const todo = skipped?.attributes.type === 'todo'
  const failures = todo ? [] : outcomes.filter(({ kind }) => kind === 'failed')
  const attempts = outcomes.filter(({ kind }) => kind === 'attempt')
  const status = failures.length > 0 ? 'failed' : skipped !== undefined || notRun(element) ? 'skipped' : 'passed'
  const place = placeOf(attributes, suites)
  const telling = failures[0] ?? attempts[0]
  const milliseconds = millisecondsOf(attribute(attributes, 'time', 'duration'))
  const startedAt = instant(attribute(attributes, 'timestamp', 'started-at'))
  return {
    ...place,
    status,
    retries: attempts.length,
    flaky: status === 'passed' && attempts.length > 0,
    message:
      status === 'skipped' ? skippedMessage(skipped, place.name) : telling === undefined ? '' : messageOf(telling, place.name),
    details: telling === undefined ? '' : detailsOf([...failures, ...attempts], output),
    attachments: [...new Set([...attachmentPaths(output), ...element.attached])].map((path) => ({ name: baseName(path), path })),
    ...(milliseconds === undefined ? {} : { milliseconds }),
    ...(startedAt === undefined ? {} : { startedAt }),
  }
}

/** GoogleTest and some others say by an attribute that a test did not run. */
function notRun({ attributes }: CaseElement): boolean {
  return [attributes.status, attributes.result].some((word) => /^(notrun|skipped|disabled|suppressed|ignored)$/i.test(word ?? ''))
}

function skippedMessage(skipped: OutcomeElement | undefined, test: string): string {
  const message = skipped === undefined ? '' : messageOf(skipped, test)
  // node's word for no reason.
  return message === 'true' ? '' : message
}

/** What is wrong, in a line: the message, unless it only says that or where the test failed. */
function messageOf({ attributes, text }: OutcomeElement, test: string): string {
  const given = attribute(attributes, 'message') ?? ''
  if (!EMPTY.test(given.trim())) return given
  return tellingLine(given, test) || tellingLine(text, test) || given.trim() || attribute(attributes, 'type') || ''
}

/** Words of Go's, pytest's and other reporters; Playwright's place of the test; Go's whole output in the message. */
const EMPTY = /^(?:(?:failed|skipped|collection failure|build error)?$|\S+\.[cm]?[jt]sx?:\d+:\d+ |=== RUN )/i

function tellingLine(text: string, test: string): string {
  const lines = cut(text, BOUNDS.message)
    .split('\n', 200)
    // pytest's mark of what is wrong.
    .map((line) => line.trim().replace(/^E {3,}/, ''))
  const error = lines.find((line) => /^[\w.$]*(?:Error|Exception)\b.{0,40}?:/.test(line))
  // Go prints that it runs and pauses a test, PHPUnit which test it was, before what is wrong.
  return (
    error ??
    lines.find(
      (line) =>
        line !== '' &&
        !/^(===|---) |^(failed|skipped|collection failure|build error)$|^\S+\.[cm]?[jt]sx?:\d+:\d+ /i.test(line) &&
        !line.endsWith(`::${test}`),
    ) ??
    ''
  )
}

function detailsOf(outcomes: readonly OutcomeElement[], output: string): string {
  const texts = outcomes.map(({ text }) => trimmed(text))
  const said = output.trim() === '' ? [] : [`Output:\n${trimmed(output)}`]
  return [...texts, ...said].filter((text) => text !== '').join('\n\n')
}

/** Without blank lines around it; the first line keeps its indentation. */
function trimmed(text: string): string {
  return text.trimEnd().replace(/^\s*\n/, '')
}

function baseName(path: string): string {
  return path.split(/[\\/]/).at(-1) || path
}
