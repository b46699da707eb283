/** What a pax header says: key and value, each byte one character (POSIX pax, "pax Header Block"). */
export type PaxRecords = [key: string, value: string][]

const TIMES = ['mtime', 'atime', 'ctime']

/** @throws where a record's length is not what it says. */
export function readPax(content: Buffer): PaxRecords {
  const text = content.toString('latin1')
  const records: PaxRecords = []
  let at = 0
  while (at < text.length && text[at] !== '\0') {
    const space = text.indexOf(' ', at)
    const length = space === -1 ? Number.NaN : Number(text.slice(at, space))
    const record = text.slice(space + 1, at + length)
    const equals = record.indexOf('=')
    if (!Number.isInteger(length) || at + length > text.length || !record.endsWith('\n') || equals === -1)
      throw new Error('A pax header of this archive is broken.')
    records.push([record.slice(0, equals), record.slice(equals + 1, -1)])
    at += length
  }
  return records
}

export function writePax(records: PaxRecords): Buffer {
  return Buffer.from(records.map(([key, value]) => recordOf(key, value)).join(''), 'latin1')
}

/** The newest of the times in it, in seconds since 1970. */
export function paxTime(records: PaxRecords): number {
  return Math.max(-1, ...records.flatMap(([key, value]) => (TIMES.includes(key) ? [Number(value)] : [])))
}

/** Without times after `epoch`: what a header says by itself then counts, and no reader needs the others. */
export function withoutNewer(records: PaxRecords, epoch: number): PaxRecords {
  return records.filter(([key, value]) => !TIMES.includes(key) || Number(value) <= epoch)
}

/** `<length> <key>=<value>\n`, where the length counts its own digits. */
function recordOf(key: string, value: string): string {
  const rest = key.length + value.length + 3
  let length = rest + String(rest).length
  if (rest + String(length).length !== length) length = rest + String(length).length
  return `${length} ${key}=${value}\n`
}
