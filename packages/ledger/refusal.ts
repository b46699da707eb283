import { LedgerError } from './entry.ts'
import type { Ledger } from './ledger.ts'

const TRANSIENT = [
  /returned error: (?:429|5\d\d)/,
  /Could not resolve host|Temporary failure in name resolution/,
  /Connection (?:refused|reset|timed out)|Failed to connect|Couldn't connect|Operation timed out|Operation too slow/,
  /RPC failed|early EOF|Empty reply|unexpected disconnect|hung up unexpectedly|SSL_ERROR|GnuTLS|gnutls/,
]
const DENIED = [
  /returned error: (?:401|403|404)|Authentication failed|could not read (?:Username|Password)|[Rr]epository not found/,
  /Permission (?:to \S+ )?denied|Write access to repository not granted|insufficient permission|does not appear to be a git repository/,
  /unable to create temporary object directory|service not enabled|Resource not accessible/,
]
/** Two writers of one ref met, or of one file that lists many: the next attempt shows what came of it. */
const MET =
  /stale info|cannot lock ref|failed to (?:update|lock) ref|reference already exists|Unable to create '[^']*\.lock'|incorrect old value/
const RULE = /\[remote rejected\]|declined|rule violations|protected/

/** Whether the same command may succeed a moment later. */
export function isTransient(stderr: string): boolean {
  return TRANSIENT.some((pattern) => pattern.test(stderr)) && !DENIED.some((pattern) => pattern.test(stderr))
}

/** Whether a push was refused because another writer was there at the same time. */
export function metAnother(output: string): boolean {
  return MET.test(output)
}

/** Why the ledger could not be read. */
export function readRefusal(ledger: Ledger, stderr: string): LedgerError {
  const reason = reasonOf(stderr)
  return new LedgerError(reason, `The ledger in ${ledger.remote} cannot be read: ${lastWords(ledger, stderr)}`, {
    cure:
      reason === 'access'
        ? 'Check the address, and let the job read the repository (permissions: contents: read).'
        : 'Run it again when the repository can be reached.',
  })
}

/** Why a tag could not be made, nobody having it. `output` is all that git said. */
export function claimRefusal(ledger: Ledger, tag: string, output: string): LedgerError {
  const why = lastWords(ledger, output)
  const reason = reasonOf(output)
  if (reason === 'access') {
    return new LedgerError(
      reason,
      `The git tag ${tag} cannot be made in ${ledger.remote}: there is no permission to write (${why}).`,
      {
        cure: 'Add to the job: permissions: contents: write. A pull request from a fork never gets it.',
      },
    )
  }
  if (reason === 'unreachable') {
    return new LedgerError(reason, `The git tag ${tag} cannot be made, ${ledger.remote} does not answer: ${why}`, {
      cure: 'Run it again when the repository can be reached; a version is claimed once, however often it is tried.',
    })
  }
  return new LedgerError('rule', `The repository ${ledger.remote} does not let this job make the git tag ${tag}: ${why}`, {
    cure: 'Allow it in the rules for tags (Settings, Rules): "Restrict creations" must let this workflow pass; keep updates and deletions restricted.',
  })
}

function reasonOf(text: string): 'access' | 'rule' | 'unreachable' {
  if (RULE.test(text) && !/unpacker error/.test(text)) return 'rule'
  return DENIED.some((pattern) => pattern.test(text)) ? 'access' : 'unreachable'
}

/** What git and the server said, as one bounded line without passwords. The server's part is anybody's text. */
function lastWords(ledger: Ledger, text: string): string {
  const lines = text.split(/\r?\n|\r/).map((line) => line.replace(/^(?:remote|fatal|error): */, '').trim())
  const telling = lines.filter(
    (line) =>
      line !== '' &&
      !/^(?:To |Done$|error: failed to push|failed to push some refs|Please make sure|and the repository)/.test(line),
  )
  const joined = telling
    .slice(-4)
    .join('; ')
    .replace(/\p{C}+/gu, ' ')
  const secret = ledger.authorization
  const known = secret === undefined ? joined : joined.replaceAll(secret, '***')
  return known.replace(/\/\/[^/@\s]+@/g, '//').slice(0, 400) || 'git gave no reason'
}
