import { formatDuration } from '@mayfly/core'

export interface Limits {
  /** Milliseconds until it must have ended. */
  timeout: number
  /** Milliseconds that it may be without writing anything. */
  quietTimeout?: number | undefined
  signal?: AbortSignal | undefined
}

type Reached = { kind: 'limit'; milliseconds: number; text: string } | { kind: 'aborted' }

/**
 * Resolves when the command must end though it has not.
 * @param output `at`: when something was last written, by `performance.now()`.
 */
export function watchLimits(
  { timeout, quietTimeout, signal }: Limits,
  output: { at: () => number },
): { reached: Promise<Reached>; stop: () => void } {
  const { promise, resolve } = Promise.withResolvers<Reached>()
  const timers: NodeJS.Timeout[] = []
  const limit = (milliseconds: number, text: string): void => resolve({ kind: 'limit', milliseconds, text })
  timers.push(setTimeout(() => limit(timeout, `It did not end within ${formatDuration(timeout)}`), timeout))
  if (quietTimeout !== undefined) {
    const look = (): void => {
      const left = output.at() + quietTimeout - performance.now()
      if (left <= 0) limit(quietTimeout, `It wrote nothing for ${formatDuration(quietTimeout)}`)
      else timers[1] = setTimeout(look, left)
    }
    look()
  }
  const abort = (): void => resolve({ kind: 'aborted' })
  signal?.addEventListener('abort', abort, { once: true })
  if (signal?.aborted) abort()
  const stop = (): void => {
    signal?.removeEventListener('abort', abort)
    for (const timer of timers) clearTimeout(timer)
  }
  return { reached: promise, stop }
}
