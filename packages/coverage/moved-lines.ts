import type { Hunk } from './diff-hunks.ts'

/**
 * Where lines of the older file are in the newer one; undefined for those that are gone or changed. To be asked with rising
 * numbers: it goes through the hunks once.
 */
export function movedLines(hunks: readonly Hunk[]): (oldLine: number) => number | undefined {
  let [at, shift] = [0, 0]
  return (oldLine) => {
    for (let hunk = hunks[at]; hunk !== undefined && hunk.oldFirst + hunk.oldCount <= oldLine; hunk = hunks[++at]) {
      shift += hunk.newCount - hunk.oldCount
    }
    const next = hunks[at]
    return next !== undefined && next.oldFirst <= oldLine ? undefined : oldLine + shift
  }
}
