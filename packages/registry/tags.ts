import { UserError } from '@mayfly/core'
import type { Answer, Registry } from './connection.ts'
import { isRecord, readJson } from './parse-manifest.ts'
import { askWhole, failure } from './request.ts'
import { pullScope } from './scope.ts'

const PAGE = 1000
/** Nobody has a million tags; who never comes to an end wants something else. */
const MOST_PAGES = 1000
const LARGEST_PAGE = 16 * 1024 * 1024

/**
 * Every tag of a repository; none where there is no such repository.
 * @throws UserError where a page is missing or unreadable: a part of the tags is not taken for all of them.
 */
export async function listTags(registry: Registry, repository: string): Promise<string[]> {
  const tags: string[] = []
  let path: string | undefined = `/v2/${repository}/tags/list?n=${PAGE}`
  for (let page = 1; path !== undefined; page++) {
    const doing = `list the tags of ${repository}`
    const asked = { method: 'GET', path, scope: pullScope(repository), what: doing } as const
    const { answer, bytes } = await askWhole(registry, asked, LARGEST_PAGE)
    if (answer.status === 404 && page === 1) {
      answer.body.resume()
      return []
    }
    if (answer.status !== 200) throw await failure(registry, answer, doing)
    const json = readJson(bytes)
    // A repository that lost its last tag answers null.
    const listed = isRecord(json) ? (json.tags ?? []) : undefined
    if (!isTexts(listed) || page > MOST_PAGES)
      throw new UserError(`The registry ${registry.host} answered with no list of tags when it was asked to ${doing}.`)
    for (const tag of listed) tags.push(tag)
    path = nextOf(answer)
  }
  return tags
}

/** The next page (RFC 8288), at this registry: behind a proxy it may not know its own address. */
export function nextOf({ headers, url }: Answer): string | undefined {
  const next = /<([^>]+)>\s*;\s*rel="?next"?/.exec(String(headers.link ?? ''))?.[1]
  if (next === undefined) return undefined
  const { pathname, search } = new URL(next, url)
  return `${pathname}${search}`
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}
