/** Calling the stand-in the plainest way there is, so that its own tests owe nothing to any client. */
import assert from 'node:assert/strict'
import { isObject } from './schema.ts'
import type { GitHub } from './types.ts'

export interface Called {
  status: number
  headers: Headers
  text: string
  /** The body as JSON; undefined where there is none. */
  body: unknown
  /** A property of an object body. */
  get(key: string): unknown
}

export interface CallOptions {
  body?: unknown
  /** `workflow-token` by default; null sends none. */
  token?: string | null
}

/** `route` is a method and a path or whole URL: `GET /repos/acme/shop`. */
export async function call(github: GitHub, route: string, { body, token = 'workflow-token' }: CallOptions = {}): Promise<Called> {
  const [method = 'GET', path = ''] = route.split(' ')
  const response = await fetch(path.startsWith('/') ? github.apiUrl + path : path, {
    method,
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const json = text === '' || !response.headers.get('content-type')?.includes('json') ? undefined : parse(text)
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: json,
    get: (key) => (isObject(json) ? json[key] : undefined),
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The body as a list of objects; fails the test where it is none. */
export function items(called: Called): Record<string, unknown>[] {
  assert.ok(Array.isArray(called.body), `not a list: ${called.text.slice(0, 200)}`)
  return called.body.filter(isObject)
}

/** The target of a `Link` relation. */
export function linkTo(called: Called, relation: string): string | undefined {
  const part = called.headers
    .get('link')
    ?.split(', ')
    .find((one) => one.endsWith(`rel="${relation}"`))
  return part && /^<([^>]+)>/.exec(part)?.[1]
}

export const REPOSITORY = 'acme/shop'
export const PATH = `/repos/${REPOSITORY}`

/** A repository with one open pull request, number 1, from the branch `feature/x`. */
export async function withPullRequest(github: GitHub, options: { private?: boolean } = {}) {
  await github.createRepository(REPOSITORY, options)
  await github.commit(REPOSITORY, { branch: 'feature/x', files: { 'a.txt': 'one\n' } })
  return github.openPullRequest({ repo: REPOSITORY, head: 'feature/x', title: 'A change' })
}
