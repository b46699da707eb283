import { readFileSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Repository } from '@mayfly/measure'

/** The files of a checkout, read when they are asked for, and once. Links are not followed: they are a pull request's. */
export function repositoryAt(root: string, files: readonly string[]): Repository {
  const texts = new Map<string, string | undefined>()
  const tracked = new Set(files)
  const read = (path: string): string | undefined => {
    if (!tracked.has(path)) return undefined
    if (!texts.has(path)) texts.set(path, textAt(root, path))
    return texts.get(path)
  }
  const lines = (path: string) => read(path)?.split('\n').length
  return { files: tracked, read, lines }
}

const MOST_TEXT = 5 * 1024 * 1024

function textAt(root: string, path: string): string | undefined {
  try {
    const place = join(root, path)
    const stats = statSync(place)
    if (!stats.isFile() || stats.size > MOST_TEXT || realpathSync(place) !== join(realpathSync(root), path)) return undefined
    const text = readFileSync(place, 'utf8')
    return text.includes('\0') ? undefined : text
  } catch {
    return undefined
  }
}
