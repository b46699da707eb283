import {
  type OriginalPlace,
  openCheckout,
  originalPlace,
  readScriptMap,
  type ScriptMap,
  scriptPath,
  type V8Options,
  type V8Script,
} from '@mayfly/coverage'

/** Where a function is written. */
export interface FramePlace {
  /** Path in the repository, or the shortest that says what it is. */
  file: string
  /** From 1; 0 where there is none. */
  line: number
  /** What it is called there, where a minifier gave it another name. */
  name?: string
}

/** Finds where a function of a running script is written: `line` and `column` from 0, as V8 counts them. */
export type ResolveFrame = (url: string, line: number, column: number, name: string) => FramePlace

const LONGEST_FILE = 300

/** Resolves through the scripts' source maps; what is no file of the repository keeps the name that its container has for it. */
export function frameResolver(scripts: Iterable<V8Script>, options: V8Options): ResolveFrame {
  const known = new Map<string, V8Script>()
  for (const script of scripts) known.set(script.url, script)
  const checkout = openCheckout(options)
  const maps = new Map<string, ScriptMap | undefined>()
  const mapOf = (url: string) => {
    if (!maps.has(url)) maps.set(url, usableMap(known.get(url)))
    return maps.get(url)
  }
  return (url, line, column, name) => {
    const map = mapOf(url)
    const place = map && originalPlace(map, line + 1, column)
    const source = place && map?.sources[place.source]
    if (place !== undefined && source !== undefined) {
      const file = checkout.find(source.candidates) ?? shortened(source.name)
      return { file, line: place.line, ...originalName(place, column, name) }
    }
    const path = scriptPath(url)
    return { file: (path && checkout.find([path])) ?? shortened(path ?? url), line: url === '' ? 0 : line + 1 }
  }
}

/** V8 says where a function's parameters begin; only the name right before them is its own. */
function originalName(place: OriginalPlace, column: number, name: string): { name?: string } {
  return place.name !== undefined && name !== '' && place.mapped + name.length === column ? { name: place.name } : {}
}

function usableMap(script: V8Script | undefined): ScriptMap | undefined {
  try {
    return script && readScriptMap(script)
  } catch {
    // Coverage says so in its notices; the frames keep the names that the script has.
    return undefined
  }
}

function shortened(path: string): string {
  return path.slice(Math.max(0, path.lastIndexOf('/node_modules/') + 1)).slice(-LONGEST_FILE)
}
