import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'

const HELD = 1024 * 1024

/** A file that is written piece by piece, hashed as it goes. */
export interface Sink {
  write(bytes: Buffer): Promise<void>
  /** Writes what is left. @returns its digest, `sha256:...`, and its bytes. */
  end(): Promise<{ digest: string; size: number }>
  /** Lets the file go, whatever has become of it. */
  close(): Promise<void>
}

/** Holds a mebibyte at most, in one place: many small pieces make few writes, and memory stays as it is. */
export async function openSink(file: string): Promise<Sink> {
  const handle = await open(file, 'w')
  const hash = createHash('sha256')
  const held = Buffer.allocUnsafe(HELD)
  let filled = 0
  let size = 0
  const flush = async () => {
    const bytes = held.subarray(0, filled)
    hash.update(bytes)
    await handle.writeFile(bytes)
    size += filled
    filled = 0
  }
  return {
    write: async (bytes) => {
      for (let at = 0; at < bytes.length; ) {
        const copied = bytes.copy(held, filled, at)
        filled += copied
        at += copied
        if (filled === HELD) await flush()
      }
    },
    end: async () => {
      await flush()
      return { digest: `sha256:${hash.digest('hex')}`, size }
    },
    close: () => handle.close(),
  }
}
