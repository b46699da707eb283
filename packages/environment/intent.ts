import type { Log } from '@mayfly/core'
import type { Isolated, Placed } from '@mayfly/project'
import type { Reason } from './record.ts'
import type { Target } from './target.ts'

/** What is to run in an environment, however it was arrived at: from a project, or from a record. */
export interface Intent {
  target: Target
  revision: string
  isolated: Isolated
  placed: readonly Placed[]
  /** What was changed or dropped from the project. */
  notices: readonly string[]
  ttl: number | undefined
  run: string
  reason: Reason
  by: string
  pullRequest: number | undefined
  /** Milliseconds that services may take to get healthy. */
  timeout: number
  /** Whether this is still wanted; asked again while services start and before anything is undone. */
  current: () => Promise<boolean>
  log: Log
}
