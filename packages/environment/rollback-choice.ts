import { UserError } from '@mayfly/core'
import type { DeploymentRecord } from './record.ts'

/**
 * The record to go back to, of an environment's records, the newest first. Pure.
 *
 * Without `to`: the deployment before the one that runs, leaving out what was itself rolled back from. After A, B and
 * a roll back to A, another one does not lead to B again but to what ran before A; going forward takes `to`.
 * With `to`: a number counts entries of the history (0 runs now, 1 ran before it), anything else is a commit (seven digits
 * at least) or an artifact's version (`1.4.2`, `web@1.4.2`), and the newest deployment of it is meant.
 * @throws UserError where there is none.
 */
export function chooseRecord(records: readonly DeploymentRecord[], to: string | undefined, id: string): DeploymentRecord {
  const found = to === undefined ? before(records) : named(records, to.trim())
  if (found !== undefined) return found
  if (to === undefined) {
    throw new UserError(`Nothing ran in ${id} before what runs now, so there is nothing to go back to.`, {
      cure: 'See `mayfly history`; --to leads to any deployment in it, also to one that was rolled back from.',
    })
  }
  throw new UserError(`The history of ${id} holds no "${to}".`, {
    cure: `Give the number of an entry (1 to ${Math.max(1, records.length - 1)}), a commit or a version of \`mayfly history\`.`,
  })
}

/** Whether two deployments are the same one for whoever wants to go back: the same commit, and the same image for each service. */
export function isSame(a: DeploymentRecord, b: DeploymentRecord): boolean {
  return a.revision === b.revision && imagesOf(a) === imagesOf(b)
}

function imagesOf({ placed }: DeploymentRecord): string {
  return placed
    .map(({ service, reference }) => `${service} ${reference}`)
    .sort()
    .join('\n')
}

/** Follows what happened from the oldest on; going back takes from the line what it left. */
function before(records: readonly DeploymentRecord[]): DeploymentRecord | undefined {
  const line: DeploymentRecord[] = []
  for (const record of records.toReversed()) {
    const goesBack = record.reason === 'rollback' || record.reason === 'automatic-rollback'
    const at = goesBack ? line.findLastIndex((earlier) => isSame(earlier, record)) : -1
    if (at >= 0) line.length = at
    line.push(record)
  }
  const [current] = records
  return current && line.findLast((record) => !isSame(record, current))
}

function named(records: readonly DeploymentRecord[], to: string): DeploymentRecord | undefined {
  if (/^\d{1,3}$/.test(to)) return records[Number(to)]
  const [current, ...earlier] = records
  // What runs now comes last: asked for again, it is put as it was.
  return [...earlier, ...(current ? [current] : [])].find((record) => isCalled(record, to))
}

function isCalled({ revision, placed }: DeploymentRecord, to: string): boolean {
  if (/^[0-9a-f]{7,64}$/i.test(to) && revision.startsWith(to.toLowerCase())) return true
  return to !== '' && placed.some(({ name }) => name === to || name.endsWith(`/${to}`) || name.endsWith(`@${to}`))
}
