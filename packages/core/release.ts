/** What became of one service in a release, as far as people are told. */
export interface ReleasedService {
  service: string
  /** Undefined for a ready image, which has its version already. */
  version: string | undefined
  outcome: 'published' | 'already published' | 'ready image'
  /** What holds the promise that `name@version` never changes; empty where nothing was published. */
  kept: 'by the ledger' | 'best effort: by the registry alone' | ''
  /** One sentence: what it was built from, and when. */
  why: string
  artifact: { digest: string; revision: string }
}
