/**
 * Everything a pull request controls is hostile: service names, versions, log lines. These functions make text safe
 * to stand in GitHub's Markdown. Each is total: any string in, safe text out.
 */

/** Control and format characters: they hide text or change its direction (Unicode TR 9). Line feed and tab stay. */
const UNSEEN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

const ESCAPE = String.fromCharCode(27)
const BELL = String.fromCharCode(7)

/** Terminal colours, cursor movements and titles (ECMA-48). */
const SEQUENCES = new RegExp(
  `${ESCAPE}(?:\\[[0-?]*[ -/]*[@-~]|\\][^${BELL}${ESCAPE}]*(?:${BELL}|${ESCAPE}\\\\)?|[@-Z\\\\-_])`,
  'g',
)

/** Everything that some reader takes for the end of a line. */
const LINE_ENDS = /\r\n?|[\v\f\u0085\u2028\u2029]/g

/** One line of prose: nothing in it is Markdown, HTML, a mention or a reference to an issue. */
export function prose(text: string): string {
  return plain(text)
    .replace(/\s+/g, ' ')
    .replace(/[&<>]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character] ?? '')
    .replace(/[\\`*_{}[\]()#+!|~^$]/g, '\\$&')
    .replaceAll('@', '&#64;')
    .replace(/(https?|ftp)(:\/\/)/gi, '$1&#58;//')
    .replace(/www\./gi, 'www&#46;')
}

/** Inline code that the text cannot end (spec.commonmark.org, code spans): longer backticks outside than any run inside. */
export function code(text: string): string {
  const line = plain(text).replace(/\s+/g, ' ').replaceAll('|', '¦').trim()
  if (line === '') return ''
  const ticks = '`'.repeat(longestRun(line, '`') + 1)
  const space = line.startsWith('`') || line.endsWith('`') ? ' ' : ''
  return `${ticks}${space}${line}${space}${ticks}`
}

/** A fenced block that the text cannot end: the fence is longer than any run of backticks in it. */
export function fence(text: string): string {
  const lines = clean(text)
  const ticks = '`'.repeat(Math.max(3, longestRun(lines, '`') + 1))
  return `${ticks}text\n${lines}\n${ticks}`
}

/** A URL that we made ourselves; one that is not plain http(s) becomes text. */
export function link(label: string, url: string): string {
  return /^https?:\/\/[A-Za-z0-9.:/_~-]+$/.test(url) ? `[${prose(label)}](${url})` : prose(label)
}

/** The last lines, at most so many and so many characters; whole lines, but for one that is too long by itself. */
export function lastLines(text: string, lines: number, characters: number): string {
  const kept: string[] = []
  let room = characters
  for (const line of clean(text).split('\n').slice(-lines).reverse()) {
    const short = line.length > 500 ? `${line.slice(0, 500)}…` : line
    if (short.length + 1 > room) break
    room -= short.length + 1
    kept.unshift(short)
  }
  return kept.join('\n')
}

/** One line for a terminal: hostile text must not move its cursor. */
export function visible(text: string): string {
  return plain(text).replaceAll('\n', ' ')
}

function clean(text: string): string {
  return plain(text.replace(LINE_ENDS, '\n')).replace(/^\n+|\s+$/g, '')
}

function plain(text: string): string {
  return text.toWellFormed().replace(SEQUENCES, '').replace(UNSEEN, '')
}

function longestRun(text: string, character: string): number {
  let longest = 0
  let run = 0
  for (const one of text) {
    run = one === character ? run + 1 : 0
    longest = Math.max(longest, run)
  }
  return longest
}
