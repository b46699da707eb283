import { plainPath } from './plain-path.ts'

/** A file of the repository that may be meant, and how many others may be meant as well. */
export interface Fit {
  path: string
  others: number
}

/** Files that end alike: those below share one name more. */
interface Ending {
  below: Map<string, Ending>
  /** How many files there are here and below, and one of them. */
  all: { count: number; path: string }
  /** The same of those in the folder that is looked at first. */
  own: { count: number; path: string }
}

/**
 * Answers which file has the longest end of a path in common with it, whole names only; of several the one in `folder`. A name
 * alone is enough only where it is the whole path of the file, or nearly that of the asked one (`/app/main.py`): there is a
 * `main.py` everywhere.
 * @param asked what will be asked, so that only such files are kept
 * @param folder a folder of the repository; empty: none comes first
 */
export function endingsOf(files: Iterable<string>, asked: Iterable<string>, folder: string): (path: string) => Fit | undefined {
  let root: Ending | undefined
  return (path) => {
    // Most reports name every file as the repository does, and nothing is asked.
    root ??= endingsFor(files, asked, folder)
    const parts = path.split('/').filter((part) => part !== '')
    let [at, depth] = [root, 0]
    for (let next = root.below.get(parts.at(-1) ?? ''); next !== undefined; next = at.below.get(parts.at(-1 - depth) ?? '')) {
      at = next
      depth++
    }
    const found = at.own.count === 1 ? at.own : at.all
    if (depth === 0 || (depth === 1 && parts.length > 2 && found.path.includes('/'))) return undefined
    return { path: found.path, others: found.count - 1 }
  }
}

function endingsFor(files: Iterable<string>, asked: Iterable<string>, folder: string): Ending {
  const names = new Set([...asked].map((path) => nameOf(plainPath(path) ?? '')))
  const root = emptyEnding()
  for (const file of files) if (names.has(nameOf(file))) add(root, file, folder !== '' && file.startsWith(`${folder}/`))
  return root
}

function emptyEnding(): Ending {
  return { below: new Map(), all: { count: 0, path: '' }, own: { count: 0, path: '' } }
}

function add(root: Ending, file: string, own: boolean): void {
  let at = root
  for (const part of file.split('/').reverse()) {
    const next = at.below.get(part) ?? emptyEnding()
    at.below.set(part, next)
    next.all = { count: next.all.count + 1, path: file }
    if (own) next.own = { count: next.own.count + 1, path: file }
    at = next
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
