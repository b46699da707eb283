import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { hashContext } from './context.ts'
import { git } from './git.ts'
import { parseIgnore } from './ignore.ts'
import { readInside } from './read.ts'

/** The state of one folder, said in one hash. */
export interface Tree {
  /** Git's own hash of the folder or, where it holds what is not committed, one of what lies there. */
  hash: string
  /** Whether something in it is not committed. */
  dirty: boolean
}

/** Not part of a function's sources: what npm put there is said by the lock file. */
const NOT_SOURCES = parseIgnore('**/node_modules')

/**
 * Git's tree hash is the same in any folder, at any depth of clone, whatever the modes and times of the files are.
 * @param path the PATH under which git is found.
 */
export async function treeOf(root: string, directory: string, path: string): Promise<Tree> {
  const folder = relative(root, directory)
  const [tree, status] = await Promise.all([
    git(root, path, ['rev-parse', '--verify', '--quiet', `HEAD:${folder}`]),
    git(root, path, [
      'status',
      '--porcelain',
      '--untracked-files=all',
      '--ignore-submodules=none',
      '--',
      folder === '' ? '.' : folder,
    ]),
  ])
  if (tree.code === 0 && status.code === 0 && status.stdout === '') return { hash: tree.stdout.trim(), dirty: false }
  return { hash: await hashContext(directory, NOT_SOURCES, path), dirty: true }
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
