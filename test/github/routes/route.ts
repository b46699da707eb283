/** What every route is given and answers. */

import { notFound } from '../refusal.ts'
import { isObject } from '../schema.ts'
import type { Links } from '../shapes/repository.ts'
import type { DeploymentRecord, Pull, Repository, State, User } from '../state.ts'
import type { Access, Identity, Permission } from '../types.ts'

export interface Call {
  state: State
  links: Links
  identity: Identity
  /** The caller's account. */
  user: User
  parameters: Readonly<Record<string, string>>
  query: URLSearchParams
  /** Held to the contract already. */
  body: unknown
}

/** A call to a path under `/repos/{owner}/{repo}`. */
export interface RepositoryCall extends Call {
  repository: Repository
}

export type Reply =
  | { status: number; body?: unknown; headers?: Readonly<Record<string, string>> }
  /** Paged by the server; under `field` of an object that counts them, where that is given. */
  | { list: readonly unknown[]; field?: string }

/** What a token needs, any one of these; GitHub names all of them in `x-accepted-github-permissions`. */
export type Needs = readonly (readonly [Permission, Exclude<Access, 'none'>])[]

export interface Route {
  /** Nothing: every valid token may. */
  needs: Needs
  serve(call: RepositoryCall): Reply | Promise<Reply>
}

/** One line a route: who may, and what happens. The key is the operation's id in GitHub's description. */
export type Routes = Readonly<Record<string, Route>>

/** A call to a path that belongs to an account and no repository. */
export interface AccountRoute {
  /** What of packages; undefined: every valid token may. */
  needs: Exclude<Access, 'none'> | undefined
  serve(call: Call): Reply | Promise<Reply>
}

export type AccountRoutes = Readonly<Record<string, AccountRoute>>

/** A property of the body as text; undefined where it is absent or null. */
export function text(body: unknown, key: string): string | undefined {
  const value = isObject(body) ? body[key] : undefined
  return typeof value === 'string' ? value : undefined
}

export function flag(body: unknown, key: string): boolean | undefined {
  const value = isObject(body) ? body[key] : undefined
  return typeof value === 'boolean' ? value : undefined
}

export function list(body: unknown, key: string): unknown[] {
  const value = isObject(body) ? body[key] : undefined
  return Array.isArray(value) ? value : []
}

export function findPull({ repository, parameters }: RepositoryCall): Pull {
  const pull = repository.pulls.get(Number(parameters.pull_number ?? parameters.issue_number))
  if (!pull) throw notFound()
  return pull
}

export function findDeployment({ repository, parameters }: RepositoryCall): DeploymentRecord {
  const deployment = repository.deployments.get(Number(parameters.deployment_id))
  if (!deployment) throw notFound()
  return deployment
}
