import { type Measurement, nothingRemoved, type Result } from '@mayfly/core'
import { describeServices, type Recorded, type Target } from '@mayfly/environment'
import { publishCheck, readComment, readPullRequest, upsertComment } from '@mayfly/github'
import { commentMarker, readRunMarker, renderCheck, renderMeasurementComment, shouldComment } from '@mayfly/report'
import { tell } from './announce.ts'
import type { Start } from './context.ts'

type Teller = Pick<Start, 'github' | 'log'>

export interface Announcement {
  /** The preview that was measured; undefined where only its measurement is known. */
  preview: Result | undefined
  quiet: boolean
}

/** The name under which GitHub lists the check. */
const CHECK = 'Mayfly'

/**
 * Tells a measurement: the sticky comment, and a check on the commit that was measured. The check belongs to its commit and
 * is always right; the comment is left alone where the pull request has moved on or a newer run has written it.
 * What the token may not do is said with the line to add, and ends nothing.
 */
export async function announceMeasurement(
  run: Teller,
  number: number,
  measurement: Measurement,
  { preview, quiet }: Announcement,
): Promise<void> {
  const { github, log } = run
  const { title, summary, text, conclusion, annotations } = renderCheck(measurement)
  const { id, attempt } = measurement.run
  await tell(log, () =>
    publishCheck(github, {
      name: CHECK,
      headSha: measurement.revision,
      externalId: `${measurement.environment}/${id}/${attempt}`,
      detailsUrl: measurement.links.page ?? measurement.links.artifact ?? measurement.run.url,
      title,
      summary,
      text,
      conclusion,
      annotations,
    }),
  )
  await tell(log, async () => {
    const now = await readPullRequest(github, number)
    if (now.head !== measurement.revision || now.state === 'closed') {
      log.info(`The comment is left to the run of ${now.head.slice(0, 7)}.`)
      return
    }
    const marker = commentMarker(measurement.environment)
    const said = (await readComment(github, number, marker))?.body
    const other = said === undefined ? undefined : readRunMarker(said)
    if (other !== undefined && isNewer(other, measurement))
      return log.info(`Run ${other.run} has commented since; it is left to that.`)
    if (!shouldComment(said, measurement, quiet)) return
    await upsertComment(github, number, marker, renderMeasurementComment(preview, measurement, { quiet }))
  })
}

function isNewer(other: { sha: string; run: number; attempt: number }, { revision, run }: Measurement): boolean {
  if (other.sha !== revision) return false
  return other.run > run.id || (other.run === run.id && other.attempt > run.attempt)
}

/** What is told of a preview that runs, as its record says it. */
export function describePreview(target: Target, deployment: Recorded, runUrl: string): Result {
  const { record } = deployment
  return {
    outcome: 'ready',
    environment: target.id,
    pullRequest: target.pullRequest,
    revision: record.revision,
    reason: '',
    cure: '',
    services: describeServices(deployment),
    phases: [],
    expiresAt: record.ttl === undefined ? undefined : new Date(record.deployedAt.getTime() + record.ttl).toISOString(),
    notices: [],
    removed: nothingRemoved,
    runUrl,
  }
}
