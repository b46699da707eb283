import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { UserError } from '@mayfly/core'
import type { TarEntry } from '@mayfly/oci'
import type { FunctionSource } from '@mayfly/project'
import { APP } from './function-layout.ts'

/** One package on its way into an image. */
interface Placed {
  /** Its folder here, by realpath. */
  folder: string
  /** Its folder in the image. */
  path: string
}

/**
 * The packages that `mayfly.external` names and all that they depend on, as they are installed, laid out the same way
 * whichever package manager installed them: at the top where the name is free, below its user where it is not.
 * @param installed a node_modules folder to look in besides those of the checkout.
 * @throws UserError where one is not installed.
 */
export async function packageEntries(source: FunctionSource, root: string, installed: string | undefined): Promise<TarEntry[]> {
  const placed = new Map<string, string>()
  const waiting: (Placed & { name: string })[] = []
  const place = async (name: string, from: string, under: string, optional: boolean): Promise<void> => {
    const folder = await findPackage(name, from, root, installed)
    if (folder === undefined) {
      if (optional) return
      throw new UserError(`${relative(root, source.directory)} needs ${name} beside its bundle, which is not installed.`, {
        cure: `Add it to "dependencies" in package.json, or take it out of mayfly.external.`,
      })
    }
    for (const path of [`${APP}/node_modules/${name}`, `${under}/node_modules/${name}`]) {
      const there = placed.get(path)
      if (there === folder) return
      if (there !== undefined) continue
      placed.set(path, folder)
      waiting.push({ name, folder, path })
      return
    }
  }
  for (const name of [...source.external].sort()) await place(name, source.directory, APP, false)
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const needs = await needsOf(next.folder)
    for (const [name, optional] of needs) await place(name, next.folder, next.path, optional)
  }
  const entries: TarEntry[] = []
  for (const [path, folder] of placed) await collect(folder, path, entries)
  return entries
}

/** As Node looks for it: in each node_modules folder from `from` upwards, then in the one that was installed for the function. */
async function findPackage(name: string, from: string, root: string, installed: string | undefined): Promise<string | undefined> {
  const places: string[] = []
  for (let folder = from; ; folder = dirname(folder)) {
    places.push(join(folder, 'node_modules', name))
    if (folder === root || folder === dirname(folder)) break
  }
  if (installed !== undefined) places.push(join(installed, name))
  for (const place of places) {
    const real = await realpath(place).catch(() => undefined)
    if (real !== undefined && (await stat(join(real, 'package.json')).catch(() => undefined))?.isFile()) return real
  }
  return undefined
}

/** Names of a package's dependencies, in order; whether it can do without. */
async function needsOf(folder: string): Promise<[name: string, optional: boolean][]> {
  const manifest: unknown = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  const names = (field: string): string[] => {
    const found: unknown = typeof manifest === 'object' && manifest !== null ? Reflect.get(manifest, field) : undefined
    return typeof found === 'object' && found !== null ? Object.keys(found) : []
  }
  const optional = new Set([...names('optionalDependencies'), ...names('peerDependencies')])
  const all = [...new Set([...names('dependencies'), ...optional])].sort()
  return all.map((name) => [name, optional.has(name)])
}

/** Files alone, with nothing of when and how they were installed; executable ones stay so. */
async function collect(folder: string, path: string, entries: TarEntry[]): Promise<void> {
  for (const name of (await readdir(folder)).sort()) {
    if (name === 'node_modules' || name === '.package-lock.json') continue
    const file = join(folder, name)
    const stats = await lstat(file)
    if (stats.isDirectory()) await collect(file, `${path}/${name}`, entries)
    else if (stats.isFile()) {
      entries.push({
        path: `${path}/${name}`,
        kind: 'file',
        bytes: await readFile(file),
        mode: stats.mode & 0o100 ? 0o755 : 0o644,
      })
    }
  }
}
