import type { Result } from '@mayfly/core'
import { renderParts } from './comment.ts'
import { fit } from './detail.ts'

/** GitHub drops a step summary above 1 MiB whole; a character is at most three bytes (a pair of them, four). */
const LONGEST = 300_000

/** The step summary: the comment without its marker. */
export function renderSummary(result: Result): string {
  return fit(LONGEST, (detail) => `${renderParts(result, detail).join('\n\n')}\n`)
}
