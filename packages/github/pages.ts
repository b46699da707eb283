import type { GitHub } from './connect.ts'
import { ApiError, type Need } from './errors.ts'
import { type Reader, read } from './shape.ts'

const PER_PAGE = 100
const MOST_PAGES = 1000

export interface PageOptions {
  /** Whether a page with fewer items than asked for, and more pages behind it, is an error. GitHub hides spam that way. */
  shortPages: 'refused' | 'accepted'
}

/**
 * Every item of a list, or an exception. Not octokit's paginate: that takes an answer 409, and an empty body, for an
 * empty page. Pages are counted instead of following `Link`, which could name another server.
 */
export async function readPages(
  github: GitHub,
  need: Need,
  route: string,
  parameters: Record<string, unknown>,
  options: PageOptions,
): Promise<Reader[]> {
  const items: Reader[] = []
  for (let page = 1; page <= MOST_PAGES; page++) {
    const { link, data } = await github.call(need, route, { ...parameters, per_page: PER_PAGE, page })
    const found = read({ page: data }, need).list('page')
    const more = /;\s*rel="?next"?/.test(link)
    if (more && found.length < PER_PAGE && options.shortPages === 'refused') {
      const message = `GitHub's answer to ${need.doing} is incomplete: page ${page} holds ${found.length} of ${PER_PAGE}, and more follow.`
      throw new ApiError(message, { status: 200 })
    }
    items.push(...found)
    // A full page may have lost its link to the next one: asking costs one request, believing could cost a preview.
    if (!more && found.length < PER_PAGE) return items
  }
  throw new ApiError(`GitHub's answer to ${need.doing} does not end.`, { status: 200 })
}
