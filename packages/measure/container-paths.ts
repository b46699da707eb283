import type { CoverageSpec } from './spec.ts'

/** A path in a container to the repository's; undefined where it is none of its files. */
export type ToRepository = (containerPath: string) => string | undefined

/**
 * Which file of the repository a path in a service's container is. In this order: what `x-mayfly.coverage.paths` says; the
 * image's working directory as the folder that the service is built from; the same path; the longest end of the path that is
 * one file's alone, first among the service's own.
 * @param tracked every file of the repository.
 */
export function containerPaths(spec: CoverageSpec, workingDirectory: string, tracked: ReadonlySet<string>): ToRepository {
  const named = Object.entries(spec.paths).map(([from, to]) => [`${from.replace(/\/$/, '')}/`, to] as const)
  const guessed =
    workingDirectory === '' || workingDirectory === '/'
      ? []
      : [[`${workingDirectory.replace(/\/$/, '')}/`, spec.directory] as const]
  const prefixes = [...named.sort(([a], [b]) => b.length - a.length), ...guessed]
  const own = byName([...tracked].filter((path) => spec.directory === '' || path.startsWith(`${spec.directory}/`)))
  const all = byName(tracked)
  return (path) => {
    if (path.includes('\0') || path.split('/').includes('..') || path.includes('/node_modules/')) return undefined
    for (const [from, to] of prefixes) {
      const candidate = path.startsWith(from) ? join(to, path.slice(from.length)) : undefined
      if (candidate !== undefined && tracked.has(candidate)) return candidate
    }
    const plain = path.replace(/^\/+/, '')
    if (tracked.has(plain)) return plain
    return longestEnd(plain, own) ?? longestEnd(plain, all)
  }
}

function join(folder: string, rest: string): string {
  return folder === '' ? rest : `${folder}/${rest}`
}

function byName(paths: Iterable<string>): Map<string, string[]> {
  const names = new Map<string, string[]>()
  for (const path of paths) {
    const name = path.slice(path.lastIndexOf('/') + 1)
    names.set(name, [...(names.get(name) ?? []), path])
  }
  return names
}

/** The one file that shares the longest end of whole segments with this path; undefined where several do, or only the name is shared by chance. */
function longestEnd(path: string, names: ReadonlyMap<string, string[]>): string | undefined {
  const candidates = names.get(path.slice(path.lastIndexOf('/') + 1)) ?? []
  const shared = candidates.map((candidate) => ({ candidate, length: sharedEnd(path.split('/'), candidate.split('/')) }))
  const best = Math.max(0, ...shared.map(({ length }) => length))
  const fits = shared.filter(({ length }) => length === best)
  const [first] = fits
  if (first === undefined || fits.length > 1) return undefined
  // `index.js` alone says little: one more folder has to fit, unless the file lies at the top.
  return best > 1 || !first.candidate.includes('/') || candidates.length === 1 ? first.candidate : undefined
}

function sharedEnd(a: readonly string[], b: readonly string[]): number {
  let length = 0
  while (length < a.length && length < b.length && a[a.length - 1 - length] === b[b.length - 1 - length]) length++
  return length
}
