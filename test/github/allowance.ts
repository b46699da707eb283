/** The hourly number of requests that each token has, told on every answer as GitHub does. Nobody is refused by it. */
import type { State } from './state.ts'
import type { Identity } from './types.ts'

const LIMIT = 5000

export function createAllowance(state: State) {
  const used = new Map<string, number>()
  const reset = () => Math.ceil(state.clock().getTime() / 3_600_000) * 3600
  return {
    /** Counts one request of a token, and answers the headers that say what is left. */
    use(token: string): Record<string, string> {
      const count = Math.min(LIMIT, (used.get(token) ?? 0) + 1)
      used.set(token, count)
      return {
        'x-ratelimit-limit': String(LIMIT),
        'x-ratelimit-remaining': String(LIMIT - count),
        'x-ratelimit-used': String(count),
        'x-ratelimit-reset': String(reset()),
        'x-ratelimit-resource': 'core',
      }
    },
    /** The body of `GET /rate_limit`. */
    overview(identity: Identity) {
      const token = [...state.tokens].find(([, known]) => known === identity)?.[0] ?? ''
      const count = used.get(token) ?? 0
      const core = { limit: LIMIT, used: count, remaining: LIMIT - count, reset: reset() }
      return { resources: { core, search: { ...core, limit: 30, used: 0, remaining: 30 } }, rate: core }
    },
  }
}
