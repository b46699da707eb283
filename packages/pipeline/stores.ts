/**
 * What only a job can do: its cache and its artifacts. The action hands them in, so that this room works without a job.
 * Each says why where the service is not to be had; none of them ends a run.
 */
export interface Stores {
  /** Puts a file into the cache under a key that is never written twice. */
  save(key: string, path: string): Promise<Stored>
  /** Restores the first key that there is to the path that it was saved from. @returns the key. */
  restore(keys: readonly string[], path: string): Promise<string | undefined>
  /** Uploads one file so that it opens as it is. `url`: where people see it. */
  upload(name: string, path: string): Promise<Stored & { url?: string }>
}

/** Empty: it was stored. */
export interface Stored {
  why: string
}

/** Where there is no job. */
export const noStores: Stores = {
  save: async () => ({ why: 'This is no job of a workflow.' }),
  restore: async () => undefined,
  upload: async () => ({ why: 'This is no job of a workflow.' }),
}
