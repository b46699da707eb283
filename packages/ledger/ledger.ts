import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Log, UserError } from '@mayfly/core'

export interface LedgerOptions {
  /** A checkout of the repository: shallow, detached, dirty or a worktree, as it comes. It is only read. */
  directory: string
  /** The repository that holds the ledger: a URL, or the path of one (from `directory`). */
  remote: string
  /** Value of the Authorization header, such as `Basic ...`, for a remote over HTTP. */
  authorization?: string
  environment: Readonly<Record<string, string | undefined>>
  log: Log
  /** Milliseconds before the first repetition of what failed by chance; each further one waits twice as long. */
  pause?: number
}

/** A repository's ledger. Nothing of it is kept: every question is put to the remote. */
export interface Ledger {
  readonly directory: string
  /** Holds no password. */
  readonly remote: string
  readonly authorization: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly log: Log
  readonly pause: number
}

/** Opens nothing yet; what is wrong with the remote shows at the first question. A password in its URL goes into the header. */
export function openLedger(options: LedgerOptions): Ledger {
  const { directory, environment, log } = options
  if (
    options.remote === '' ||
    options.remote.startsWith('-') ||
    /[\0\r\n]/.test(`${options.remote}${options.authorization ?? ''}`)
  ) {
    throw new UserError('The remote repository of the ledger is not a URL or path.', { cure: 'Write it as git clone takes it.' })
  }
  const { remote, authorization } = withoutPassword(options.remote, options.authorization)
  const isPath = !remote.includes('://') && !/^[^/]+:/.test(remote)
  // A plain path is no name of a remote that git would fetch a part of.
  const place = isPath ? pathToFileURL(resolve(directory, remote)).href : remote
  return { directory, remote: place, authorization, environment, log, pause: options.pause ?? 300 }
}

/** Arguments can be read by everybody on the machine, and messages land in logs: neither is to hold a password. */
function withoutPassword(remote: string, given: string | undefined): { remote: string; authorization: string | undefined } {
  if (!/^https?:\/\//i.test(remote) || !URL.canParse(remote)) return { remote, authorization: given }
  const url = new URL(remote)
  const { username, password } = url
  if (username === '' && password === '') return { remote, authorization: given }
  url.username = ''
  url.password = ''
  const basic = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')
  return { remote: url.href, authorization: given ?? `Basic ${basic}` }
}
