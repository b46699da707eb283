import { type HistoryEntry, history as historyOf, noEnvironment } from '@mayfly/environment'
import { environmentOf } from '../named.ts'
import type { Options } from '../options.ts'
import { answer, table } from '../terminal.ts'
import { withEngine } from '../where.ts'

/** What ran in an environment, the newest first. The first column is what `mayfly rollback --to` takes. */
export async function history(options: Options): Promise<number> {
  const { target } = await environmentOf(options)
  return withEngine(options, async (engine) => {
    const entries = await historyOf(engine, target)
    if (entries.length === 0) throw await noEnvironment(engine, target)
    answer(options, entries, table([['#', 'SINCE (UTC)', 'UNTIL', 'REVISION', 'WHAT', 'FROM', 'WHY', 'BY'], ...entries.map(row)]))
    return 0
  })
}

function row({ since, until, revision, artifacts, pullRequest, reason, by }: HistoryEntry, at: number): string[] {
  return [
    String(at),
    minute(since),
    until === undefined ? 'now' : minute(until),
    revision.slice(0, 7),
    artifacts.map(({ name, digest }) => `${name} ${digest.replace('sha256:', '').slice(0, 12)}`).join(', '),
    pullRequest === undefined ? '' : `#${pullRequest}`,
    reason,
    by,
  ]
}

function minute(date: Date): string {
  return date.toISOString().slice(0, 16).replace('T', ' ')
}
