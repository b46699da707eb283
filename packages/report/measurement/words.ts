import { clean, oneLine } from '../text.ts'

/** `1 test`, `2 tests`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/** `a`, `a and b`, `a, b and 3 more`: at most so many by name. */
export function listed(names: readonly string[], most: number): string {
  const shown = names.slice(0, most)
  if (names.length > shown.length) return `${shown.join(', ')} and ${names.length - shown.length} more`
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
}

/**
 * Text inside HTML, such as that of `<summary>`: there Markdown's backslashes would be seen, but mentions and links are
 * still looked for.
 */
export function html(text: string, longest = 200): string {
  return oneLine(text, longest)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/`/g, '&grave;')
    .replace(/\[/g, '&lbrack;')
    .replace(/\]/g, '&rbrack;')
    .replace(/@|#|:(?=\/\/)|GH(?=-)|www(?=\.)/gi, '$&\u200b')
}

/** The first lines, at most so many and so many characters; whole lines, but for those too long to read. */
export function firstLines(text: string, lines: number, characters: number): string {
  const kept: string[] = []
  let room = characters
  // Cut before it is cleaned: of a text of many megabytes only so much is ever looked at.
  const beginning = text.slice(0, 10 * characters + 1000).split(/\r\n?|\n/, 4 * lines + 10)
  const cleaned = clean(beginning.map((line) => line.trimEnd().slice(0, 1000)).join('\n')).split('\n')
  for (const line of cleaned.slice(0, lines)) {
    const short = line.length <= 500 ? line : `${line.slice(0, 500).toWellFormed()}…`
    if (short.length + 1 > room) break
    room -= short.length + 1
    kept.push(short)
  }
  return kept.join('\n')
}

/** Folded away: a reader sees the summary, which is HTML. Empty where there is nothing to fold. */
export function folded(summary: string, parts: readonly string[]): string {
  const said = parts.filter((part) => part !== '')
  return said.length === 0 ? '' : `<details><summary>${summary}</summary>\n\n${said.join('\n\n')}\n\n</details>`
}

/** A table of GitHub's Markdown. Cells are safe already; columns after the first are numbers where `right` says so. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], right = false): string {
  if (rows.length === 0) return ''
  const rule = head.map((_, column) => (right && column > 0 ? '--:' : '---'))
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** The items that are shown, and how many are not. */
export function bullets(items: readonly string[], most: number, of = items.length): string {
  const shown = items.slice(0, most).map((item) => `- ${item}`)
  if (of > shown.length && shown.length > 0) shown.push(`- and ${of - shown.length} more`)
  return shown.join('\n')
}
