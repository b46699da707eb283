import { type FileHandle, open } from 'node:fs/promises'
import { BLOCK, checkSum, isEnd, nameOf, PRELUDES, padded, sizeOf, targetOf, timeOf, typeOf } from './rewrite-header.ts'
import { type PaxRecords, paxTime, readPax } from './rewrite-pax.ts'

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
const WINDOW = 1024 * 1024

/** A file of which pieces are read, mostly one after the other. */
export interface Pieces {
  read(offset: number, length: number): Promise<Buffer>
  close(): Promise<void>
}

export async function openPieces(file: string): Promise<Pieces> {
  const handle = await open(file, 'r')
  let from = 0
  let window: Buffer = Buffer.alloc(0)
  return {
    read: async (offset, length) => {
      if (offset < from || offset + length > from + window.length) {
        window = await readAt(handle, offset, Math.max(length, WINDOW))
        from = offset
        if (window.length < length) throw new Error('This archive ends too early.')
      }
      return window.subarray(offset - from, offset - from + length)
    },
    close: () => handle.close(),
  }
}

async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, offset + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}

/** What lies where in an archive; its content is not read. @throws where it is no archive, or ends too early. */
export async function scanTar(pieces: Pieces): Promise<Scanned[]> {
  const entries: Scanned[] = []
  let start = 0
  let at = 0
  let said: { name?: string; target?: string; pax: PaxRecords; time: number } = { pax: [], time: -1 }
  for (;;) {
    const block = await pieces.read(at, BLOCK)
    if (isEnd(block)) return entries
    checkSum(block)
    const type = typeOf(block)
    const time = Math.max(said.time, timeOf(block))
    const size = sizeOf(block)
    if (PRELUDES.includes(type)) {
      if (size > LARGEST_PRELUDE) throw new Error('A header of this archive is too large.')
      const content = Buffer.from(await pieces.read(at + BLOCK, size))
      at += BLOCK + padded(size)
      const text = content.toString('latin1').replace(/\0.*$/s, '')
      if (type === 'L') said = { ...said, name: text, time }
      else if (type === 'K') said = { ...said, target: text, time }
      else {
        const pax = readPax(content)
        said = { ...said, pax, time: Math.max(time, paxTime(pax)) }
      }
      continue
    }
    const pax = new Map(said.pax)
    const bytes = size === 0 && type !== '0' ? 0 : Number(pax.get('size') ?? size)
    if (!Number.isSafeInteger(bytes) || bytes < 0) throw new Error('An entry of this archive has a size that cannot be.')
    const end = at + BLOCK + (await sparseMaps(pieces, at, block, type)) + padded(bytes)
    const name = pax.get('path') ?? said.name ?? nameOf(block)
    entries.push({
      type,
      name,
      target: pax.get('linkpath') ?? said.target ?? targetOf(block),
      start,
      header: at,
      end,
      time,
    })
    start = end
    at = end
    said = { pax: [], time: -1 }
  }
}

/** How many bytes of maps follow the header of a file with holes in GNU tar's old format (tar manual, "Old GNU Format"). */
async function sparseMaps(pieces: Pieces, at: number, header: Buffer, type: string): Promise<number> {
  if (type !== 'S' || header[482] === 0) return 0
  for (let length = BLOCK; ; length += BLOCK) {
    const map = await pieces.read(at + length, BLOCK)
    if (map[504] === 0) return length
  }
}
