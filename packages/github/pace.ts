import { setTimeout as wait } from 'node:timers/promises'

/**
 * Lets `burst` writes through at once and then one every `gap` milliseconds, as GitHub asks of those who make many
 * (docs.github.com, best practices for using the REST API).
 */
export function paceWrites(burst: number, gap: number) {
  let due = 0
  const schedule = async <T>(_options: unknown, work: () => Promise<T>): Promise<T> => {
    const now = performance.now()
    due = Math.max(due, now) + gap
    const early = due - burst * gap - now
    if (early > 0) await wait(early)
    return work()
  }
  return { key: () => ({ schedule }) }
}
