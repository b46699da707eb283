import { BLOCK, checkSum, isEnd, nameOf, PRELUDES, padded, sizeOf, targetOf, timeOf, typeOf } from './rewrite-header.ts'
import { type PaxRecords, paxTime, readPax } from './rewrite-pax.ts'
import type { Pieces } from './rewrite-pieces.ts'

/** Where an entry of an archive lies, in bytes from its beginning, and what its order depends on. */
export interface Scanned {
  /** As the header's; links are `1`. */
  type: string
  /** Each byte one character. */
  name: string
  target: string
  /** Where what belongs to it begins: its pax records or long name, else its header. */
  start: number
  /** Where its header begins; a block later its content does. */
  header: number
  /** Where the next one begins. */
  end: number
  /** The newest time that is said of it, in seconds since 1970. */
  time: number
}

/** Names and attributes of one entry take less; whoever writes more wants this to hold it all. */
const LARGEST_PRELUDE = 4 * 1024 * 1024

/** What lies where in an archive; its content is not read. @throws where it is no archive, or ends too early. */
export async function scanTar(pieces: Pieces): Promise<Scanned[]> {
  const entries: Scanned[] = []
  let start = 0
  let at = 0
  let said: Said = { pax: [], time: -1 }
  for (;;) {
    const header = await pieces.read(at, BLOCK)
    if (isEnd(header)) return entries
    checkSum(header)
    if (PRELUDES.includes(typeOf(header))) {
      const size = sizeOf(header)
      if (at - start + size > LARGEST_PRELUDE) throw new Error('A header of this archive is too large.')
      const [type, own] = [typeOf(header), timeOf(header)]
      said = readPrelude(said, type, own, await pieces.read(at + BLOCK, size))
      at += BLOCK + padded(size)
      continue
    }
    const scanned = readEntry(header, said, start, at)
    const end = scanned.end + (await sparseMaps(pieces, at, header))
    entries.push({ ...scanned, end })
    start = end
    at = end
    said = { pax: [], time: -1 }
  }
}

/** What was said of an entry before its header came. */
interface Said {
  name?: string
  target?: string
  pax: PaxRecords
  time: number
}

function readPrelude(said: Said, type: string, own: number, content: Buffer): Said {
  const time = Math.max(said.time, own)
  if (type === 'x') {
    const pax = readPax(content)
    return { ...said, pax, time: Math.max(time, paxTime(pax)) }
  }
  const text = content.toString('latin1').replace(/\0.*$/s, '')
  return type === 'L' ? { ...said, name: text, time } : { ...said, target: text, time }
}

/** Of two places that say the same thing the pax records count, then GNU tar's long names. */
function readEntry(header: Buffer, said: Said, start: number, at: number): Scanned {
  const type = typeOf(header)
  const pax = new Map(said.pax)
  const size = sizeOf(header)
  const bytes = size === 0 && type !== '0' ? 0 : Number(pax.get('size') ?? size)
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw new Error('An entry of this archive has a size that cannot be.')
  return {
    type,
    name: pax.get('path') ?? said.name ?? nameOf(header),
    target: pax.get('linkpath') ?? said.target ?? targetOf(header),
    start,
    header: at,
    end: at + BLOCK + padded(bytes),
    time: Math.max(said.time, timeOf(header)),
  }
}

/** How many bytes of maps follow the header of a file with holes in GNU tar's old format (tar manual, "Old GNU Format"). */
async function sparseMaps(pieces: Pieces, at: number, header: Buffer): Promise<number> {
  if (typeOf(header) !== 'S' || header[482] === 0) return 0
  for (let length = BLOCK; ; length += BLOCK) {
    const map = await pieces.read(at + length, BLOCK)
    if (map[504] === 0) return length
  }
}
