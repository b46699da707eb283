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
  `(?:${ESCAPE}\\[|\\u009b)[0-?]*[ -/]*[@-~]|${ESCAPE}(?:\\][^${BELL}${ESCAPE}]*(?:${BELL}|${ESCAPE}\\\\)?|[@-Z\\\\-_])`,
  'g',
)

/** Everything that some reader takes for the end of a line. */
const LINE_ENDS = /\r\n?|[\v\f\u0085\u2028\u2029]/g

/**
 * Zero-width space. GitHub looks for mentions and references in the text that is left once Markdown is rendered, where
 * escapes and entities are gone; only a character in between keeps it from notifying people.
 */
const BREAK = '\u200b'

/** One line of prose: nothing in it is Markdown, HTML, a link, a mention or a reference to an issue. */
export function prose(text: string, longest = 1000): string {
  return oneLine(text, longest)
    .replace(/[\\`*_{}[\]()#!|~^$]/g, '\\$&')
    .replace(/^(\d*)([-+=.])/, '$1\\$2')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/@|#|:(?=\/\/)|GH(?=-)|www(?=\.)/gi, `$&${BREAK}`)
}

/** Inline code that the text cannot end (spec.commonmark.org, code spans): longer backticks outside than any run inside. */
export function code(text: string, longest = 120): string {
  // A table's row is cut at pipes before code is looked for.
  const line = oneLine(text, longest).replaceAll('|', '¦')
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
  return /^https?:\/\/[A-Za-z0-9.:/_~-]{1,400}$/.test(url) ? `[${prose(label, 200)}](${url})` : prose(label, 200)
}

/** The last lines, at most so many and so many characters; whole lines, but for those too long to read. */
export function lastLines(text: string, lines: number, characters: number): string {
  if (lines === 0) return ''
  const kept: string[] = []
  let room = characters
  for (const line of clean(text).split('\n').slice(-lines).reverse()) {
    const short = shorten(line, 500)
    if (short.length + 1 > room) break
    room -= short.length + 1
    kept.unshift(short)
  }
  return kept.join('\n')
}

/** Without anything that could move a cursor, hide or reorder; line ends are line feeds, blank ends are gone. */
export function clean(text: string): string {
  // Not by an expression that looks for blanks at the end from each blank on: a log may be blanks alone.
  return plain(text.replace(LINE_ENDS, '\n')).replace(/^\n+/, '').trimEnd()
}

/** `clean`, on one line. */
export function oneLine(text: string, longest = Number.POSITIVE_INFINITY): string {
  return shorten(clean(text).replace(/\s+/g, ' ').trim(), longest)
}

function shorten(text: string, longest: number): string {
  // Cut between two code units of one character, the first would be left alone.
  return text.length <= longest ? text : `${text.slice(0, longest).replace(/[\ud800-\udbff]$/, '')}…`
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
