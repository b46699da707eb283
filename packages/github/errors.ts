import { UserError } from '@mayfly/core'

/** What GitHub said, or failed to say, of one request. */
export class GitHubError extends UserError {
  /** 0 where there was no answer, or none that can be read. */
  readonly status: number
  /** Whether the request may have taken effect all the same. */
  readonly uncertain: boolean

  constructor(message: string, options: { status?: number; uncertain?: boolean; cure?: string; cause?: unknown } = {}) {
    super(message, options)
    this.status = options.status ?? 0
    this.uncertain = options.uncertain ?? false
  }
}

/** The token may not do this; `cure` holds the line to add to the workflow. */
export class PermissionError extends GitHubError {}

/** What a request is for, in words, and what the token needs for it. */
export interface Need {
  /** Behind "to": `read pull request #3`. */
  to: string
  permission: 'pull-requests' | 'deployments' | 'packages' | 'checks' | 'actions'
  access: 'read' | 'write'
}

/** The error that says what went wrong with a request, and what to do. */
export function explain(error: unknown, need: Need, method: string): Error {
  if (!isRefusal(error)) return error instanceof Error ? error : new Error(String(error))
  const { status } = error
  const headers = error.response?.headers ?? {}
  const said = brief(error.message)
  const limit = rateLimit(said, status, headers)
  if (limit !== undefined) return new GitHubError(`GitHub refused to ${need.to}: ${limit}`, { status, cause: error })
  if (status === 401) {
    const cure = `Give the step the input github-token: \${{ github.token }}, or a token that has not expired.`
    return new GitHubError(`GitHub refused to ${need.to}: it does not know the token (${said}).`, { status, cure, cause: error })
  }
  const closed = /archived|locked/i.test(said)
  // Whoever may not write where he may read is told 404 by some of GitHub's routes.
  if ((status === 403 && !closed) || (status === 404 && method === 'POST')) {
    const cure = permissionCure(need, headers['x-accepted-github-permissions'])
    const message = `GitHub refused to ${need.to}: the token may not (${status}, ${said}).`
    return new PermissionError(message, { status, cure, cause: error })
  }
  if (status === 404) {
    const cure = `If it is there, the token may not see it.\n${permissionCure(need, undefined)}`
    return new GitHubError(`GitHub failed to ${need.to}: it knows of none (404).`, { status, cure, cause: error })
  }
  if (status < 500) return new GitHubError(`GitHub refused to ${need.to} (${status}, ${said}).`, { status, cause: error })
  // The client has one status, 500, for GitHub's own and for a connection that broke.
  const what = error.response === undefined ? `there was no answer (${said})` : `it answered ${status} (${said})`
  const cure = 'Run the job again once GitHub answers; nothing was decided without its answer.'
  return new GitHubError(`GitHub failed to ${need.to}: ${what}.`, { status, uncertain: true, cure, cause: error })
}

/** An answer of success that does not hold what it should. */
export function unreadable(what: string): GitHubError {
  return new GitHubError(`GitHub's answer cannot be relied on: ${what}.`, {
    uncertain: true,
    cure: 'Run the job again; nothing was decided on this answer.',
  })
}

/**
 * Why it is a rate limit; undefined where it is none. A limit that ends soon was already waited for when we get here.
 * docs.github.com: rate limits for the REST API, "exceeding the rate limit".
 */
function rateLimit(said: string, status: number, headers: Headers): string | undefined {
  if (status !== 403 && status !== 429) return undefined
  if (/secondary rate/i.test(said) || headers['retry-after'] !== undefined)
    return `it has had too many requests at once; try again in ${headers['retry-after'] ?? 60} s.`
  const reset = Number(headers['x-ratelimit-reset'])
  if (String(headers['x-ratelimit-remaining']) === '0' && reset > 0) {
    const limit = headers['x-ratelimit-limit'] ?? 'hourly'
    const until = new Date(reset * 1000).toISOString().replace('.000Z', 'Z')
    return `the token's ${limit} requests are used up until ${until}. Other jobs with the same token use the same ones.`
  }
  return status === 429 ? `it has had too many requests (${said}).` : undefined
}

function permissionCure(need: Need, accepted: string | number | undefined): string {
  const wanted = `${need.permission.replace('-', '_')}=${need.access}`
  // Alternatives stand between `;`; what must come together stands between `,`.
  const alternatives = String(accepted ?? wanted).split(/;\s*/)
  const chosen = alternatives.find((alternative) => alternative.includes(wanted)) ?? alternatives[0] ?? wanted
  const pairs = [...chosen.matchAll(/([a-z_]+)=(read|write)/g)]
  const lines = pairs.map(([, permission = '', access]) => `  ${permission.replaceAll('_', '-')}: ${access}`)
  const fork = need.access === 'write' ? " (a fork's pull request gets a token that only reads, whatever is written there)" : ''
  return `Add to the workflow's job${fork}:\npermissions:\n${lines.join('\n')}`
}

/** GitHub's words on one line, without its link to the documentation; a proxy's may be a whole page. */
function brief(message: string): string {
  const line = message
    .replace(/ - https?:\/\/\S+$/, '')
    .replace(/\s+/g, ' ')
    .trim()
  return line.length > 200 ? `${line.slice(0, 200)}…` : line
}

type Headers = Readonly<Record<string, string | number | undefined>>

/** The client's own error, known by what it carries: its class is not ours to import. */
function isRefusal(error: unknown): error is Error & { status: number; response?: { headers: Headers } } {
  return error instanceof Error && 'status' in error && typeof error.status === 'number'
}
