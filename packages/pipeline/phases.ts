import type { Log, Phase } from '@mayfly/core'

/** Measures the parts of a run, in the order in which they end. */
export interface Phases {
  list: Phase[]
  run<T>(name: string, work: () => Promise<T>): Promise<T>
}

export function measurePhases(log: Log): Phases {
  const list: Phase[] = []
  return {
    list,
    run: async (name, work) => {
      const started = performance.now()
      try {
        return await log.group(name, work)
      } finally {
        list.push({ name, milliseconds: Math.round(performance.now() - started) })
      }
    },
  }
}
