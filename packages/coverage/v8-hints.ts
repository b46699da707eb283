/** The converter compares every hint with every node. */
const MOST_HINTS = 1000
const LONGEST_LINE = 1000
const HINT = /(?:istanbul|[cv]8|node:coverage)\s+ignore\s+(?:if|else|next|file)/g

/**
 * The script with what the converter would make too much of defused, all of it where it was: "ignore file" in one of a
 * bundle's many sources would silence the whole bundle.
 */
export function harmlessHints(code: string, many: boolean): string {
  const hints = code.match(HINT)?.length ?? 0
  if (hints === 0) return code
  if (hints > MOST_HINTS) return code.replace(HINT, (hint) => hint.replace('ignore', 'ignor_'))
  return many ? code.replace(HINT, (hint) => hint.replace(/file$/, 'fil_')) : code
}

/** The lines that hold "ignore start" and "ignore stop", each where it was, and nothing else: the rest is not needed. */
export function onlyHints(content: string): string {
  if (!content.includes('ignore')) return ''
  return content
    .split(/\r?\n/)
    .map((line) => (line.length <= LONGEST_LINE && line.includes('ignore') ? line : ''))
    .join('\n')
}

/** Whether a source asks not to be counted at all. */
export function ignoresItself(content: string): boolean {
  return /\/\*\s*(?:istanbul|[cv]8|node:coverage)\s+ignore\s+file\b/.test(content.slice(0, 10_000))
}
