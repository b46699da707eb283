import { type FileHandle, open } from 'node:fs/promises'

const WINDOW = 1024 * 1024

/** A file of which pieces are read, mostly one after the other. */
export interface Pieces {
  /** What it gives is lent until the next call. @throws where the file ends before. */
  read(offset: number, length: number): Promise<Buffer>
  close(): Promise<void>
}

export async function openPieces(file: string): Promise<Pieces> {
  const handle = await open(file, 'r')
  let window = Buffer.allocUnsafe(WINDOW)
  let from = 0
  let filled = 0
  return {
    read: async (offset, length) => {
      if (offset < from || offset + length > from + filled) {
        if (length > window.length) window = Buffer.allocUnsafe(length)
        from = offset
        filled = await fill(handle, window, offset)
        if (filled < length) throw new Error('This archive ends too early.')
      }
      return window.subarray(offset - from, offset - from + length)
    },
    close: () => handle.close(),
  }
}

/** @returns how many bytes there were. */
async function fill(handle: FileHandle, buffer: Buffer, offset: number): Promise<number> {
  let filled = 0
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, offset + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return filled
}
