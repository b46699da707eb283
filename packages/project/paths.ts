import { lstatSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path'

export type Confined =
  | { inside: true; path: string; kind: 'file' | 'directory' | 'missing' }
  /** `why` reads on from "the path ...". */
  | { inside: false; why: string }

/**
 * Where an absolute path really leads: links are followed as far as the path exists.
 * Outside is also git's own folder (actions/checkout leaves the run's token in .git/config), and whatever is
 * neither file nor folder: a socket or a device is a way out even where it lies inside.
 * @param root the checkout, by realpath.
 */
export function confine(root: string, path: string): Confined {
  // Compose cleans relative paths by text and leaves absolute ones alone: behind a link, `..` would then mean two places.
  if (!isAbsolute(path) || path.includes('\0') || path.split(sep).includes('..'))
    return { inside: false, why: 'cannot be followed' }
  const rest: string[] = []
  let existing = path
  while (!exists(existing)) {
    rest.unshift(basename(existing))
    existing = dirname(existing)
  }
  let real: string
  try {
    real = join(realpathSync(existing), ...rest)
  } catch {
    return { inside: false, why: 'is a symbolic link that leads nowhere' }
  }
  const steps = relative(root, real)
  if (steps === '..' || steps.startsWith(`..${sep}`) || isAbsolute(steps)) {
    return { inside: false, why: `leads out of the checkout, to ${real}` }
  }
  if (steps.toLowerCase().split(sep).includes('.git')) return { inside: false, why: "leads into git's own folder" }
  if (rest.length > 0) return { inside: true, path: real, kind: 'missing' }
  const stat = statSync(real)
  if (stat.isFile()) return { inside: true, path: real, kind: 'file' }
  if (stat.isDirectory()) return { inside: true, path: real, kind: 'directory' }
  return { inside: false, why: 'is neither a file nor a folder' }
}

function exists(path: string): boolean {
  try {
    lstatSync(path)
    return true
  } catch {
    return false
  }
}

/** Whether Compose or the builder would fetch it from elsewhere: git, http, oci, ssh. */
export function isRemote(reference: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(reference) || /^(git@|github\.com\/)/i.test(reference) || /\.git(#.*)?$/i.test(reference)
}

/** A path as people read it in messages. */
export function shown(root: string, path: string): string {
  return relative(root, path) || '.'
}
