import { type Engine, type Observed, observe } from '@mayfly/engine'
import type { Placed } from '@mayfly/project'
import { digestIn } from './digest.ts'
import { type DeploymentRecord, type Reason, recordsOf } from './record.ts'
import type { Target } from './target.ts'

/** What ran in an environment, from when to when, and how it got there. */
export interface HistoryEntry {
  since: Date
  /** Undefined: it runs now. */
  until: Date | undefined
  revision: string
  artifacts: { service: string; name: string; digest: string; revision: string }[]
  /** The pull request that it came from, where one is known. */
  pullRequest: number | undefined
  /** URL of the run that put it there; empty where it was put there by hand. */
  run: string
  by: string
  reason: Reason
}

/**
 * What an environment's records say, the newest first: entry 0 is what runs now, and `--to <n>` of a roll back counts
 * like that. A preview keeps one entry, a named environment the last 20.
 */
export async function history(engine: Engine, target: Pick<Target, 'id' | 'owner'>): Promise<HistoryEntry[]> {
  return historyOf(await observe(engine, { owner: target.owner, environment: target.id }))
}

/** The history of one environment, from everything that was observed of it. Pure. */
export function historyOf(observed: Pick<Observed, 'volumes'>): HistoryEntry[] {
  const records = recordsOf(observed).map(({ record }) => record)
  return records.map((record, at) => toEntry(record, records[at - 1]?.deployedAt))
}

function toEntry(record: DeploymentRecord, until: Date | undefined): HistoryEntry {
  const { deployedAt, revision, placed, pullRequest, run, by, reason } = record
  return { since: deployedAt, until, revision, artifacts: placed.map(toArtifact), pullRequest, run, by, reason }
}

function toArtifact({ service, name, reference, revision }: Placed): HistoryEntry['artifacts'][number] {
  return { service, name, digest: digestIn(reference), revision }
}
