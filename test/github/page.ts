/** Paging as GitHub does it: 30 a page, never more than 100. */
import type { Links } from './shapes/repository.ts'
import type { Repository } from './state.ts'

const DEFAULT = 30
const MOST = 100

export interface Page {
  items: unknown[]
  /** The Link header; undefined where everything is on one page. */
  link: string | undefined
}

/**
 * The page that `query` asks for of everything there is. `rest` is the path behind `/repos/{owner}/{repo}`; links name the
 * repository by its number.
 */
export function pageOf(
  all: readonly unknown[],
  query: URLSearchParams,
  links: Links,
  repository: Pick<Repository, 'id'>,
  rest: string,
): Page {
  return pageAt(all, query, `${links.api}/repositories/${repository.id}${rest}`)
}

/** The same for a list that has this URL. */
export function pageAt(all: readonly unknown[], query: URLSearchParams, url: string): Page {
  const size = Math.min(MOST, Math.max(1, Number(query.get('per_page') ?? DEFAULT) || DEFAULT))
  const page = Math.max(1, Number(query.get('page') ?? 1) || 1)
  const last = Math.max(1, Math.ceil(all.length / size))
  const to = (number: number, relation: string) => {
    const asked = new URLSearchParams(query)
    asked.set('page', String(number))
    return `<${url}?${asked}>; rel="${relation}"`
  }
  const parts: string[] = []
  if (page > 1) parts.push(to(Math.min(page - 1, last), 'prev'))
  if (page < last) parts.push(to(page + 1, 'next'), to(last, 'last'))
  if (page > 1) parts.push(to(1, 'first'))
  return { items: all.slice((page - 1) * size, page * size), link: parts.length > 0 ? parts.join(', ') : undefined }
}
