import { realpath, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { TestCase } from '@mayfly/test-results'
import type { Run } from './context.ts'
import type { Stores } from './stores.ts'

/** A job may have 500 artifacts; a reader looks at a few. */
const MOST = 20
const LARGEST = 50 * 1024 * 1024

/**
 * Makes the screenshots, traces and the like of failed tests open with one click: each is an artifact of its own.
 * Only files inside the folder where the tests ran are taken: their paths come from a report, which anybody can write.
 * @returns where they open, by the path in the report.
 */
export async function uploadAttachments(
  run: Run,
  stores: Stores,
  directory: string,
  tests: readonly TestCase[],
): Promise<Map<string, string>> {
  const urls = new Map<string, string>()
  const { GITHUB_RUN_ID: id = '0', GITHUB_RUN_ATTEMPT: attempt = '1' } = run.context.environment
  const paths = new Set(tests.flatMap((test) => (test.status === 'failed' ? test.attachments.map(({ path }) => path) : [])))
  for (const path of [...paths].slice(0, MOST)) {
    const place = await realpath(resolve(directory, path)).catch(() => undefined)
    const stats = place?.startsWith(`${directory}/`) ? await stat(place) : undefined
    if (place === undefined || stats?.isFile() !== true || stats.size > LARGEST) continue
    const name = place.slice(place.lastIndexOf('/') + 1).replace(/[^A-Za-z0-9._-]/g, '-')
    const { url, why } = await stores.upload(`mayfly-${id}-${attempt}-${urls.size + 1}-${name}`, place)
    // Where one cannot be stored, none can.
    if (why !== '') break
    if (url !== undefined) urls.set(path, url)
  }
  return urls
}
