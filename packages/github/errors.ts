import { UserError } from '@mayfly/core'
import { isRecord } from './shape.ts'

/** What a request is for: `reading pull request #12`, and the `permissions:` line of a workflow that allows it. */
export interface Need {
  doing: string
  permission: `${string}: ${'read' | 'write'}`
}

/** GitHub said no, or nothing at all. */
export class ApiError extends UserError {
  /** The HTTP status; undefined where no answer came. */
  readonly status: number | undefined
  /** Whether it was a rate limit, which GitHub also answers with 403. */
  readonly limited: boolean

  constructor(message: string, options: { status: number | undefined; limited?: boolean; cure?: string; cause?: unknown }) {
    super(message, { cause: options.cause, ...(options.cure === undefined ? {} : { cure: options.cure }) })
    this.status = options.status
    this.limited = options.limited ?? false
  }

  /** Whether a request may have taken effect although it failed: no answer, or one of a server in trouble. */
  get uncertain(): boolean {
    return this.status === undefined || this.status >= 500 || this.status < 300
  }
}

/** The token may not do it; `permission` is the line to add under `permissions:`. Callers go on without that feature. */
export class PermissionError extends ApiError {
  readonly permission: string

  constructor(message: string, options: { status: number; permission: string; cause: unknown }) {
    super(message, {
      ...options,
      cure: `Add to the job (a pull request from a fork is never given more than read):\n${yaml(options.permission)}`,
    })
    this.permission = options.permission
  }
}

/** Whatever a request ended with, as an error that says what to do. */
export function explain(error: unknown, need: Need): ApiError {
  if (error instanceof ApiError) return error
  const { status, headers, said } = readFailure(error)
  const because = { status, cause: error }
  if (status === undefined) return new ApiError(`GitHub does not answer: ${said}. That was ${need.doing}.`, because)
  const limited = describeLimit(status, headers, said)
  if (limited !== undefined) {
    const cure = 'Run it again then, or give this workflow a token of its own as github-token.'
    return new ApiError(`${limited} That was ${need.doing}.`, { ...because, limited: true, cure })
  }
  if (status === 401) {
    const cure = 'Write github-token: ${{ github.token }}, or renew the token that is given.'
    return new ApiError(`GitHub does not know the token that is given as github-token: ${said}.`, { ...because, cure })
  }
  if (status === 403 || status === 404) {
    const permission = choosePermission(headers['x-accepted-github-permissions'], need.permission)
    const hint = status === 404 ? ': it is not there, or the token may not see it' : `: ${said}`
    return new PermissionError(`GitHub answered ${status} to ${need.doing}${hint}.`, { status, permission, cause: error })
  }
  return new ApiError(`GitHub answered ${status} to ${need.doing}: ${said}.`, because)
}

function readFailure(error: unknown): { status: number | undefined; headers: Record<string, string>; said: string } {
  const response = isRecord(error) && isRecord(error.response) ? error.response : undefined
  const headers = response && isRecord(response.headers) ? response.headers : {}
  const message = error instanceof Error ? error.message : String(error)
  return {
    // Octokit calls a broken connection status 500, without a response.
    status: response && typeof response.status === 'number' ? response.status : undefined,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    said: oneLine(message.replace(/ - https?:\/\/\S+$/, '')),
  }
}

/** docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api: 403 or 429, told apart by headers and message. */
function describeLimit(status: number, headers: Record<string, string>, said: string): string | undefined {
  if (status !== 403 && status !== 429) return undefined
  if (headers['x-ratelimit-remaining'] === '0') {
    const reset = new Date(Number(headers['x-ratelimit-reset']) * 1000)
    const until = Number.isNaN(reset.getTime()) ? '' : ` until ${reset.toISOString()}`
    return `The rate limit of the token that is given as github-token is used up${until}.`
  }
  if (status !== 429 && headers['retry-after'] === undefined && !/secondary rate/i.test(said)) return undefined
  const wait = headers['retry-after'] === undefined ? 'later' : `in ${headers['retry-after']} s`
  return `GitHub asks this token, given as github-token, to slow down and come back ${wait}.`
}

/**
 * Picks from `X-Accepted-GitHub-Permissions`, alternatives between `;` and what must come together between `,`: the
 * permission that we document, where it is one of them.
 */
function choosePermission(header: string | undefined, documented: string): string {
  const alternatives = (header ?? '')
    .split(';')
    .map((alternative) =>
      [...alternative.matchAll(/([a-z_]+)=(read|write)/g)].map(([, name, access]) => `${name?.replaceAll('_', '-')}: ${access}`),
    )
    .filter((lines) => lines.length > 0)
  const chosen = alternatives.find((lines) => lines.includes(documented)) ?? alternatives[0] ?? [documented]
  return chosen.join('\n')
}

function yaml(permission: string): string {
  return ['permissions:', ...permission.split('\n').map((line) => `  ${line}`)].join('\n')
}

/** A proxy's answer may be a whole page. */
function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim().replace(/\.$/, '')
  return line.length > 200 ? `${line.slice(0, 200)}…` : line
}
