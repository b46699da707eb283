import { describeError, type Log } from '@mayfly/core'
import type { Engine } from '@mayfly/engine'
import { type Entry, type Ledger, listEntries } from '@mayfly/ledger'
import type { Registry } from '@mayfly/registry'

/** Where to look for artifacts and for what runs them. Nothing of it is changed by looking. */
export interface Tracing {
  /** Undefined where the repository has no remote. */
  ledger: Ledger | undefined
  registries: (host: string) => Registry
  hosts: readonly TracedHost[]
  /** Whose artifacts these are: `<server>/<owner>/<repository>`. */
  owner: string
  /** A checkout of the repository, for its history. */
  directory: string
  environment: Readonly<Record<string, string | undefined>>
  log: Log
}

/** A host that was asked for; one that does not answer is named wherever it matters, and hinders nothing else. */
export type TracedHost = ReachedHost | { name: string; unreachable: string }

export interface ReachedHost {
  name: string
  engine: Engine
}

/** What could not be looked at, so that nobody takes silence for an answer. */
export interface NotChecked {
  what: string
  why: string
}

/** What `work` gives; where it fails, undefined, and the reason among what was not checked. */
export async function attempt<T>(notChecked: NotChecked[], what: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    notChecked.push({ what, why: describeError(error) })
    return undefined
  }
}

/** Does `work` for each, at most `count` at a time: a ledger has hundreds of entries, and each of them asks several things. */
export async function eachOf<T, R>(items: readonly T[], work: (item: T) => Promise<R>, count = 8): Promise<R[]> {
  const results: R[] = new Array(items.length)
  const next = items.entries()
  const worker = async () => {
    for (const [at, item] of next) results[at] = await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(count, items.length) }, worker))
  return results
}

/** Undefined where it cannot be read, or there is none; the reason is then among what was not checked. */
export async function readLedger({ ledger }: Tracing, notChecked: NotChecked[]): Promise<Entry[] | undefined> {
  if (ledger !== undefined) return attempt(notChecked, 'the ledger', () => listEntries(ledger))
  notChecked.push({ what: 'the ledger', why: 'this checkout has no remote, so there is none' })
  return undefined
}
