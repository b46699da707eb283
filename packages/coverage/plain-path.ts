import { posix } from 'node:path'

export const LONGEST_PATH = 4096

/**
 * A path as a report spells it, in one spelling: slashes, no drive letter, no `file://`, no `.` and `..`; what leads out of the
 * folder that it is relative to loses just that. Undefined where it can be no file.
 */
export function plainPath(path: string): string | undefined {
  const plain = plainFolder(path)
  return plain === undefined || plain === '/' || plain === '.' ? undefined : plain
}

/** The same of a folder, without a slash behind it; `/` and `.` are folders. */
export function plainFolder(path: string): string | undefined {
  if (path === '' || path.length > LONGEST_PATH || hasControls(path)) return undefined
  const slashed = withoutScheme(path)
    .replaceAll('\\', '/')
    .replace(/^[A-Za-z]:(?=\/)/, '')
  const normal = posix.normalize(slashed).replace(/^(?:\.\.(?:\/|$))+/, '')
  return normal.length > 1 ? normal.replace(/\/$/, '') : normal || '.'
}

function withoutScheme(path: string): string {
  if (!path.startsWith('file://')) return path
  const bare = path.slice('file://'.length)
  try {
    return decodeURIComponent(bare)
  } catch {
    return bare
  }
}

function hasControls(path: string): boolean {
  for (let at = 0; at < path.length; at++) if (path.charCodeAt(at) < 32 || path.charCodeAt(at) === 127) return true
  return false
}
