import type { Running } from './running.ts'
import type { NotChecked } from './tracing.ts'

/** An artifact, and every place where it runs. */
export interface Whereabout {
  /** `name@version`, as it was released or, where it was not, as it was deployed. */
  artifact: string
  digest: string
  released: boolean
  /** The commit that was released or, of what was not, the one it was built from. */
  revision: string
  /** Undefined where none is known. */
  pullRequest: number | undefined
  /** When that commit was made; undefined for what was not released. */
  createdAt: Date | undefined
  running: readonly Running[]
}

export interface Whereabouts {
  kind: 'commit' | 'artifact'
  /** The commit in full, or the artifact's reference. */
  what: string
  artifacts: readonly Whereabout[]
  notChecked: readonly NotChecked[]
}
