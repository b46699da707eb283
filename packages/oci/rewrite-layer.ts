import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { BLOCK, clampTimes, PRELUDES, padded, resize, sizeOf, typeOf } from './rewrite-header.ts'
import { inWalkOrder } from './rewrite-order.ts'
import { paxTime, readPax, withoutNewer, writePax } from './rewrite-pax.ts'
import { openPieces, type Pieces, type Scanned, scanTar } from './rewrite-scan.ts'

const AT_ONCE = 1024 * 1024

export interface Rewritten {
  /** Digest of the new layer, uncompressed. */
  diffId: string
  /** Bytes. */
  size: number
}

/**
 * Writes an uncompressed layer anew with no time in it after `epoch` and its entries in the order of a walk. All else
 * (owners, modes, attributes, links, devices, whiteouts, names) is copied as it is. What it holds does not matter to memory.
 * @param epoch seconds since 1970.
 * @returns undefined where no time in it is newer: `output` is then not written, and the layer is best left as it is.
 * @throws where the file is no tar archive.
 */
export async function rewriteLayer(file: string, output: string, epoch: number): Promise<Rewritten | undefined> {
  const pieces = await openPieces(file)
  try {
    const entries = await scanTar(pieces)
    if (entries.every(({ time }) => time <= epoch)) return undefined
    return await writeEntries(pieces, inWalkOrder(entries), output, epoch)
  } finally {
    await pieces.close()
  }
}

async function writeEntries(pieces: Pieces, entries: readonly Scanned[], output: string, epoch: number): Promise<Rewritten> {
  const handle = await open(output, 'w')
  const hash = createHash('sha256')
  let waiting: Buffer[] = []
  let held = 0
  let size = 0
  const flush = async () => {
    const bytes = Buffer.concat(waiting)
    hash.update(bytes)
    await handle.writeFile(bytes)
    waiting = []
    held = 0
  }
  const write = async (bytes: Buffer) => {
    // A piece is only lent.
    waiting.push(Buffer.from(bytes))
    held += bytes.length
    size += bytes.length
    if (held >= AT_ONCE) await flush()
  }
  try {
    for (const { start, header, end } of entries) {
      await write(clampHeader(await pieces.read(start, header + BLOCK - start), epoch))
      for (let at = header + BLOCK; at < end; at += AT_ONCE) await write(await pieces.read(at, Math.min(AT_ONCE, end - at)))
    }
    await write(Buffer.alloc(2 * BLOCK))
    await flush()
  } finally {
    await handle.close()
  }
  return { diffId: `sha256:${hash.digest('hex')}`, size }
}

/** The header of one entry with what comes before it. */
function clampHeader(blocks: Buffer, epoch: number): Buffer {
  const written: Buffer[] = []
  let timeWasSaidBefore = false
  let at = 0
  for (;;) {
    const header = blocks.subarray(at, at + BLOCK)
    const type = typeOf(header)
    if (!PRELUDES.includes(type)) {
      written.push(clampTimes(header, epoch, timeWasSaidBefore))
      return Buffer.concat(written)
    }
    const size = sizeOf(header)
    const content = blocks.subarray(at + BLOCK, at + BLOCK + padded(size))
    at += BLOCK + padded(size)
    const records = type === 'x' ? readPax(content.subarray(0, size)) : []
    if (paxTime(records) <= epoch) {
      written.push(clampTimes(header, epoch), content)
      continue
    }
    timeWasSaidBefore ||= records.some(([key, value]) => key === 'mtime' && Number(value) > epoch)
    const left = writePax(withoutNewer(records, epoch))
    const filler = Buffer.alloc(padded(left.length) - left.length)
    if (left.length > 0) written.push(resize(clampTimes(header, epoch), left.length), left, filler)
  }
}
