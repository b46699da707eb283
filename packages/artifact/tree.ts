import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { hashContext } from './context.ts'
import { git } from './git.ts'
import { parseIgnore } from './ignore.ts'
import { readInside } from './read.ts'

/** Not part of a function's sources: what npm put there is said by the lock file. */
const NOT_SOURCES = parseIgnore('**/node_modules')

/** A folder of the commit that is checked out. */
export interface CommittedTree {
  hash: string
  /** Its files at any depth, relative to the checkout. */
  files: ReadonlySet<string>
}

/**
 * A folder as it was committed, all of it by one call of git. Undefined where git does not know it, and where the checkout is
 * but a part of a work tree.
 * @param path the PATH under which git is found.
 */
export async function committedTree(root: string, directory: string, path: string): Promise<CommittedTree | undefined> {
  const folder = relative(root, directory)
  if (folder === '' || !existsSync(join(root, '.git'))) return undefined
  const listed = await git(root, path, ['ls-tree', '-r', '-t', '-z', '--full-tree', 'HEAD', '--', folder])
  const entries = listed.stdout.split('\0').flatMap((line) => {
    const [, kind, hash = '', name = ''] = /^\d+ (\w+) ([0-9a-f]{40,64})\t(.*)$/s.exec(line) ?? []
    return kind === undefined ? [] : [{ kind, hash, name }]
  })
  const own = entries.find(({ kind, name }) => kind === 'tree' && name === folder)
  if (listed.code !== 0 || own === undefined) return undefined
  return { hash: own.hash, files: new Set(entries.flatMap(({ kind, name }) => (kind === 'tree' ? [] : [name]))) }
}

/**
 * The state of a folder, said in one hash: git's own, which is the same in any folder, at any depth of clone, whatever the
 * modes and times of the files are; of a checkout that holds what is not committed, one of what lies there.
 * @param path the PATH under which git is found.
 */
export async function hashTree(root: string, directory: string, path: string, clean: boolean): Promise<string> {
  const tree = clean
    ? await git(root, path, ['rev-parse', '--verify', '--quiet', `HEAD:${relative(root, directory)}`])
    : undefined
  return tree?.code === 0 ? tree.stdout.trim() : hashContext(directory, NOT_SOURCES, path)
}

/** What a bundler and npm read in the folders above a package. */
const ABOVE = [
  'package.json',
  'package-lock.json',
  'npm-shrinkwrap.json',
  'yarn.lock',
  'pnpm-lock.yaml',
  'tsconfig.json',
  '.npmrc',
]

/** Hashes of the files above a folder that have a say in what is made of it, by path. */
export async function hashAbove(root: string, directory: string): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {}
  for (let folder = directory; folder !== root && folder !== dirname(folder); ) {
    folder = dirname(folder)
    for (const name of ABOVE) {
      const path = join(folder, name)
      const text = existsSync(path) ? await readInside(path, root) : undefined
      if (text !== undefined) hashes[relative(root, path)] = createHash('sha256').update(text).digest('hex')
    }
  }
  return hashes
}

/** Whether the versions of a package's dependencies are written down, in its folder or above it. */
export function isLocked(root: string, directory: string): boolean {
  const locks = ['package-lock.json', 'npm-shrinkwrap.json', 'yarn.lock', 'pnpm-lock.yaml']
  for (let folder = directory; ; folder = dirname(folder)) {
    if (locks.some((name) => existsSync(join(folder, name)))) return true
    if (folder === root || folder === dirname(folder)) return false
  }
}

/** Seven digits for what lies in a checkout, committed or not; installed packages do not count. */
export async function hashCheckout(root: string, path: string): Promise<string> {
  return (await hashContext(root, NOT_SOURCES, path)).slice(0, 7)
}
