import type { Measurement } from '@mayfly/core'
import { commentMarker } from '../comment.ts'

/** Which run a comment was written by. */
export interface RunMarker {
  sha: string
  run: number
  attempt: number
}

/** The comment's first two lines, which nobody sees: whose it is, and which run wrote it. */
export function measurementMarkers({ environment, revision, run }: Measurement): string {
  // Letters and digits only: nothing that could end the comment that it stands in.
  const marker: RunMarker = { sha: revision.replace(/[^0-9a-f]/g, '').slice(0, 64), run: run.id, attempt: run.attempt }
  return `${commentMarker(environment)}\n<!-- mayfly-run ${JSON.stringify(marker)} -->`
}

/**
 * Which run wrote a comment, so that an older one overwrites nothing; undefined where it says none that can be read.
 * Only the second line counts: further down, a log or a test's name may say anything.
 */
export function readRunMarker(body: string): RunMarker | undefined {
  const text = /^<!-- mayfly:[a-z0-9-]{0,200} -->\s{0,10}<!-- mayfly-run (\{[^{}\n]{0,500}\}) -->/.exec(body)?.[1]
  if (text === undefined) return undefined
  const said = parse(text)
  if (typeof said !== 'object' || said === null) return undefined
  if (!('sha' in said) || !('run' in said) || !('attempt' in said)) return undefined
  const { sha, run, attempt } = said
  if (typeof sha !== 'string' || !/^[0-9a-f]{7,64}$/.test(sha)) return undefined
  return isCount(run) && isCount(attempt) ? { sha, run, attempt } : undefined
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
