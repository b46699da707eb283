import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface SourceName {
  /** For people: as the map spells it. */
  name: string
  /**
   * Where it may lie in the container, absolute, likeliest first. More than one where a bundler names it relative to a
   * folder that nobody knows; none where it is no file, or a package's.
   */
  candidates: string[]
}

const MOST_CANDIDATES = 20

/** The path in the container of a script's url, without what a loader put behind it; undefined where it is no file. */
export function scriptPath(url: string): string | undefined {
  const bare = url.replace(/[?#].*$/s, '')
  if (bare.startsWith('/')) return posix.normalize(bare)
  if (!bare.startsWith('file://')) return undefined
  try {
    return fileURLToPath(bare)
  } catch {
    return undefined
  }
}

/** What the `sources` of a map that lies at `base` (a url or a path in the container) are called there. */
export function sourceNames(sources: readonly (string | null)[], sourceRoot: string, base: string): SourceName[] {
  const folder = posix.dirname(scriptPath(base) ?? '/')
  return sources.map((source) => ({
    name: source ?? '',
    candidates: source === null ? [] : candidates(source, sourceRoot, folder),
  }))
}

function candidates(source: string, sourceRoot: string, folder: string): string[] {
  if (source.includes('\0') || /(?:^|[\\/])node_modules[\\/]/.test(source)) return []
  const url = /^([a-z][a-z0-9+.-]+):(\/\/)?/i.exec(source)
  if (url === null) return inRoot(source, sourceRoot, folder)
  if (url[1] === 'file') return [scriptPath(source)].filter((path) => path !== undefined)
  return url[2] === undefined ? [] : bundled(source, folder)
}

/** https://tc39.es/ecma426/#sec-DecodeSourceMapSources: the root is put before the name, then it is a url relative to the map. */
function inRoot(source: string, sourceRoot: string, folder: string): string[] {
  if (source.startsWith('/')) return [posix.normalize(source)]
  const root = sourceRoot === '' || sourceRoot.endsWith('/') ? sourceRoot : `${sourceRoot}/`
  if (/^[a-z][a-z0-9+.-]+:/i.test(root)) return candidates(root + source, '', folder)
  return [posix.resolve(folder, root + source)]
}

/** `webpack://name/./src/a.ts?1a2b`, `turbopack:///[project]/src/a.ts`: relative to a folder somewhere above the bundle. */
function bundled(source: string, folder: string): string[] {
  const path = source
    .replace(/^[a-z0-9+.-]+:\/\/[^/]*\//i, '')
    .replace(/\?[^/]*$/, '')
    .replace(/^\/+/, '')
    .replace(/^\[[a-z]+\]\//, '')
  if (path === '' || /^(?:external |ignored|\(|webpack\/|node:)/.test(path)) return []
  const found: string[] = []
  for (let at = folder; found.length < MOST_CANDIDATES; at = posix.dirname(at)) {
    found.push(posix.resolve(at, path))
    if (at === '/') break
  }
  return found
}
