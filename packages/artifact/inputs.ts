import { createHash } from 'node:crypto'
import { join, relative } from 'node:path'
import { git } from './git.ts'
import { readInside } from './read.ts'

/**
 * Files that are in a bundle although the key of its folder does not cover them: those of other folders, and those that
 * git does not know. They are written on the artifact, so that the next run can see whether they are the same.
 */
export interface Inputs {
  /** Relative to the checkout, sorted. */
  paths: string[]
  /** Of their bytes. */
  hash: string
}

/**
 * @param sources files of the checkout that went into a bundle, relative to it.
 * @param tracked what git knows of the folder, from `trackedIn`.
 */
export async function inputsBeyond(
  root: string,
  directory: string,
  sources: readonly string[],
  tracked: ReadonlySet<string> | undefined,
): Promise<Inputs> {
  const own = relative(root, directory)
  const isCovered = (source: string) => (own === '' || source.startsWith(`${own}/`)) && tracked?.has(source) !== false
  const paths = sources.filter((source) => !isCovered(source)).sort()
  return { paths, hash: (await hashInputs(root, paths)) ?? '' }
}

/** The files of a folder that git knows, relative to the checkout; undefined where there is no git: then its hash covers all. */
export async function trackedIn(root: string, directory: string, path: string): Promise<ReadonlySet<string> | undefined> {
  const listed = await git(root, path, ['ls-files', '-z', '--', relative(root, directory) || '.'])
  return listed.code === 0 ? new Set(listed.stdout.split('\0')) : undefined
}

/** Whether the files that an artifact names are what they were. Names come from a registry or an image: none may lead out of the checkout. */
export async function areSame(root: string, text: string): Promise<boolean> {
  const inputs = readInputs(text)
  return inputs !== undefined && (await hashInputs(root, inputs.paths)) === inputs.hash
}

export function writeInputs(inputs: Inputs): string {
  return inputs.paths.length === 0 ? '' : JSON.stringify(inputs)
}

function readInputs(text: string): Inputs | undefined {
  if (text === '') return { paths: [], hash: '' }
  try {
    const parsed: unknown = JSON.parse(text)
    const paths: unknown = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'paths') : undefined
    const hash: unknown = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'hash') : undefined
    const areTexts =
      Array.isArray(paths) && paths.length <= 10_000 && paths.every((path): path is string => typeof path === 'string')
    return areTexts && typeof hash === 'string' ? { paths, hash } : undefined
  } catch {
    return undefined
  }
}

/** Empty for no files; undefined where one of them cannot be read. */
async function hashInputs(root: string, paths: readonly string[]): Promise<string | undefined> {
  if (paths.length === 0) return ''
  const hash = createHash('sha256')
  for (const path of paths) {
    const text = await readInside(join(root, path), root).catch(() => undefined)
    if (text === undefined) return undefined
    hash.update(`${path}\0${createHash('sha256').update(text).digest('hex')}\0`)
  }
  return hash.digest('hex')
}
