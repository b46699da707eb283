/** What became of one reconciliation; the comment, the summary and the outputs are rendered from it alone. */
export interface Result {
  outcome: Outcome
  /** The environment's id. */
  environment: string
  pullRequest: number | undefined
  /** The commit that was asked for. */
  revision: string
  /** One sentence: why it ended so. Empty for `ready`. */
  reason: string
  /** What to change, where somebody must. */
  cure: string
  services: ServiceResult[]
  phases: Phase[]
  /** ISO 8601; undefined where nothing runs or it never expires. */
  expiresAt: string | undefined
  /** What was changed or dropped from the project so that it could be previewed. */
  notices: string[]
  /** What was removed, by kind; all zero where nothing was. */
  removed: Removed
  /** URL of the run that made this result. */
  runUrl: string | undefined
  /** Only where it is about a named environment and no preview. */
  named?: Named
}

/** A change of a named environment, as people speak of it. */
export interface Named {
  /** Such as `staging`. */
  name: string
  action: 'promote' | 'rollback'
  /** Where what is placed comes from: `pr-12`, `staging`, `web@1.4.3`; empty where it was given as it is. */
  from: string
  /** What runs from here on, service by service, beside what ran before; empty where nothing ran. */
  before: { service: string; artifact: string; digest: string }[]
}

/**
 * `building`: under way. `ready`: healthy at the expected revision. `failed`: not, and the cause is in `reason`.
 * `removed`: nothing of it is left. `overtaken`: a newer head exists, another run will deploy it.
 * `skipped`: not asked for (no opt-in label). `planned`: dry-run.
 */
export type Outcome = 'building' | 'ready' | 'failed' | 'removed' | 'overtaken' | 'skipped' | 'planned'

export interface ServiceResult {
  name: string
  /** The URLs that lead to it, the best first. Empty: not reachable from outside. */
  urls: string[]
  /** `name@version`, or the ready image's reference. */
  artifact: string
  /** `sha256:...` of what runs; empty before anything does. */
  digest: string
  /** The commit that the artifact was built from; empty for a ready image. */
  revision: string
  state: 'waiting' | 'healthy' | 'running' | 'completed' | 'failed'
  /** Whether its artifact was there before this run; undefined where that is not known, and for a ready image. */
  reused?: boolean
  /** Why it was built or reused, one sentence; with `reused`. */
  why?: string
  /** What the deployment did with it. */
  action: 'created' | 'updated' | 'unchanged' | 'none'
  /** On failure: its last log lines and the health check's output, as they came. Hostile text. */
  log: string
}

export interface Phase {
  name: string
  milliseconds: number
}

export interface Removed {
  containers: number
  networks: number
  volumes: number
  images: number
  routes: number
}

export const nothingRemoved: Removed = { containers: 0, networks: 0, volumes: 0, images: 0, routes: 0 }
