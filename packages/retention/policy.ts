/** What stays although nothing uses it. Durations in milliseconds. */
export interface RetentionPolicy {
  /** Nothing younger goes: it may be on its way to its tag or to its environment. */
  grace: number
  /** The newest so many of each name stay. */
  keepLast: number
  /** Patterns of tags and versions that stay; `*` is any text, `?` one character. */
  protect: readonly string[]
  /** Deletions in one run. */
  most: number
}

export const defaultPolicy: RetentionPolicy = { grace: 7 * 86_400_000, keepLast: 3, protect: [], most: 100 }

/** The first of these texts that a pattern means; undefined where none does. */
export function protectedBy(policy: RetentionPolicy, texts: readonly string[]): string | undefined {
  return policy.protect.find((pattern) => {
    const expression = patternOf(pattern)
    return texts.some((text) => expression.test(text))
  })
}

function patternOf(pattern: string): RegExp {
  const escaped = pattern.replace(/\*+|[^*]/g, (part) =>
    part.startsWith('*') ? '.*' : part === '?' ? '.' : part.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'),
  )
  return new RegExp(`^${escaped}$`, 's')
}
