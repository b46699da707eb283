import { setTimeout as wait } from 'node:timers/promises'

/** Milliseconds. */
const PATIENCE = 3000

/**
 * Looks until it sees what is wanted, and answers with the last thing it saw. The host's gateway is shared: another run
 * may load an older picture last, and takes it back as soon as it has looked again.
 */
export async function lookUntil<T>(look: () => Promise<T>, isWanted: (seen: T) => boolean): Promise<T> {
  const deadline = Date.now() + PATIENCE
  for (;;) {
    const seen = await look()
    if (isWanted(seen) || Date.now() > deadline) return seen
    await wait(50)
  }
}
