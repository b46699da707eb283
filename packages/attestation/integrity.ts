import { dirname, join, relative, sep } from 'node:path'
import { fieldOf } from './json.ts'

/** Gives the text of a file; undefined where there is none. */
export type Read = (path: string) => Promise<string | undefined>

/** The strongest first. CycloneDX' names for them, and their lengths in bytes. */
const ALGORITHMS = [
  ['sha512', 'SHA-512', 64],
  ['sha384', 'SHA-384', 48],
  ['sha256', 'SHA-256', 32],
  ['sha1', 'SHA-1', 20],
] as const

/**
 * Finds the integrity of the archive that a package was installed from (Subresource Integrity, such as `sha512-...`). npm
 * writes it into `node_modules/.package-lock.json` of the folder that it installed in, which may be any above the package;
 * other package managers do not, and then there is none.
 */
export function integrityIn(read: Read): (folder: string) => Promise<string | undefined> {
  const locks = new Map<string, Promise<unknown>>()
  return async (folder) => {
    for (let at = dirname(folder), below = folder; at !== below; below = at, at = dirname(at)) {
      const lock = locks.get(at) ?? read(join(at, 'node_modules', '.package-lock.json')).then(packagesOf)
      locks.set(at, lock)
      const packages = await lock
      if (packages === undefined) continue
      const integrity = fieldOf(fieldOf(packages, relative(at, folder).split(sep).join('/')), 'integrity')
      return typeof integrity === 'string' && toHash(integrity) !== undefined ? integrity : undefined
    }
    return undefined
  }
}

function packagesOf(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : fieldOf(JSON.parse(text), 'packages')
  } catch {
    return undefined
  }
}

/** The strongest of the hashes of an integrity, as CycloneDX has it; undefined where there is none. */
export function toHash(integrity: string): { alg: string; content: string } | undefined {
  if (integrity.length > 2000) return undefined
  const hashes = integrity.split(/\s+/)
  for (const [prefix, alg, length] of ALGORITHMS) {
    for (const hash of hashes) {
      const [, base64] = /^[a-z0-9]+-([A-Za-z0-9+/]+={0,2})(?:\?.*)?$/.exec(hash.startsWith(`${prefix}-`) ? hash : '') ?? []
      const content = Buffer.from(base64 ?? '', 'base64')
      if (content.length === length) return { alg, content: content.toString('hex') }
    }
  }
  return undefined
}
