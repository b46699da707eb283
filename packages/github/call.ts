import type { GitHub } from './connect.ts'
import { explain, type GitHubError, type Need, unreadable } from './errors.ts'
import { readFields } from './fields.ts'

export interface Answer {
  /** As it came; whoever uses it checks its shape. */
  data: unknown
  link: string
}

/**
 * Sends one request and answers what came back, unread. `route` is GitHub's own: `GET /repos/{owner}/{repo}/pulls`.
 * What may not happen twice (POST) is never sent twice, except where a rate limit says that it did not happen.
 * @throws GitHubError | PermissionError
 */
export async function call(
  github: GitHub,
  route: `${'GET' | 'POST' | 'PATCH' | 'DELETE'} /${string}`,
  parameters: Readonly<Record<string, unknown>>,
  need: Need,
): Promise<Answer> {
  const [method = ''] = route.split(' ')
  try {
    const answer = await github.api.request(route, {
      // What has no place in the path would be sent as a query.
      ...(route.includes('{owner}') ? github.place : {}),
      ...parameters,
      request: method === 'POST' ? { retries: 0 } : {},
    })
    return { data: answer.data, link: String(answer.headers.link ?? '') }
  } catch (error) {
    throw explain(error, need, method)
  }
}

const PER_PAGE = 100

/**
 * Reads a list to its end. Every doubt is an error: a page that is shorter than it says, a page that is no list, an
 * item that came twice. `read` turns one item into what is wanted of it, and throws where it cannot.
 * @param field where the answer is an object, the field that holds the list.
 */
export async function readAll<T extends { id: number }>(
  github: GitHub,
  route: `GET /${string}`,
  parameters: Readonly<Record<string, unknown>>,
  need: Need,
  read: (item: unknown) => T,
  field?: string,
): Promise<T[]> {
  const all = new Map<number, T>()
  for (let page = 1; ; page++) {
    const { data: answered, link } = await call(github, route, { ...parameters, per_page: PER_PAGE, page }, need)
    const data = field === undefined ? answered : readFields(answered, `page ${page}`).list(field)
    if (!Array.isArray(data)) throw doubt(need, `page ${page} is no list`)
    for (const item of data.map(read)) {
      if (all.has(item.id)) throw doubt(need, 'the list changed while it was read')
      all.set(item.id, item)
    }
    // A full page is followed whatever its links say: a lost one must not end the list.
    if (data.length >= PER_PAGE) continue
    if (lastPage(link) > page) throw doubt(need, `page ${page} is shorter than it should be`)
    return [...all.values()]
  }
}

function doubt(need: Need, what: string): GitHubError {
  return unreadable(`to ${need.to}, ${what}`)
}

/** The highest page that a Link header names; 0 where it names none. */
function lastPage(link: string): number {
  const pages = [...link.matchAll(/[?&]page=(\d+)[^>]*>;\s*rel="(?:next|last)"/g)].map(([, page]) => Number(page))
  return Math.max(0, ...pages)
}
