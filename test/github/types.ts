/**
 * The programmatic face of the GitHub stand-in: what a test or the demo says to it beside HTTP.
 * Start it with `startGitHub(options)` from ./server.ts.
 */

export interface GitHubOptions {
  /** Who may call, by token. Without it there is `DEFAULT_TOKENS`. */
  tokens?: Readonly<Record<string, Identity>>
  /** Port on 127.0.0.1; a free one by default. */
  port?: number
  /** PEM key and certificate: the stand-in then speaks https. */
  tls?: { key: string; cert: string }
  /** Where the bare repositories are kept; by default a temporary directory that `close` removes. */
  directory?: string
  /** The time that is written on everything; the machine's own by default. */
  clock?: () => Date
}

export type Access = 'read' | 'write' | 'none'
export type Permission = 'contents' | 'pull_requests' | 'issues' | 'deployments' | 'checks' | 'statuses' | 'packages' | 'actions'

export interface Identity {
  /** `github-actions[bot]` for a workflow's own token. */
  login: string
  /** A bot's token belongs to an installation: `GET /user` answers it 403, as GitHub does. */
  type: 'Bot' | 'User'
  /** What is not named is `none`. Reading a public repository needs no permission, as on GitHub. */
  permissions: Readonly<Partial<Record<Permission, Access>>>
}

/** What a workflow that was given every write permission holds, and a person with the same. */
export const DEFAULT_TOKENS: Readonly<Record<'workflow-token' | 'person-token', Identity>> = {
  'workflow-token': { login: 'github-actions[bot]', type: 'Bot', permissions: everything() },
  'person-token': { login: 'octocat', type: 'User', permissions: everything() },
}

function everything(): Record<Permission, Access> {
  const code = { contents: 'write', pull_requests: 'write', issues: 'write', packages: 'write' } as const
  return { ...code, deployments: 'write', checks: 'write', statuses: 'write', actions: 'write' }
}

