import { UserError } from '@mayfly/core'
import { BOUNDS } from './bounds.ts'

/**
 * The text of a report: UTF-8, or UTF-16 where its mark says so, as some tools write on Windows.
 * @throws UserError where it is empty, too large or no text.
 */
export function textOf(report: string | Uint8Array, name: string): string {
  if (report.length > BOUNDS.report) {
    throw new UserError(`${name} is larger than ${BOUNDS.report / 1024 / 1024} MB.`, { cure: 'Write several smaller reports.' })
  }
  const text = (typeof report === 'string' ? report : decode(report)).replace(/^\ufeff/, '')
  if (text.trim() === '') {
    throw new UserError(`${name} is empty.`, { cure: 'The test command ended before it wrote its report: see its last lines.' })
  }
  if (text.slice(0, 4096).includes('\0')) {
    throw new UserError(`${name} is binary, and no report of tests.`, { cure: FORMATS })
  }
  return text
}

/** What can be read. */
export const FORMATS =
  'Give a report as JUnit XML, CTRF, TAP or go test -json; most test tools write JUnit XML (node --test --test-reporter=junit).'

function decode(bytes: Uint8Array): string {
  const mark = `${bytes[0]} ${bytes[1]}`
  const encoding = mark === '255 254' ? 'utf-16le' : mark === '254 255' ? 'utf-16be' : 'utf-8'
  return new TextDecoder(encoding).decode(bytes)
}

/** The first line that says anything. */
export function firstLine(text: string): string {
  return /\S[^\r\n]*/.exec(text.slice(0, 10_000))?.[0].trim() ?? ''
}

/** An instant as ISO 8601 in UTC; one without a zone is taken as UTC, which runners and containers are set to. */
export function instant(text: string | undefined): string | undefined {
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)\s?(Z|[+-]\d\d:?\d\d)?$/.exec(text?.trim() ?? '')
  if (match === null) return undefined
  const [, day, time = '', zone = 'Z'] = match
  // Engines read three digits of a second alike, and more of them each in its own way.
  const date = new Date(`${day}T${time.replace(/(\.\d{3})\d+$/, '$1')}${zone.replace(/^(...)(\d\d)$/, '$1:$2')}`)
  // Reporters that do not know write 1970.
  return Number.isNaN(date.getTime()) || date.getTime() < YEAR_2000 ? undefined : date.toISOString()
}

const YEAR_2000 = 946_684_800_000

/** Where a file's name stands in a stack with a line behind it: that line. */
export function lineIn(details: string, file: string | undefined): number | undefined {
  const base = file?.split(/[\\/]/).at(-1)
  if (base === undefined || base === '') return undefined
  for (let at = details.indexOf(base); at !== -1; at = details.indexOf(base, at + base.length)) {
    const line = /^(?::|\(|", line )(\d{1,7})\b/.exec(details.slice(at + base.length, at + base.length + 20))?.[1]
    if (line !== undefined && Number(line) > 0) return Number(line)
  }
  return undefined
}

/** Line by line, without a second copy of the whole. */
export function* linesOf(text: string): Generator<string> {
  let at = 0
  while (at < text.length) {
    const end = text.indexOf('\n', at)
    const next = end === -1 ? text.length : end
    yield text.slice(at, text[next - 1] === '\r' && next > at ? next - 1 : next)
    at = next + 1
  }
}
