/** What a GitHub event means, reduced. Everything that Mayfly decides from GitHub is in here. */
export type Trigger =
  | { kind: 'pull-request'; number: number }
  /** Reconcile everything of the repository: `schedule`, `workflow_dispatch`. */
  | { kind: 'sweep' }

/** A pull request as it is now, not as an event once said. */
export interface PullRequest {
  number: number
  title: string
  state: 'open' | 'closed'
  merged: boolean
  draft: boolean
  labels: string[]
  /** Full commit hash of the head. */
  head: string
  headRef: string
  /** `owner/name` of the head's repository; undefined once a fork has been deleted. */
  headRepository: string | undefined
  base: string
  baseRef: string
  author: string
  url: string
}
