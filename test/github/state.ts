/** What the stand-in remembers. Commits and branches are not here: git holds them. */
import type { CheckState, DeploymentStatus, Identity, StatusState } from './types.ts'

export interface User {
  id: number
  login: string
  type: 'Bot' | 'User' | 'Organization'
}

export interface Label {
  id: number
  name: string
}

export interface Comment {
  id: number
  issue: number
  user: User
  body: string
  createdAt: string
  updatedAt: string
}

export interface Pull {
  id: number
  number: number
  title: string
  body: string | null
  state: 'open' | 'closed'
  draft: boolean
  user: User
  labels: Label[]
  headRepository: Repository
  /** Everything that was read from the head's repository stays; the repository itself is shown as null. */
  headDeleted: boolean
  headRef: string
  head: string
  /** The head before the last push; the head itself before the first one. */
  before: string
  baseRef: string
  base: string
  /** The commit behind refs/pull/N/merge, or the real one once merged; undefined where the two conflict. */
  mergeCommit: string | undefined
  /** `<base> <head>` that `mergeCommit` was made of. */
  mergedFrom: string
  mergedBy: User | undefined
  createdAt: string
  updatedAt: string
  closedAt: string | null
  mergedAt: string | null
}

export interface DeploymentRecord {
  id: number
  sha: string
  ref: string
  task: string
  environment: string
  originalEnvironment: string
  description: string | null
  payload: Record<string, unknown> | string
  transient: boolean
  production: boolean
  creator: User
  createdAt: string
  updatedAt: string
  /** Oldest first. */
  statuses: DeploymentStatusRecord[]
}

export interface DeploymentStatusRecord {
  id: number
  state: DeploymentStatus
  description: string
  environment: string
  environmentUrl: string
  logUrl: string
  creator: User
  createdAt: string
}

export interface CheckRecord extends CheckState {
  externalId: string | null
  detailsUrl: string | null
  startedAt: string | null
  completedAt: string | null
}

export interface StatusRecord extends StatusState {
  id: number
  sha: string
  user: User
  createdAt: string
}

export interface ArtifactRecord {
  id: number
  name: string
  bytes: Buffer
  run: number
  headBranch: string
  headSha: string
  headRepositoryId: number
  createdAt: string
}

export interface Repository {
  id: number
  /** `owner/name` as it was written. */
  fullName: string
  owner: User
  name: string
  private: boolean
  defaultBranch: string
  directory: string
  parent: Repository | undefined
  createdAt: string
  pulls: Map<number, Pull>
  comments: Map<number, Comment>
  labels: Map<string, Label>
  deployments: Map<number, DeploymentRecord>
  checks: Map<number, CheckRecord>
  statuses: StatusRecord[]
  artifacts: Map<number, ArtifactRecord>
  /** Work on this repository's refs, one piece after the other. */
  turn: Promise<unknown>
}

export interface PackageVersionRecord {
  id: number
  digest: string
  tags: string[]
  downloads: number
  createdAt: string
}

export interface State {
  /** The versions of container packages by `account/name` in lower case, the newest first. */
  packages: Map<string, PackageVersionRecord[]>
  repositories: Map<string, Repository>
  users: Map<string, User>
  tokens: Map<string, Identity>
  /** Identifiers lie beyond 32 bits, as GitHub's have since 2024: who keeps one in an int learns it here. */
  nextId(): number
  /** The time now as GitHub writes it, in whole seconds. */
  now(): string
  clock(): Date
  /** The account of that login, made when it is first named. */
  user(login: string): User
}

export function createState(clock: () => Date): State {
  let last = 4_300_000_000
  const users = new Map<string, User>()
  const nextId = () => ++last
  return {
    packages: new Map(),
    repositories: new Map(),
    users,
    tokens: new Map(),
    nextId,
    clock,
    now: () => `${clock().toISOString().slice(0, 19)}Z`,
    user(login) {
      const known = users.get(login) ?? { id: nextId(), login, type: login.endsWith('[bot]') ? 'Bot' : 'User' }
      users.set(login, known)
      return known
    },
  }
}

/** GitHub compares the names of owners and repositories without regard to case. */
export function findRepository(state: State, fullName: string): Repository | undefined {
  return state.repositories.get(fullName.toLowerCase())
}

/** Lets `work` have the repository's refs to itself. */
export function inTurn<T>(repository: Repository, work: () => Promise<T>): Promise<T> {
  const mine = repository.turn.then(work, work)
  repository.turn = mine.catch(() => {})
  return mine
}
