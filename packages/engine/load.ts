import { Readable } from 'node:stream'
import { loadStream } from './archive.ts'
import type { Engine } from './connect.ts'

/** Gives a small archive of images to the engine (docker-save and OCI layout in one; both image stores read it). */
export function loadArchive(engine: Engine, archive: Buffer): Promise<void> {
  return loadStream(engine, Readable.from([archive]))
}
