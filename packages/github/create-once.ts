import { GitHubError } from './errors.ts'

/** Creates something exactly once: where the answer was lost, it is looked for before it is created again. */
export async function createOnce<T>(create: () => Promise<T>, find: () => Promise<T | undefined>): Promise<T> {
  try {
    return await create()
  } catch (error) {
    if (!(error instanceof GitHubError) || !error.uncertain) throw error
    return (await find()) ?? (await create())
  }
}
