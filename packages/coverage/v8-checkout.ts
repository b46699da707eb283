import type { MapSource } from './source-map.ts'
import { ignoresItself } from './v8-hints.ts'
import type { V8Options } from './v8-model.ts'

/** The repository as one reading sees it: each file is asked for once. */
export interface Checkout {
  /** The first of the places in a container that is a file of the repository. */
  find: (candidates: readonly string[]) => string | undefined
  /** The text of a file of the repository, where it is to be had. */
  text: (path: string) => string | undefined
  /** How many lines it has; without its text as many as are asked for. */
  lines: (path: string) => number
}

export function openCheckout({ toRepository, readSource }: V8Options): Checkout {
  const texts = new Map<string, string | undefined>()
  const text = (path: string) => {
    if (!texts.has(path)) texts.set(path, readSource?.(path))
    return texts.get(path)
  }
  const found = new Map<string, string | undefined>()
  const find = (candidate: string) => {
    if (!found.has(candidate)) found.set(candidate, confined(toRepository(candidate)))
    return found.get(candidate)
  }
  return {
    text,
    find(candidates) {
      const paths = candidates.map(find).filter((path) => path !== undefined)
      return paths.length > 1 ? (paths.find((path) => text(path) !== undefined) ?? paths[0]) : paths[0]
    },
    lines: (path) => text(path)?.split('\n').length ?? Number.POSITIVE_INFINITY,
  }
}

function confined(path: string | undefined): string | undefined {
  return path === undefined || path === '' || path.startsWith('/') || path.split('/').includes('..') ? undefined : path
}

/** A source of a script that is a file of the repository. */
export interface OwnSource {
  path: string
  content: string
  /** The script was made of another text than the repository's. */
  stale: boolean
}

/** What of the repository a source is; undefined where it is none of it or asks not to be counted. */
export function ownSource(source: Omit<MapSource, 'name'>, checkout: Checkout): OwnSource | undefined {
  const path = checkout.find(source.candidates)
  if (path === undefined) return undefined
  const text = checkout.text(path)
  const content = source.content ?? text ?? ''
  if (ignoresItself(content)) return undefined
  return { path, content, stale: source.content !== undefined && text !== undefined && plain(source.content) !== plain(text) }
}

/** Line ends and a byte order mark differ between checkouts of the same commit. */
function plain(text: string): string {
  return text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')
}
