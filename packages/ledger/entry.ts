import { UserError } from '@mayfly/core'

/** What the ledger says of one version, for ever. */
export interface Entry {
  /** The artifact's name: letters, digits, `.`, `_`, `-` and `/`; an `@` may lead, as in npm's scopes. */
  name: string
  /** A semantic version. */
  version: string
  /** `sha256:...` of the manifest or, without a registry, the engine's id of the image. */
  digest: string
  /** Repository of the image, with its host; empty: it is in an engine's store alone. */
  repository: string
  /** Full hash of the commit that was released, which the tag points at; what was built may be older and says so itself. */
  revision: string
  /** Hash of everything that went in. */
  key: string
  /** Digest of the base image; empty where there is none. */
  base: string
  /** Where the change came from; undefined where that is not known. */
  pullRequest: number | undefined
  /** Time of the commit, whole seconds. */
  createdAt: Date
}

/**
 * `access`: no permission to write, or none to read. `rule`: the server has a rule or a hook against this tag.
 * `unreachable`: no answer. `taken`: somebody else's tag has the name. `damaged`: a tag says it is Mayfly's and is not.
 * `history`: commits that are needed are not to be had.
 */
export type LedgerReason = 'access' | 'rule' | 'unreachable' | 'taken' | 'damaged' | 'history'

/** Why the ledger could not be read or written; `reason` is for programs, the message and the cure for people. */
export class LedgerError extends UserError {
  readonly reason: LedgerReason

  constructor(reason: LedgerReason, message: string, options: { cure?: string; cause?: unknown } = {}) {
    super(message, options)
    this.reason = reason
  }
}

const DIGEST = /^sha256:[0-9a-f]{64}$/
const REVISION = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/
const REPOSITORY = /^[\w.:/[\]-]{0,400}$/
const KEY = /^[\w.:+=/-]{0,200}$/

/** The first field that cannot be what it is to be; undefined where all can. The name and the version are the tag name's matter. */
export function wrongField(entry: Entry): keyof Entry | undefined {
  const seconds = entry.createdAt.getTime() / 1000
  if (!DIGEST.test(entry.digest)) return 'digest'
  if (!REPOSITORY.test(entry.repository)) return 'repository'
  if (!REVISION.test(entry.revision)) return 'revision'
  if (!KEY.test(entry.key)) return 'key'
  if (entry.base !== '' && !DIGEST.test(entry.base)) return 'base'
  if (entry.pullRequest !== undefined && !(Number.isSafeInteger(entry.pullRequest) && entry.pullRequest > 0)) return 'pullRequest'
  // From 1970 to 9999: what git's own dates and ISO 8601 without a sign can both say.
  if (!(seconds >= 0 && seconds < 253_402_300_800)) return 'createdAt'
  return undefined
}
