const ESCAPE = String.fromCharCode(27)
const BELL = String.fromCharCode(7)

/** Terminal colours, cursor movements and titles (ECMA-48): they say nothing on a page. */
const SEQUENCES = new RegExp(
  `(?:${ESCAPE}\\[|\\u009b)[0-?]*[ -/]*[@-~]|${ESCAPE}(?:\\][^${BELL}${ESCAPE}]*(?:${BELL}|${ESCAPE}\\\\)?|[@-Z\\\\-_])`,
  'g',
)

/** Everything that some reader takes for the end of a line. */
const LINE_ENDS = /\r\n?|[\v\f\u0085\u2028\u2029]/g

/** Control and format characters: they hide text or change its direction (Unicode TR 9). Line feed and tab stay. */
export const UNSEEN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** Hostile text as it may be shown: what cannot be seen is named, such as `‹U+202E›`, so that nothing hides or turns around. */
export function visible(text: string): string {
  return text.toWellFormed().replace(SEQUENCES, '').replace(LINE_ENDS, '\n').replace(UNSEEN, name)
}

/** `visible`, on one line of at most so many characters. */
export function visibleLine(text: string, longest = 300): string {
  // Cut before it is searched: of a name of many megabytes only so much is ever looked at.
  return cut(
    visible(text.slice(0, 4 * longest))
      .replace(/\s+/g, ' ')
      .trim(),
    longest,
  )
}

/** `visible`, at most so many characters from the beginning. Ends with a sentence about what was left out. */
export function visibleStart(text: string, longest: number): string {
  if (text.length <= longest) return visible(text)
  return `${visible(cut(text, longest))}\n[${text.length - longest} more characters are left out]`
}

/** `visible`, at most so many characters from the end: the last lines of a log say what went wrong. */
export function visibleEnd(text: string, longest: number): string {
  if (text.length <= longest) return visible(text)
  return `[${text.length - longest} characters before this are left out]\n${visible(text.slice(-longest))}`
}

function cut(text: string, longest: number): string {
  // Cut between two code units of one character, the first would be left alone.
  return text.length <= longest ? text : `${text.slice(0, longest).replace(/[\ud800-\udbff]$/, '')}…`
}

function name(character: string): string {
  return `‹U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}›`
}
