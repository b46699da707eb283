import type { XmlAttributes } from '@mayfly/xml'
import { BOUNDS } from './bounds.ts'
import type { FoundTest } from './model.ts'

export type Attributes = XmlAttributes

/** What a `testcase` holds. */
export interface CaseElement {
  attributes: Attributes
  outcomes: OutcomeElement[]
  /** Of `system-out` and `system-err`, as far as it is kept. */
  output: string
  /** Paths from `property` elements that are called attachment, as some tools write instead of lines in the output. */
  attached: string[]
}

export interface OutcomeElement {
  kind: OutcomeKind
  attributes: Attributes
  text: string
}

/** A `testsuite` or `testsuites` that is open. */
export interface SuiteElement {
  attributes: Attributes
  /** `testsuites` does not count as a suite of its own. */
  named: boolean
  /** Failures that were found in it and below. */
  failed: number
  /** Of its own, in order. */
  tests: FoundTest[]
}

const OUTCOMES = {
  failure: 'failed',
  error: 'failed',
  skipped: 'skipped',
  ignored: 'skipped',
  disabled: 'skipped',
  // Surefire's: attempts that failed before one passed (flaky), or before the last one failed too (rerun).
  flakyFailure: 'attempt',
  flakyError: 'attempt',
  rerunFailure: 'attempt',
  rerunError: 'attempt',
} as const

export type OutcomeKind = (typeof OUTCOMES)[keyof typeof OUTCOMES]

export function outcomeKind(element: string): OutcomeKind | undefined {
  return Object.hasOwn(OUTCOMES, element) ? OUTCOMES[element as keyof typeof OUTCOMES] : undefined
}

/** An attribute that says something. */
export function attribute(attributes: Attributes, ...names: string[]): string | undefined {
  for (const name of names) {
    const value = attributes[name]
    if (value !== undefined && value !== '') return value
  }
  return undefined
}

/** Seconds as tools write them, in milliseconds: `0.005`, `1,234.56`, `1e-5`, and `0,005` where a comma is the decimal point. */
export function millisecondsOf(time: string | undefined): number | undefined {
  const text = time?.trim() ?? ''
  const grouped = /^[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?$/.test(text)
  const seconds = Number(grouped ? text.replaceAll(',', '') : text.replace(/^(\d+),(\d+)$/, '$1.$2'))
  if (text === '' || !Number.isFinite(seconds) || seconds < 0) return undefined
  // To the microsecond: binary fractions of a second are no neat milliseconds.
  return Math.round(Math.min(seconds, 1e9) * 1e6) / 1000
}

/** A count that a suite claims; anything else is none. */
export function countOf(attributes: Attributes, name: string): number {
  const text = attribute(attributes, name) ?? ''
  return /^\d{1,9}$/.test(text) ? Number(text) : 0
}

/** Where attachments stand in the output: Playwright's and Jenkins' way. */
export function attachmentPaths(output: string): string[] {
  const lines = output.matchAll(/\[\[ATTACHMENT\|([^\]\r\n]{1,1000})\]\]/g)
  return [...new Set([...lines].map((match) => match[1] ?? ''))].slice(0, BOUNDS.attachments)
}
