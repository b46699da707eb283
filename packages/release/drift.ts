import type { NotChecked } from './tracing.ts'

/**
 * What is not as it should be.
 * `manifest-missing`: a registry lost a released artifact. `manifest-altered`: it answers with other bytes than the digest
 * says. `tag-missing`, `tag-moved`: the version's tag is gone or leads elsewhere. `tag-unknown`: it looks like a release,
 * and the ledger knows none. `referrer-broken`: what is attached is gone or about something else. `subject-missing`:
 * something is attached to what is gone. `version-differs`: an environment took other bytes for a released version.
 * `version-unknown`: it names a release that was never made. `container-differs`: a container does not run what its
 * record says. `service-missing`: nothing runs for it at all. `digest-gone`: what runs is in its registry no more.
 */
export type DriftKind =
  | 'manifest-missing'
  | 'manifest-altered'
  | 'tag-missing'
  | 'tag-moved'
  | 'tag-unknown'
  | 'referrer-broken'
  | 'subject-missing'
  | 'version-differs'
  | 'version-unknown'
  | 'container-differs'
  | 'service-missing'
  | 'digest-gone'

export interface Drift {
  kind: DriftKind
  /** What it is about: a version, a tag, or a service of an environment. */
  what: string
  expected: string
  found: string
  cure: string
}

/** What a comparison found, and what it could not look at. */
export interface Findings {
  drifts: Drift[]
  notChecked: NotChecked[]
}

export function noFindings(): Findings {
  return { drifts: [], notChecked: [] }
}
