import { cut } from './bounds.ts'

/** What one line of TAP says; `indent` in levels, four spaces each. */
export type TapLine =
  | { kind: 'test'; indent: number; ok: boolean; number: string; name: string; directive: Directive; opens: boolean }
  | { kind: 'plan'; indent: number; count: number; skipped: string | undefined }
  | { kind: 'bail'; reason: string }
  | { kind: 'version' }
  | { kind: 'close'; indent: number }
  /** A comment; some tools write titles as comments. */
  | { kind: 'comment'; indent: number; text: string }
  | { kind: 'other' }

export interface Directive {
  word?: 'skip' | 'todo'
  reason: string
  milliseconds?: number
}

/**
 * Reads one line by the rules of TAP 12 to 14 (testanything.org). What is no TAP is `other`: tests print what they like.
 */
export function tapLine(line: string): TapLine {
  const spaces = /^ */.exec(line)?.[0].length ?? 0
  const said = line.slice(spaces)
  const bail = /^Bail out!\s*(.*)$/s.exec(said)
  if (bail !== null) return { kind: 'bail', reason: bail[1] ?? '' }
  if (spaces % 4 !== 0) return { kind: 'other' }
  const indent = spaces / 4
  const test = /^(not )?ok(?:\s+(\d{1,9}))?(?:\s+-(?=\s|$))?(?:\s+(.*))?$/s.exec(said)
  if (test !== null) return testLine(indent, test[1] === undefined, test[2] ?? '', test[3] ?? '')
  const plan = /^1\.\.(\d{1,9})\s*(?:#\s*(.*))?$/s.exec(said)
  if (plan !== null) {
    const count = Number(plan[1])
    return { kind: 'plan', indent, count, skipped: count === 0 ? (plan[2] ?? '') : undefined }
  }
  if (/^TAP version \d+\s*$/.test(said) && indent === 0) return { kind: 'version' }
  if (said.startsWith('# ')) return { kind: 'comment', indent, text: cut(said.slice(2), 2000).trim() }
  return said.trimEnd() === '}' ? { kind: 'close', indent } : { kind: 'other' }
}

function testLine(indent: number, ok: boolean, number: string, rest: string): TapLine {
  // A name is kept up to 1000 characters; what is behind megabytes of it is not looked for.
  const text = cut(rest, 20_000).trimEnd()
  const opens = text.endsWith(' {') || text === '{'
  const body = opens ? text.slice(0, -1).trimEnd() : text
  const hash = body.search(/(?<=^|\s)#\s*(?:skip|todo|time=)/i)
  const name = (hash === -1 ? body : body.slice(0, hash)).trim().replace(/\\([\\#])/g, '$1')
  return { kind: 'test', indent, ok, number, name, directive: directiveOf(hash === -1 ? '' : body.slice(hash + 1).trim()), opens }
}

function directiveOf(text: string): Directive {
  const time = /^time=(\d{1,12}(?:\.\d{1,9})?)(ms|s)?/i.exec(text)
  if (time !== null) return { reason: '', milliseconds: Number(time[1]) * (time[2] === 's' ? 1000 : 1) }
  const match = /^(skip|todo)\S*\s*(.*)$/is.exec(text)
  if (match === null) return { reason: '' }
  return {
    word: match[1]?.toLowerCase() === 'todo' ? 'todo' : 'skip',
    reason: (match[2] === '-' ? '' : (match[2] ?? '')).replace(/\\([\\#])/g, '$1'),
  }
}
