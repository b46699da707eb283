import { posix } from 'node:path'
import { addTo } from './merge.ts'
import type { CoverageMap, FileCoverage } from './model.ts'
import { endingsOf, type Fit } from './path-endings.ts'
import { LONGEST_PATH, plainFolder, plainPath } from './plain-path.ts'

export interface PathOptions {
  /** From a folder as the report names it, such as `/app`, to one of the repository; the longest that fits is taken. */
  mapping: Readonly<Record<string, string>>
  /** Every tracked file of the repository: nothing else is ever answered. */
  files: ReadonlySet<string>
  /** Folders that the report's paths are relative to (Cobertura's `<sources>`). */
  sources?: readonly string[]
  /** The folder of the repository that the reporting service is built from: of several files that fit, the one in it is meant. */
  folder?: string
  /** From a Go module's name to its folder in the repository. */
  goModules?: Readonly<Record<string, string>>
  /** How many lines a file of the repository has; undefined where that is not known. */
  lineCount?: (path: string) => number | undefined
}

export interface MappedPaths {
  /** By path in the repository. */
  files: CoverageMap
  /** What belongs to no file of the repository, and why; at most 20. */
  unmapped: { path: string; why: string }[]
  /** How many more there are of those. */
  unlisted: number
  /** How many are packages' files, or were generated: nobody misses them. */
  ignored: number
}

const MOST_UNMAPPED = 20
const MOST_SOURCES = 20

/** Where package managers put what others wrote. */
const PACKAGES =
  /(?:^|\/)(?:node_modules|site-packages|dist-packages|bower_components|\.yarn|\.pnpm-store|\.m2|\.cargo|go\/pkg\/mod|vendor\/bundle)\//

/**
 * Says whose coverage it is: paths in a container, on another machine or in a package become those of the repository. In this
 * order: the mapping, the same path, the longest end of the path that only one file has. What fits several files fits none. Two
 * reported paths that are one file are put together. The report is hostile: whatever it says, only tracked files come out.
 */
export function mapPaths(reported: CoverageMap, options: PathOptions): MappedPaths {
  const mapped: MappedPaths = { files: new Map(), unmapped: [], unlisted: 0, ignored: 0 }
  const find = pathFinder(options, reported)
  for (const [path, coverage] of reported) {
    const found = find(path)
    const place = 'path' in found ? checkLines(found.path, coverage, options) : found
    if ('path' in place) addTo(mapped.files, place.path, coverage)
    else if (place.why === '') mapped.ignored++
    else if (mapped.unmapped.length < MOST_UNMAPPED) mapped.unmapped.push({ path: path.slice(0, LONGEST_PATH), why: place.why })
    else mapped.unlisted++
  }
  return mapped
}

/** A file, or why it is none; empty where nobody asks. */
type Place = { path: string } | { why: string }

function checkLines(path: string, { hits }: FileCoverage, { lineCount }: PathOptions): Place {
  const count = lineCount?.(path)
  // Some tools count the empty line behind the last line end.
  if (count === undefined || hits.length - 1 <= count + 1) return { path }
  return { why: `it was made from another version of the file: it has line ${hits.length - 1}, and ${path} has ${count}` }
}

function pathFinder(options: PathOptions, reported: CoverageMap): (path: string) => Place {
  const { files, sources = [] } = options
  const folders = sources.slice(0, MOST_SOURCES).flatMap((source) => plainFolder(source) ?? [])
  const prefixes = [...prefixesOf(options.mapping), ...prefixesOf(options.goModules ?? {})]
  const here = prefixes.filter(({ to }) => hasFolder(files, to))
  const ending = endingsOf(files, reported.keys(), plainFolder(options.folder ?? '') ?? '')
  const named = (path: string): Fit | undefined => {
    const under = prefixes.filter(({ from }) => path.startsWith(from))
    const mapped = under.map(({ from, to }) => posix.join(to, path.slice(from.length)))
    const found = [...mapped, path].find((candidate) => files.has(candidate))
    return found === undefined ? undefined : { path: found, others: 0 }
  }
  return (path) => {
    const plain = plainPath(path)
    if (plain === undefined) return { why: 'it is no path of a file' }
    if (PACKAGES.test(plain)) return { why: '' }
    const within = plain.startsWith('/') ? [] : folders.map((folder) => posix.join(folder, plain))
    const fit = only(within, named) ?? only(within, ending) ?? named(plain) ?? ending(plain)
    if (fit?.others === 0) return { path: fit.path }
    if (fit !== undefined) return { why: `${fit.others + 1} files of the repository end like this` }
    // A folder of ours holds it, and git does not have it: it was generated.
    const generated = [...within, plain].some((form) => here.some(({ from }) => form.startsWith(from)))
    return { why: generated ? '' : 'no file of the repository ends like this' }
  }
}

/** What is found by any of them, where all that find something find the same. */
function only(paths: readonly string[], find: (path: string) => Fit | undefined): Fit | undefined {
  const found = new Map(paths.flatMap((path) => find(path) ?? []).map((fit) => [fit.path, fit]))
  const [first] = found.values()
  return first === undefined ? undefined : { path: first.path, others: first.others + found.size - 1 }
}

interface Prefix {
  /** Ends with a slash. */
  from: string
  to: string
}

/** The longest first. */
function prefixesOf(mapping: Readonly<Record<string, string>>): Prefix[] {
  const prefixes = Object.entries(mapping).flatMap(([key, to]) => {
    const from = plainFolder(key)
    return from === undefined ? [] : [{ from: from.endsWith('/') ? from : `${from}/`, to: to.replace(/^\/+/, '') }]
  })
  return prefixes.sort((a, b) => b.from.length - a.from.length)
}

function hasFolder(files: ReadonlySet<string>, folder: string): boolean {
  const start = posix.join(folder, '/').replace(/^(?:\.?\/)/, '')
  for (const path of files) if (path.startsWith(start)) return true
  return false
}
