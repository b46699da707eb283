import { BLOCK, clampTimes, PRELUDES, padded, resize, sizeOf, typeOf } from './rewrite-header.ts'
import { inWalkOrder } from './rewrite-order.ts'
import { paxTime, readPax, withoutNewer, writePax } from './rewrite-pax.ts'
import { openPieces, type Pieces } from './rewrite-pieces.ts'
import { type Scanned, scanTar } from './rewrite-scan.ts'
import { openSink } from './rewrite-sink.ts'

/** Bytes of content that are read at once. */
const AT_ONCE = 256 * 1024

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
  const sink = await openSink(output)
  try {
    for (const { start, header, end } of entries) {
      await sink.write(clampHeader(await pieces.read(start, header + BLOCK - start), epoch))
      for (let at = header + BLOCK; at < end; at += AT_ONCE) await sink.write(await pieces.read(at, Math.min(AT_ONCE, end - at)))
    }
    await sink.write(Buffer.alloc(2 * BLOCK))
    const { digest, size } = await sink.end()
    return { diffId: digest, size }
  } finally {
    await sink.close()
  }
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
