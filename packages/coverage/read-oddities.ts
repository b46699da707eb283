import type { CoverageMap } from './model.ts'

/** What a report says, its paths spelled as in the report. */
export interface Read {
  files: CoverageMap
  /** Folders that the report says its paths are relative to: Cobertura's <source>. */
  sources: string[]
  /** What was left out and why; one sentence each. */
  notices: string[]
}

/** What is odd about a report, by kind: a million broken lines are one sentence. */
export interface Oddities {
  /** `what`: one of a few fixed wordings in the plural; `where`: for people, or the number of the report's line. */
  odd(what: string, where: string | number): void
  notices(): string[]
}

export function oddities(name: string): Oddities {
  const kinds = new Map<string, { times: number; first: string }>()
  return {
    odd(what, where) {
      const kind = kinds.get(what)
      if (kind !== undefined) kind.times++
      else kinds.set(what, { times: 1, first: typeof where === 'number' ? `line ${where}` : where.slice(0, 200) })
    },
    notices: () => [...kinds].map(([what, { times, first }]) => `${name}: ${times} ${what} (the first: ${first}).`),
  }
}
