import { createHash } from 'node:crypto'
import { createReadStream, lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { trackedFiles } from './git.ts'
import type { Ignore } from './ignore.ts'

/** A file, link or folder that a build sees. */
interface Entry {
  path: string
  stats: Stats
}

/** Above this a file is hashed as a stream, so that a forgotten disk image does not fill the memory. */
const STREAMED = 16 * 1024 * 1024

/**
 * A hash of everything that a build would be sent: each name, mode and byte that the ignore file lets through.
 * What git has hashed and knows to be unchanged is not read again; the rest is hashed the same way, so it does not
 * matter to the result whether a file is tracked. `.git` itself is never sent and does not count.
 */
export async function hashContext(context: string, ignore: Ignore, path: string): Promise<string> {
  const tracked = await trackedFiles(context, path)
  const hash = createHash('sha256')
  for (const { path, stats } of walk(context, ignore)) {
    // The size belongs to it: with clean and smudge filters (LFS, line ends) one blob can stand for two contents.
    const content = stats.isDirectory()
      ? 'folder'
      : (tracked?.clean.get(path) ?? (await hashFile(context, path, stats, tracked?.algorithm)))
    const size = stats.isDirectory() ? 0 : stats.size
    hash.update(`${path}\0${(stats.mode & 0o177777).toString(8)} ${size} ${content}\0`)
  }
  return hash.digest('hex')
}

/** The paths that a build is sent, folders too. */
export function sentFiles(context: string, ignore: Ignore): string[] {
  return walk(context, ignore).map(({ path }) => path)
}

/** In the order of the names' code units, so that the same files give the same hash on every file system. */
function walk(context: string, ignore: Ignore): Entry[] {
  const found: Entry[] = []
  const visit = (folder: string, above: Ignore['top']): number => {
    let sent = 0
    for (const name of readdirSync(join(context, folder)).sort()) {
      if (name === '.git') continue
      const path = folder === '' ? name : `${folder}/${name}`
      const matched = ignore.match(path, above)
      const excluded = ignore.excludes(matched)
      if (excluded && !ignore.mayReinclude(path)) continue
      const stats = lstatSync(join(context, path))
      if (!stats.isDirectory()) {
        if (excluded) continue
        found.push({ path, stats })
        sent++
        continue
      }
      const place = found.push({ path, stats }) - 1
      const below = visit(path, matched)
      if (excluded && below === 0) found.splice(place, 1)
      else sent += below + 1
    }
    return sent
  }
  visit('', ignore.top)
  return found
}

/** The hash that git would give it. Sockets, pipes and devices have no content. */
async function hashFile(context: string, path: string, stats: Stats, algorithm: 'sha1' | 'sha256' = 'sha1'): Promise<string> {
  const hash = createHash(algorithm)
  const file = join(context, path)
  if (stats.isSymbolicLink()) {
    const target = readlinkSync(file, 'buffer')
    return hash.update(`blob ${target.length}\0`).update(target).digest('hex')
  }
  if (!stats.isFile()) return 'special'
  hash.update(`blob ${stats.size}\0`)
  if (stats.size <= STREAMED) return hash.update(readFileSync(file)).digest('hex')
  for await (const chunk of createReadStream(file)) hash.update(chunk)
  return hash.digest('hex')
}
