/** Where sentences about progress go. Rooms are given one; none of them prints. */
export interface Log {
  info(message: string): void
  warn(message: string): void
  debug(message: string): void
  /** Runs `work` under a heading and says how long it took, whether it succeeds or not. */
  group<T>(title: string, work: () => Promise<T>): Promise<T>
}

/** A log that keeps quiet. */
export const silent: Log = {
  info: () => {},
  warn: () => {},
  debug: () => {},
  group: (_title, work) => work(),
}

/** Milliseconds as a person reads them: `840 ms`, `12.3 s`, `4 min 5 s`. */
export function formatMilliseconds(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
