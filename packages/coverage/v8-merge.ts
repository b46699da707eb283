import type { V8Function, V8Range, V8ScriptCoverage } from './v8-model.ts'
import { addRows, flatten, isV8Function } from './v8-ranges.ts'

/** So many ranges of one script are read; a service that is dumped every 5 s for an hour has a tenth of them. */
const MOST_RANGES = 10_000_000

export interface MergedScript {
  url: string
  hash: string | undefined
  /** How often each part of the source ran: one row without overlaps. What is in no range has not run. */
  row: V8Range[]
}

/**
 * The scripts of all dumps, each once: dumps are increments, so counts add up. A script is its url and its source's
 * hash. What is broken is left out, and said.
 */
export function mergeDumps(dumps: Iterable<readonly V8ScriptCoverage[]>, notice: (text: string) => void): MergedScript[] {
  const scripts = new Map<string, V8ScriptCoverage[]>()
  for (const dump of dumps) {
    for (const script of dump) pushTo(scripts, `${script.hash ?? ''} ${script.url}`, script)
  }
  return [...scripts.values()].flatMap((parts) => {
    const [first] = parts
    return first === undefined ? [] : [{ url: first.url, hash: first.hash, row: mergeFunctions(parts, notice) }]
  })
}

/**
 * A function is its outermost range. Where one dump counted its blocks and another only its calls, the blocks count
 * (as in @bcoe/v8-coverage): a call says nothing about each line.
 */
function mergeFunctions(parts: readonly V8ScriptCoverage[], notice: (text: string) => void): V8Range[] {
  const functions = new Map<string, V8Function[]>()
  let ranges = 0
  let broken = 0
  for (const one of parts.flatMap((part) => part.functions)) {
    ranges += one.ranges.length
    const [own] = one.ranges
    if (own === undefined || !isV8Function(one) || ranges > MOST_RANGES) broken++
    else pushTo(functions, `${own.startOffset} ${own.endOffset}`, one)
  }
  if (broken > 0) notice(`${broken} entries of ${parts[0]?.url} are broken or too many; they are left out.`)
  // Of two functions with the same range the one that V8 told first is around the other.
  return flatten([...functions.values()].flatMap(mergeFunction))
}

function mergeFunction(parts: readonly V8Function[]): V8Range[] {
  const blocks = parts.filter((part) => part.isBlockCoverage)
  return addRows((blocks.length > 0 ? blocks : parts).map((part) => flatten(part.ranges)))
}

function pushTo<V>(map: Map<string, V[]>, key: string, value: V): void {
  const found = map.get(key)
  if (found) found.push(value)
  else map.set(key, [value])
}
