import type { Readable } from 'node:stream'
import { BLOCK, checkSum, isEnd, nameOf, padded, sizeOf, typeOf } from './rewrite-header.ts'

/** A file of an archive that flows by; its content has to be taken, or is passed over, before the next one comes. */
export interface PassingFile {
  name: string
  /** Bytes. */
  size: number
  content: AsyncIterable<Buffer>
}

/**
 * The plain files of an archive as an engine writes it when it saves images: short names, no extensions.
 * Nothing is held but the piece that flows by.
 * @throws where it is no archive, or ends too early.
 */
export async function* readTar(archive: Readable): AsyncGenerator<PassingFile> {
  const pieces = archive[Symbol.asyncIterator]()
  let waiting: Buffer = Buffer.alloc(0)
  const more = async (): Promise<Buffer> => {
    const { value, done } = await pieces.next()
    if (done) throw new Error('This archive ends too early.')
    return Buffer.isBuffer(value) ? value : Buffer.from(value)
  }
  const take = async (length: number): Promise<Buffer> => {
    while (waiting.length < length) waiting = Buffer.concat([waiting, await more()])
    const taken = waiting.subarray(0, length)
    waiting = waiting.subarray(length)
    return taken
  }
  async function* flow(length: number): AsyncGenerator<Buffer> {
    let left = length
    while (left > 0) {
      if (waiting.length === 0) waiting = await more()
      const piece = waiting.subarray(0, left)
      waiting = waiting.subarray(piece.length)
      left -= piece.length
      yield piece
    }
  }
  for (;;) {
    const header = await take(BLOCK)
    if (isEnd(header)) break
    checkSum(header)
    const size = sizeOf(header)
    let left = size
    async function* content(): AsyncGenerator<Buffer> {
      for await (const piece of flow(size)) {
        left -= piece.length
        yield piece
      }
    }
    if (typeOf(header) === '0') yield { name: nameOf(header), size, content: content() }
    for await (const _ of flow(left));
    for await (const _ of flow(padded(size) - size));
  }
  // What comes after the end is taken too: whoever writes the archive may wait for it.
  while (!(await pieces.next()).done) waiting = Buffer.alloc(0)
}
