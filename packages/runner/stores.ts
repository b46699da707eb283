import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

/** Empty: it was stored. Else why not; a job goes on without. */
export interface StoreOutcome {
  why: string
  /** Where people see it. */
  url?: string
}

/**
 * The job's cache and artifacts, by GitHub's own toolkit. Nothing here throws: where the service is not to be had (another
 * runner, GitHub Enterprise Server, a full store) it says why. The toolkit is loaded when it is first needed: it is large.
 */
export const jobStores = { save, restore, upload }

/** The number of a cache that was not stored (actions/toolkit, cache: `saveCache`). */
const NOT_STORED = -1

/** Puts a file into the cache. A key that is there already stays as it is. */
async function save(key: string, path: string): Promise<StoreOutcome> {
  return guarded(async () => {
    const { isFeatureAvailable, restoreCache, saveCache } = await import('./toolkit.ts')
    if (!isFeatureAvailable()) return { why: 'this runner has no cache service' }
    if ((await saveCache([path], key)) !== NOT_STORED) return { why: '' }
    // The toolkit tells why in its log alone; a key that another run has taken is as good as ours, so it is looked for.
    const there = await restoreCache([path], key, [], { lookupOnly: true })
    return { why: there === key ? '' : 'the cache service did not take it; the lines before this one say why' }
  })
}

/** Restores the first of these keys that there is to the path that it was saved from. @returns the key. */
async function restore(keys: readonly string[], path: string): Promise<string | undefined> {
  const [first, ...others] = keys
  if (first === undefined) return undefined
  let found: string | undefined
  await guarded(async () => {
    const { isFeatureAvailable, restoreCache } = await import('./toolkit.ts')
    if (!isFeatureAvailable()) return { why: 'this runner has no cache service' }
    found = await restoreCache([path], first, others)
    return { why: '' }
  })
  return found
}

/** Uploads one file as an artifact that opens as it is: unpacked, under the name given, which is its file's too. */
async function upload(name: string, path: string): Promise<StoreOutcome> {
  const { ACTIONS_RESULTS_URL, ACTIONS_RUNTIME_TOKEN, GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID } = process.env
  if (!ACTIONS_RESULTS_URL || !ACTIONS_RUNTIME_TOKEN) return { why: 'this runner has no artifact service' }
  return guarded(async () => {
    const { DefaultArtifactClient } = await import('./toolkit.ts')
    const folder = await mkdtemp(join(process.env.RUNNER_TEMP || tmpdir(), 'mayfly-upload-'))
    try {
      // An unpacked artifact is called what its file is called.
      const named = join(folder, basename(name))
      await copyFile(path, named)
      const { id } = await new DefaultArtifactClient().uploadArtifact(name, [named], folder, { skipArchive: true })
      if (id === undefined) return { why: 'the artifact service gave it no number' }
      return { why: '', url: `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}/artifacts/${id}` }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
}

async function guarded(work: () => Promise<StoreOutcome>): Promise<StoreOutcome> {
  try {
    return await work()
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) }
  }
}
