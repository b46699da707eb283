import { type Log, UserError } from '@mayfly/core'
import { Octokit } from '@octokit/core'
import { retry } from '@octokit/plugin-retry'
import { throttling } from '@octokit/plugin-throttling'
import { explain, type Need } from './errors.ts'

export interface GitHubOptions {
  token: string
  /** Such as `https://api.github.com`, or `https://github.acme.com/api/v3` on a server of one's own. */
  apiUrl: string
  /** `owner/name`. */
  repository: string
  log: Log
  userAgent?: string
  /** How many milliseconds a second of waiting takes; tests shorten it. */
  second?: number
}

/** A repository on GitHub, as one token sees it. Made by `connectGitHub`; everybody else only hands it on. */
export interface GitHub {
  readonly repository: string
  readonly log: Log
  /** @throws ApiError, or PermissionError with the line to add. `{owner}` and `{repo}` are filled in. */
  call(need: Need, route: string, parameters?: Record<string, unknown>): Promise<Answer>
}

export interface Answer {
  /** The `Link` header. */
  link: string
  data: unknown
}

/** A job minute costs money: whoever has to wait longer is told so. Seconds, over the whole life of a connection. */
const LONGEST_WAIT = 60
const RETRIES = 2
/** Milliseconds without an answer after which a request counts as failed. */
const TIMEOUT = 30_000

/** Nothing is asked yet; a wrong token shows with the first request. */
export function connectGitHub(options: GitHubOptions): GitHub {
  const [owner = '', repo = '', more] = options.repository.split('/')
  if (owner === '' || repo === '' || more !== undefined)
    throw new UserError(`The repository is "${options.repository}", not owner/name.`)
  if (options.token.trim() === '') {
    throw new UserError('github-token is empty.', { cure: 'Write github-token: ${{ github.token }}.' })
  }
  const octokit = createOctokit(options)
  return {
    repository: options.repository,
    log: options.log,
    async call(need, route, parameters = {}) {
      try {
        const { headers, data } = await octokit.request(route, { owner, repo, ...parameters })
        return { link: headers.link ?? '', data }
      } catch (error) {
        throw explain(error, need)
      }
    },
  }
}

function createOctokit({ token, apiUrl, log, userAgent = 'mayfly', second = 1000 }: GitHubOptions): Octokit {
  let waited = 0
  const mayWait = (seconds: number, retries: number): boolean => {
    if (retries >= RETRIES || waited + seconds > LONGEST_WAIT) return false
    waited += seconds
    log.info(`GitHub asks to wait ${seconds} s.`)
    return true
  }
  const Client = Octokit.plugin(retry, throttling)
  const client = new Client({
    auth: token,
    baseUrl: apiUrl.replace(/\/+$/, ''),
    userAgent,
    // Octokit warns of what its caller is about to be told anyway.
    log: { debug: log.debug, info: log.debug, warn: log.debug, error: log.debug },
    request: { fetch: fetchInTime, log: { warn: log.debug } },
    // 429 is the throttling plug-in's: with both at it, each would wait for the other's tries again.
    retry: { retries: RETRIES, retryAfterBaseValue: second, doNotRetry: [400, 401, 403, 404, 409, 410, 422, 429, 451] },
    throttle: {
      // Connections of one process must not stand in each other's queue.
      id: crypto.randomUUID(),
      retryAfterBaseValue: second,
      onRateLimit: (seconds: number, _options: unknown, _octokit: unknown, retries: number) => mayWait(seconds, retries),
      onSecondaryRateLimit: (seconds: number, _options: unknown, _octokit: unknown, retries: number) => mayWait(seconds, retries),
    },
  })
  // A lost answer does not say that nothing was made: a second POST would make it twice. `createOnce` looks first.
  client.hook.before('request', (options) => {
    if (options.method === 'POST') options.request.retries = 0
  })
  return client
}

function fetchInTime(url: string | URL | Request, init?: RequestInit): Promise<Response> {
  return fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT) })
}
