import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { createTarDecoder } from 'modern-tar'

/** What an archive says of one entry. */
export interface ListedEntry {
  path: string
  /** `file`, `directory`, `symlink`, `link` and the like. */
  type: string
  mode: number
  /** Seconds since 1970. */
  mtime: number
  target: string
  /** SHA-256 of the content, hexadecimal. */
  hash: string
}

/** The entries of an archive, their content hashed as it passes and never held. */
export async function listTar(archive: Readable): Promise<ListedEntry[]> {
  const listed: ListedEntry[] = []
  for await (const { header, body } of Readable.toWeb(archive).pipeThrough(createTarDecoder())) {
    const hash = createHash('sha256')
    for await (const chunk of body) hash.update(chunk)
    listed.push({
      path: header.name,
      type: header.type ?? 'file',
      mode: header.mode ?? 0,
      mtime: Math.floor((header.mtime?.getTime() ?? 0) / 1000),
      target: header.linkname ?? '',
      hash: hash.digest('hex'),
    })
  }
  return listed
}
