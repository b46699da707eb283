/** How much is said. What gets too long is said again with less; text is never cut where it happens to end. */
export interface Detail {
  /** Of each log. */
  lines: number
  characters: number
  notices: number
  /** Rows of the table of services. */
  services: number
}

/** From everything down to what always fits. */
export const DETAILS: readonly [Detail, ...Detail[]] = [
  { lines: 40, characters: 8000, notices: 50, services: 100 },
  { lines: 20, characters: 3000, notices: 20, services: 100 },
  { lines: 10, characters: 1000, notices: 5, services: 50 },
  { lines: 0, characters: 0, notices: 5, services: 50 },
  { lines: 0, characters: 0, notices: 0, services: 10 },
]

/** The most that `render` can say in at most `longest` characters. */
export function fit(longest: number, render: (detail: Detail) => string): string {
  let text = ''
  for (const detail of DETAILS) {
    text = render(detail)
    if (text.length <= longest) return text
  }
  return text
}
