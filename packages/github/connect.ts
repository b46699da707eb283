import { type Log, UserError } from '@mayfly/core'
import { Octokit } from '@octokit/core'
import { retry } from '@octokit/plugin-retry'
import { throttling } from '@octokit/plugin-throttling'
import { paceWrites } from './pace.ts'

export interface GitHubOptions {
  token: string
  /** Such as `https://api.github.com`, or `https://<host>/api/v3` on GitHub Enterprise Server. */
  apiUrl: string
  /** `owner/name`. */
  repository: string
  log: Log
  userAgent?: string
  /** Milliseconds that one second of waiting before a retry takes; tests make it short. */
  second?: number
}

/** A connection to one repository. What is inside stays inside this room. */
export interface GitHub {
  /** @internal */
  readonly api: Octokit
  readonly repository: string
  /** @internal */
  readonly place: { owner: string; repo: string }
  /** @internal Who the token is; asked once, when it is first needed. */
  identity: Promise<string | undefined> | undefined
}

/** Milliseconds that one request may take before it counts as lost. */
const TIMEOUT = 30_000

/**
 * Seconds that a connection waits for rate limits, over its whole life. What takes longer is for a person to know, not
 * for a job to sit out. (The plug-in adds one second to a minute.)
 */
const LONGEST_WAIT = 61

/** Plain refusals, which asking again does not change; 429 is the throttling plug-in's. */
const FINAL = [400, 401, 403, 404, 409, 410, 422, 429, 451]

const Client = Octokit.plugin(retry, throttling)

/**
 * Makes a connection; nothing is asked yet.
 * @throws UserError where the token is empty, or the URL or the repository's name is none.
 */
export function connectGitHub(options: GitHubOptions): GitHub {
  const { log } = options
  const [owner = '', repo = ''] = readRepository(options.repository)
  if (options.token === '') {
    throw new UserError('There is no GitHub token.', { cure: `Give the step the input github-token: \${{ github.token }}.` })
  }
  let waited = 0
  const limited = (kind: string) => (after: number, _request: unknown, _api: unknown, tried: number) => {
    if (tried > 0 || waited + after > LONGEST_WAIT) return false
    waited += after
    log.info(`GitHub's ${kind} is reached; going on in ${after} s.`)
    return true
  }
  const second = options.second ?? 1000
  const throttle = {
    onRateLimit: limited('rate limit'),
    onSecondaryRateLimit: limited('secondary rate limit'),
    retryAfterBaseValue: second,
  }
  const client: ConstructorParameters<typeof Client>[0] = {
    auth: options.token,
    baseUrl: readApiUrl(options.apiUrl),
    userAgent: options.userAgent ?? 'mayfly',
    request: { fetch: fetchInTime, log: { warn: log.debug } },
    log: { debug: log.debug, info: log.debug, warn: log.warn, error: log.debug },
    retry: { retries: 2, doNotRetry: FINAL, retryAfterBaseValue: second },
    throttle,
  }
  // The plug-in asks for a group of its own limiter here and calls no more of it than this: its own would make each
  // of a run's three or four writes wait a second for the one before.
  const paced = { throttle: { ...throttle, write: paceWrites(6, 1000), notifications: paceWrites(3, 3000) } }
  return {
    api: new Client(Object.assign(client, paced)),
    repository: options.repository,
    place: { owner, repo },
    identity: undefined,
  }
}

function fetchInTime(url: string | URL | Request, init?: RequestInit): Promise<Response> {
  return fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT) })
}

function readRepository(repository: string): string[] {
  // `.` and `..` would climb out of the path that they are put into.
  if (/^[\w.-]+\/[\w.-]+$/.test(repository) && !/(^|\/)\.{1,2}(\/|$)/.test(repository)) return repository.split('/')
  throw new UserError(`"${repository}" names no repository on GitHub.`, { cure: 'Write owner/name.' })
}

function readApiUrl(text: string): string {
  const url = URL.parse(text)
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return text.replace(/\/+$/, '')
  throw new UserError(`"${text}" is not the URL of GitHub's API.`, {
    cure: 'Write https://api.github.com, or https://<host>/api/v3 for GitHub Enterprise Server.',
  })
}
