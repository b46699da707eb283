import { Readable } from 'node:stream'
import { UserError } from '@mayfly/core'
import { createTarDecoder } from 'modern-tar'

/** One regular file of an archive, held in memory. */
export interface TakenFile {
  /** As the archive names it, without a slash at its start. */
  path: string
  bytes: Buffer
}

export interface TakeLimits {
  /** Most bytes of all files together. */
  bytes: number
  files: number
}

/**
 * The regular files of a hostile archive, in its order. Links and devices are passed over, and so is every path that
 * climbs: what is taken is only ever looked at by its name in here.
 * @param what the archive, as a sentence can name it.
 * @throws UserError where it holds more than the limits allow.
 */
export async function takeFiles(archive: Readable, limits: TakeLimits, what: string): Promise<TakenFile[]> {
  const taken: TakenFile[] = []
  let left = limits.bytes
  for await (const { header, body } of Readable.toWeb(archive).pipeThrough(createTarDecoder())) {
    const path = header.name.replace(/^(\.?\/)+/, '')
    const wanted = (header.type ?? 'file') === 'file' && !path.split('/').includes('..') && !path.includes('\0')
    const chunks: Uint8Array[] = []
    for await (const chunk of body) {
      if (!wanted) continue
      left -= chunk.length
      if (left < 0) throw tooMuch(what, limits)
      chunks.push(chunk)
    }
    if (!wanted) continue
    if (taken.length >= limits.files) throw tooMuch(what, limits)
    taken.push({ path, bytes: Buffer.concat(chunks) })
  }
  return taken
}

function tooMuch(what: string, { bytes, files }: TakeLimits): UserError {
  return new UserError(`${what} holds more than ${Math.round(bytes / 1024 / 1024)} MB or ${files} files.`, {
    cure: 'Name a smaller folder, or let it hold only reports.',
  })
}
