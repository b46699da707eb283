/** Whether a word of ASCII stands there. */
export function startsWith(bytes: Uint8Array, start: number, word: string): boolean {
  for (let at = 0; at < word.length; at++) if (bytes[start + at] !== word.charCodeAt(at)) return false
  return true
}

/** Where a byte stands first; `end` where it does not. */
export function placeOf(bytes: Uint8Array, byte: number, start: number, end: number): number {
  let at = start
  while (at < end && bytes[at] !== byte) at++
  return at
}

/** Where it stands last; before `start` where it does not. */
export function lastPlaceOf(bytes: Uint8Array, byte: number, start: number, end: number): number {
  let at = end - 1
  while (at >= start && bytes[at] !== byte) at--
  return at
}

/** As many digits as a number holds exactly. */
const MOST_DIGITS = 15

/** As `Number` reads the text that stands there, which is made of what is no plain whole number only: a report has millions of them. */
export function numberAt(bytes: Buffer, start: number, end: number): number {
  if (end <= start || end - start > MOST_DIGITS) return Number(bytes.toString('utf8', start, end))
  let number = 0
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] ?? 0) - 48
    if (digit < 0 || digit > 9) return Number(bytes.toString('utf8', start, end))
    number = number * 10 + digit
  }
  return number
}
