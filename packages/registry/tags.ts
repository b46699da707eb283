import type { Registry } from './connection.ts'
import { readBody } from './connection.ts'
import { pullScope } from './manifest.ts'
import { ask, failure } from './request.ts'

const PAGE = 1000
const LARGEST_PAGE = 16 * 1024 * 1024

/** Every tag of a repository; none where there is no such repository. @throws where a page is missing or unreadable. */
export async function listTags(registry: Registry, repository: string): Promise<string[]> {
  const tags: string[] = []
  let path: string | undefined = `/v2/${repository}/tags/list?n=${PAGE}`
  while (path !== undefined) {
    const answer = await ask(registry, {
      method: 'GET',
      path,
      scope: pullScope(repository),
      what: `list the tags of ${repository}`,
    })
    if (answer.status === 404 && tags.length === 0) {
      answer.body.resume()
      return []
    }
    if (answer.status !== 200) throw await failure(registry, answer, `list the tags of ${repository}`)
    const page: unknown = JSON.parse((await readBody(answer, LARGEST_PAGE)).toString('utf8'))
    const listed: unknown = typeof page === 'object' && page !== null ? Reflect.get(page, 'tags') : undefined
    // A repository that lost its last tag answers null.
    if (listed !== null && !(Array.isArray(listed) && listed.every((tag) => typeof tag === 'string'))) {
      throw new Error(`${registry.host}/${repository} answered with no list of tags`)
    }
    tags.push(...(listed ?? []))
    const next: string | undefined = /<([^>]+)>\s*;\s*rel="?next"?/.exec(String(answer.headers.link ?? ''))?.[1]
    path = next === undefined ? undefined : new URL(next, answer.url).href
  }
  return tags
}
