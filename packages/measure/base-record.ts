import { gunzipSync, gzipSync } from 'node:zlib'
import { type Measurement, type TestOutcome, UserError } from '@mayfly/core'
import { readPlaced } from '@mayfly/environment'
import type { Placed } from '@mayfly/project'
import { readMeasurement, writeMeasurement } from './read-measurement.ts'

/** What is kept of a commit of the default branch, for what comes after it to be compared with. */
export interface BaseRecord {
  measurement: Measurement
  /** What ran, so that it can be started again beside what is compared with it. */
  placed: readonly Placed[]
  /** The tests that did not simply pass, run by run, the newest first: what flaky means is seen over many. */
  history: RunOutcomes[]
}

export interface RunOutcomes {
  commit: string
  /** Only those that failed or were flaky. */
  outcomes: Record<string, TestOutcome>
}

/** How many runs are looked back on. */
export const KEPT_RUNS = 30

const MOST = 64 * 1024 * 1024
const SEPARATOR = '\n'

/** The record of a commit after the one before it. */
export function continueRecord(measurement: Measurement, placed: readonly Placed[], before: BaseRecord | undefined): BaseRecord {
  const outcomes = Object.entries(measurement.tests?.outcomes ?? {}).filter(
    ([, outcome]) => outcome === 'failed' || outcome === 'flaky',
  )
  const own = measurement.tests === undefined ? [] : [{ commit: measurement.revision, outcomes: Object.fromEntries(outcomes) }]
  const earlier = (before?.history ?? []).filter(({ commit }) => commit !== measurement.revision)
  return { measurement, placed, history: [...own, ...earlier].slice(0, KEPT_RUNS) }
}

/** Compressed JSON: the measurement, and on lines of their own what ran and the history. */
export function packRecord({ measurement, placed, history }: BaseRecord): Buffer {
  return gzipSync([writeMeasurement(measurement), JSON.stringify(placed), JSON.stringify(history)].join(SEPARATOR))
}

/**
 * Reads a record back. It comes from a cache or an artifact that others can write to: nothing in it is believed.
 * @throws UserError where it is none.
 */
export function unpackRecord(bytes: Uint8Array): BaseRecord {
  let text: string
  try {
    text = gunzipSync(bytes, { maxOutputLength: MOST }).toString('utf8')
  } catch (error) {
    throw new UserError('The stored measurement cannot be unpacked.', { cause: error })
  }
  const last = text.lastIndexOf(SEPARATOR)
  const first = text.lastIndexOf(SEPARATOR, last - 1)
  if (first < 0) throw new UserError('The stored measurement is cut off.')
  return {
    measurement: readMeasurement(text.slice(0, first)),
    placed: readPlaced(parsed(text.slice(first + 1, last))),
    history: readHistory(parsed(text.slice(last + 1))),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UserError('The stored measurement is broken.', { cause: error })
  }
}

const OUTCOMES: readonly string[] = ['passed', 'failed', 'skipped', 'flaky'] satisfies TestOutcome[]

function readHistory(value: unknown): RunOutcomes[] {
  if (!Array.isArray(value)) throw new UserError('The stored history of tests is no list.')
  return value.slice(0, KEPT_RUNS).flatMap((item): RunOutcomes[] => {
    const commit: unknown = typeof item === 'object' && item !== null ? Reflect.get(item, 'commit') : undefined
    const outcomes: unknown = typeof item === 'object' && item !== null ? Reflect.get(item, 'outcomes') : undefined
    if (typeof commit !== 'string' || !/^[0-9a-f]{40,64}$/.test(commit) || typeof outcomes !== 'object' || outcomes === null)
      return []
    const entries = Object.entries(outcomes).filter((entry): entry is [string, TestOutcome] =>
      OUTCOMES.includes(String(entry[1])),
    )
    return [{ commit, outcomes: Object.fromEntries(entries.slice(0, 100_000)) }]
  })
}
