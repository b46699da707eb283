import { ApiError } from './errors.ts'

/**
 * Creates something exactly once, although the answer to a creation may get lost: before it is created again,
 * `find` looks whether it is there already.
 */
export async function createOnce<T>(create: () => Promise<T>, find: () => Promise<T | undefined>): Promise<T> {
  try {
    return await create()
  } catch (error) {
    if (!(error instanceof ApiError) || !error.uncertain) throw error
    return (await find()) ?? (await create())
  }
}
