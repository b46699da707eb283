import { createHash } from 'node:crypto'
import { open, rm } from 'node:fs/promises'

/** Writes what flows by to a file. @throws where it is not what the digest says; the file is then gone. */
export async function writeVerified(content: AsyncIterable<Buffer>, file: string, digest: string): Promise<void> {
  const hash = createHash('sha256')
  const handle = await open(file, 'w')
  try {
    for await (const piece of content) {
      hash.update(piece)
      await handle.writeFile(piece)
    }
  } finally {
    await handle.close()
  }
  if (`sha256:${hash.digest('hex')}` === digest) return
  await rm(file, { force: true })
  throw new Error(`What came is not what its digest says: ${digest}`)
}