/** `await using github = await startGitHub()` closes it at the end of the block. */
export interface GitHub extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`: GITHUB_SERVER_URL. The REST routes are served here too, as on api.github.com. */
  readonly url: string
  /** `<url>/api/v3`: GITHUB_API_URL, as on GitHub Enterprise Server. */
  readonly apiUrl: string
  /** Every REST request in the order of its answer; empty it with `requests.length = 0`. */
  readonly requests: RecordedRequest[]
  /** Every request that GitHub's description does not allow. A suite should end with none. */
  readonly violations: Violation[]

  addToken(token: string, identity: Identity): void
  /** Makes requests that match answer wrongly. Faults are tried in the order they were given. */
  inject(fault: Fault): Injection

  /** `name` is `owner/name`. It has an initial commit on its default branch, `main`. */
  createRepository(name: string, options?: RepositoryOptions): Promise<GitPlace>
  /** A copy of `parent` under another owner; open pull requests from it with `fork`. */
  forkRepository(parent: string, name: string): Promise<GitPlace>
  /** A pull request from it stays as it is, with a head whose repository is null. */
  deleteRepository(name: string): void
  /** Where a repository lies. Commit and push with plain git, or with `commit`. */
  git(repository: string): GitPlace
  /** Writes one commit onto a branch without a work tree (a missing branch starts at the default one); answers its hash. */
  commit(repository: string, change: CommitOptions): Promise<string>
  deleteBranch(repository: string, branch: string): Promise<void>

  openPullRequest(options: PullRequestOptions): Promise<PullRequestState>
  closePullRequest(repository: string, number: number): Promise<PullRequestState>
  reopenPullRequest(repository: string, number: number): Promise<PullRequestState>
  /** Makes a real merge commit on the base branch. Rejects where the two conflict. */
  mergePullRequest(repository: string, number: number): Promise<PullRequestState>
  setDraft(repository: string, number: number, draft: boolean): Promise<PullRequestState>
  label(repository: string, number: number, name: string): Promise<void>
  unlabel(repository: string, number: number, name: string): Promise<void>
  pullRequest(repository: string, number: number): Promise<PullRequestState>

  /** The `pull_request` webhook's payload as of now, valid against GitHub's schema. `labeled` and `unlabeled` take the label. */
  event(repository: string, number: number, action: PullRequestAction, label?: string): Promise<Payload>
  /** The payload of `schedule` or `workflow_dispatch`. */
  workflowEvent(repository: string, name: WorkflowEvent, options?: WorkflowEventOptions): Promise<Payload>

  /** Puts a version into a container package, which is made with its first one. Answers its id. */
  addPackageVersion(account: string, name: string, version: PackageVersionOptions): number
  /** The newest first. */
  packageVersions(account: string, name: string): PackageVersionState[]
  /** Makes an account an organization. */
  organization(login: string): void

  /** Writes a comment as `author`; a login that ends in `[bot]` is a bot's. Answers its id. */
  comment(repository: string, number: number, author: string, body: string): number
  comments(repository: string, number: number): CommentState[]
  deployments(repository: string): DeploymentState[]
  checks(repository: string): CheckState[]
  statuses(repository: string, sha: string): StatusState[]

  /** Puts a file among a repository's artifacts, as a run's upload does. Answers its id. */
  addArtifact(repository: string, artifact: ArtifactOptions): number
  artifacts(repository: string): ArtifactState[]
  /** The payload of `workflow_run`, completed, of a run whose head is a branch of this repository or of a fork. */
  workflowRunEvent(repository: string, run: WorkflowRunOptions): Promise<Payload>

  close(): Promise<void>
}

export interface RepositoryOptions {
  /** A directory whose files (not its .git) are the initial commit; by default that holds one README.md. */
  from?: string
  /** Public by default. */
  private?: boolean
}

export interface GitPlace {
  /** The bare repository. */
  directory: string
  /** `<url>/<owner>/<name>.git`; push and private repositories need a token, by Basic or bearer authorization. */
  cloneUrl: string
  /** The same with the token in it. */
  cloneUrlWith(token: string): string
}

export interface CommitOptions {
  branch: string
  /** Content by path; null removes the file. */
  files: Readonly<Record<string, string | Buffer | null>>
  message?: string
  author?: string
}

export interface PullRequestOptions {
  repo: string
  /** The branch; it must exist, in `fork` where that is given. */
  head: string
  /** `main` by default. */
  base?: string
  title?: string
  body?: string
  /** A login; `octocat` by default. */
  author?: string
  /** `owner/name` of the head's repository where it is another one. */
  fork?: string
  draft?: boolean
  labels?: readonly string[]
}

export interface PullRequestState {
  number: number
  title: string
  state: 'open' | 'closed'
  merged: boolean
  draft: boolean
  labels: string[]
  /** Full hash of the head commit, read from git. */
  head: string
  headRef: string
  /** Undefined once it has been deleted. */
  headRepository: string | undefined
  base: string
  baseRef: string
  author: string
  /** The merge commit's hash once merged. */
  mergeCommit: string | undefined
  url: string
}

export interface CommentState {
  id: number
  author: string
  authorType: 'Bot' | 'User'
  body: string
  createdAt: string
  updatedAt: string
  url: string
}

export interface PackageVersionOptions {
  digest: string
  tags?: readonly string[]
  /** Now by default. */
  createdAt?: Date
  /** None by default. */
  downloads?: number
}

export interface PackageVersionState {
  id: number
  digest: string
  tags: string[]
}

export interface DeploymentState {
  id: number
  sha: string
  ref: string
  task: string
  environment: string
  description: string | undefined
  transient: boolean
  production: boolean
  creator: string
  payload: unknown
  /** The last status's state; `pending` before the first one. */
  state: DeploymentStatus
  /** Oldest first. */
  statuses: {
    id: number
    state: DeploymentStatus
    environmentUrl: string
    logUrl: string
    description: string
    creator: string
  }[]
}

export type DeploymentStatus = 'error' | 'failure' | 'inactive' | 'in_progress' | 'queued' | 'pending' | 'success'

export interface CheckState {
  id: number
  name: string
  sha: string
  status: string
  conclusion: string | undefined
  title: string | undefined
  summary: string | undefined
  text: string | undefined
  annotations: Readonly<Record<string, unknown>>[]
}

export interface StatusState {
  state: 'error' | 'failure' | 'pending' | 'success'
  context: string
  description: string | undefined
  targetUrl: string | undefined
  creator: string
}

export type PullRequestAction = 'opened' | 'synchronize' | 'reopened' | 'ready_for_review' | 'labeled' | 'unlabeled' | 'closed'
export type WorkflowEvent = 'schedule' | 'workflow_dispatch'

export interface WorkflowEventOptions {
  inputs?: Readonly<Record<string, string>>
  /** A cron line. */
  schedule?: string
  /** Path of the workflow file in the repository. */
  workflow?: string
  sender?: string
}

export type Payload = Record<string, unknown>

export interface RecordedRequest {
  method: string
  /** Without `/api/v3`, without the query. */
  path: string
  query: Record<string, string>
  body: unknown
  /** 0 where the connection was destroyed. */
  status: number
  /** The token's owner; undefined without a valid token. */
  login: string | undefined
  /** `issues/create-comment`; undefined for a path outside the contract. */
  operation: string | undefined
  /** The fault that changed the answer. */
  injected: FaultResponse | undefined
}

export interface Violation {
  method: string
  path: string
  operation: string | undefined
  errors: string[]
}

export type FaultResponse =
  /** That status with GitHub's error shape. */
  | `status ${number}`
  /** 403, nothing remaining, `x-ratelimit-reset` in `seconds`. */
  | 'rate-limit'
  /** 403 with `retry-after: seconds` and plenty remaining. */
  | 'secondary-rate-limit'
  /** The right answer, `milliseconds` late. */
  | 'slow'
  /** Items are missing from the page but `Link` goes on as if it were complete. */
  | 'short-page'
  /** The page is complete but its `rel="next"` is missing. */
  | 'lost-next'
  /** The connection is destroyed. */
  | 'reset'
  /** 200 with HTML in place of JSON. */
  | 'garbage'
  /** 200 with JSON that breaks off in the middle. */
  | 'truncated'

export interface Fault {
  response: FaultResponse
  method?: string
  /** Tried on the path without `/api/v3` and query. Every REST path by default. */
  path?: RegExp
  /** How many requests; 1 by default, `Infinity` for all. */
  times?: number
  /** Lets that many matching requests through first. */
  skip?: number
  /** Whether the request takes effect before it is answered wrongly: a comment is written, its answer lost. False by default. */
  applied?: boolean
  /** For `slow`; 1000 by default. */
  milliseconds?: number
  /** For the rate limits; 60 by default. */
  seconds?: number
  /** For the rate limits: 403 by default, GitHub also uses 429. */
  status?: 403 | 429
  /** For `short-page`: how many items are left out of the end; 1 by default. */
  drop?: number
}

export interface Injection {
  /** How many requests it has changed. */
  readonly hits: number
  remove(): void
}

export interface ArtifactOptions {
  name: string
  bytes: Buffer
  /** The run that left it. */
  run: number
  headBranch: string
  headSha: string
  /** `owner/name` where the head lies in a fork. */
  headRepository?: string
}

export interface ArtifactState {
  id: number
  name: string
  run: number
  bytes: Buffer
}

export interface WorkflowRunOptions {
  run: number
  attempt?: number
  headBranch: string
  /** `owner/name` of a fork. */
  headRepository?: string
}
