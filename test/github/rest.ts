/** One REST request from its path to its answer: contract, caller, repository, permission, route, contract. */
import { allows, requireIdentity, requirePermission } from './access.ts'
import type { Contract, FieldError, Match } from './contract.ts'
import type { Answer } from './inject.ts'
import { type Page, pageAt, pageOf } from './page.ts'
import { follow } from './pulls.ts'
import { notFound, Refusal } from './refusal.ts'
import { artifactRoutes } from './routes/artifacts.ts'
import { commitRoutes } from './routes/commits.ts'
import { deploymentRoutes } from './routes/deployments.ts'
import { issueRoutes } from './routes/issues.ts'
import { packageRoutes } from './routes/packages.ts'
import { pullRoutes } from './routes/pulls.ts'
import type { AccountRoute, Call, Reply, Routes } from './routes/route.ts'
import { accountShape, fullRepositoryShape, type Links } from './shapes/repository.ts'
import { findRepository, type State } from './state.ts'
import type { Identity, Violation } from './types.ts'

export interface Asked {
  method: string
  /** As it was sent, without `/api/v3` and the query. */
  path: string
  query: URLSearchParams
  body: unknown
  authorization: string | undefined
}

export interface Rest {
  /** Never throws for what a caller did; a `Refusal` becomes its answer. */
  answer(asked: Asked): Promise<Answer>
  operation(asked: Asked): string | undefined
}

const repositoryRoutes: Routes = {
  'repos/get': {
    needs: [],
    serve: ({ links, state, repository, identity }) => ({
      status: 200,
      body: fullRepositoryShape(links, state, repository, identity.permissions.contents ?? 'none'),
    }),
  },
  ...issueRoutes,
  ...pullRoutes,
  ...deploymentRoutes,
  ...commitRoutes,
  ...artifactRoutes,
}

/** `remaining` tells how much of a caller's hourly allowance is left, for `GET /rate_limit`. */
export function createRest(
  state: State,
  contract: Contract,
  links: Links,
  violations: Violation[],
  remaining: (identity: Identity) => object,
): Rest {
  /** GitHub's own links name a repository by its number. */
  function canonical(path: string): string {
    const [, id, rest = ''] = /^\/repositories\/(\d+)(\/.*)?$/.exec(path) ?? []
    const named = [...state.repositories.values()].find((repository) => repository.id === Number(id))
    return named ? `/repos/${named.fullName}${rest}` : path
  }

  function held(asked: Asked, path: string): Match {
    const match = contract.match(asked.method, path)
    const errors = match
      ? contract.checkRequest(match, asked.query, asked.body)
      : [{ field: '', message: `GitHub's description, as far as the stand-in has it, holds no ${asked.method} ${path}.` }]
    if (match && errors.length === 0) return match
    violations.push({ method: asked.method, path, operation: match?.operation, errors: errors.map((error) => error.message) })
    throw outsideContract(match?.operation ?? 'Request', errors)
  }

  async function serve(call: Call, match: Match, path: string): Promise<Answer> {
    const repository = findRepository(state, `${call.parameters.owner}/${call.parameters.repo}`)
    const route = repositoryRoutes[match.operation]
    if (repository === undefined) throw notFound()
    if (route === undefined) throw new Error(`the stand-in has no route for ${match.operation}`)
    requirePermission(call.identity, repository, route.needs)
    await follow(state, repository)
    const reply = await route.serve({ ...call, repository })
    if (!('list' in reply)) return plain(reply)
    if (reply.field !== undefined) {
      const { items, link } = pageOf(
        reply.list,
        call.query,
        links,
        repository,
        path.slice(`/repos/${repository.fullName}`.length),
      )
      return { ...paged({ items: [], link }), body: { total_count: reply.list.length, [reply.field]: items } }
    }
    return paged(pageOf(reply.list, call.query, links, repository, path.slice(`/repos/${repository.fullName}`.length)))
  }

  async function serveAccount(call: Call, route: AccountRoute, path: string): Promise<Answer> {
    if (route.needs !== undefined && !allows(call.identity, 'packages', route.needs))
      throw new Refusal(403, `You need at least ${route.needs}:packages scope.`)
    const reply = await route.serve(call)
    return 'list' in reply ? paged(pageAt(reply.list, call.query, `${links.api}${path}`)) : plain(reply)
  }

  async function answer(asked: Asked): Promise<Answer> {
    const path = canonical(asked.path)
    const identity = requireIdentity(state, asked.authorization)
    const match = held(asked, path)
    const { parameters } = match
    const call: Call = {
      state,
      links,
      identity,
      user: state.user(identity.login),
      parameters,
      query: asked.query,
      body: asked.body,
    }
    const route = packageRoutes[match.operation]
    const served =
      account(call, match.operation, remaining) ??
      (route === undefined ? serve(call, match, path) : serveAccount(call, route, path))
    const answered = await served.catch(asAnswer)
    const drift = contract.checkResponse(match, answered.status, answered.body)
    if (drift.length > 0)
      throw new Error(`stand-in drifted from GitHub's contract, ${match.operation} ${answered.status}: ${drift.join('; ')}`)
    return answered
  }

  return {
    answer: (asked) => answer(asked).catch(asAnswer),
    operation: (asked) => contract.match(asked.method, canonical(asked.path))?.operation,
  }
}

/** The routes that belong to no repository. */
function account(call: Call, operation: string, remaining: (identity: Identity) => object): Promise<Answer> | undefined {
  if (operation === 'rate-limit/get') return Promise.resolve(plain({ status: 200, body: remaining(call.identity) }))
  if (operation !== 'users/get-authenticated') return undefined
  if (call.identity.type === 'Bot') return Promise.reject(new Refusal(403, 'Resource not accessible by integration'))
  return Promise.resolve(plain({ status: 200, body: accountShape(call.links, call.state, call.user) }))
}

function paged({ items, link }: Page): Answer {
  return { status: 200, headers: link === undefined ? {} : { link }, body: items }
}

function plain(reply: Exclude<Reply, { list: readonly unknown[] }>): Answer {
  // What an answer holds is what arrives: undefined does not.
  return {
    status: reply.status,
    headers: { ...reply.headers },
    body: reply.body === undefined ? undefined : JSON.parse(JSON.stringify(reply.body)),
  }
}

function outsideContract(resource: string, errors: FieldError[]): Refusal {
  const problems = errors.map(({ field, message }) => ({
    resource,
    code: 'invalid',
    message,
    ...(field === '' ? {} : { field }),
  }))
  return new Refusal(422, `Invalid request.\n\n${errors.map((error) => error.message).join('\n')}`, { errors: problems })
}

/** An error as GitHub words it. What is no refusal is our own fault, and says so as 500. */
function asAnswer(error: unknown): Answer {
  const refusal = error instanceof Refusal ? error : new Refusal(500, error instanceof Error ? error.message : String(error))
  const body = {
    message: refusal.message,
    documentation_url: 'https://docs.github.com/rest',
    status: String(refusal.status),
    ...(refusal.errors ? { errors: refusal.errors } : {}),
  }
  return { status: refusal.status, headers: { ...refusal.headers }, body }
}
