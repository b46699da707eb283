import { encodedMappings } from '@jridgewell/trace-mapping'
import type { Node, Program } from 'acorn'
import { convert } from 'ast-v8-to-istanbul'
import { originalPlace, type ScriptMap } from './source-map.ts'
import { harmlessHints, onlyHints } from './v8-hints.ts'
import { countBranch, countLine, type LineCounts, newCounts } from './v8-lines.ts'
import type { V8Range } from './v8-model.ts'
import { identity, lineStarts, parseScript, placeOf } from './v8-parse.ts'

/** Where the converter believes the script to lie. It would resolve names and read files of this machine: it gets none. */
const NOWHERE = 'file:///script.js'

export interface Convertible {
  url: string
  source: string
  map: ScriptMap | undefined
  /** One row without overlaps, in order. */
  row: readonly V8Range[]
  /** The text of each source of the map, or of the one there is without; undefined where it is none of ours. */
  contents: readonly (string | undefined)[]
}

/**
 * Counts statements and branches as istanbul does, in each source by its number. Throws an Error with the reason where
 * the script cannot be read or its map does not fit it.
 */
export async function convertScript(script: Convertible): Promise<Map<number, LineCounts>> {
  const { source, map, contents } = script
  const { ast, tokens } = parseScript(source, script.url, map === undefined)
  const many = contents.length > 1
  const converted = await convert<Node, Program>({
    code: harmlessHints(source, many),
    ast,
    coverage: { url: NOWHERE, functions: [{ functionName: '', ranges: [...script.row], isBlockCoverage: true }] },
    sourceMap: {
      version: 3,
      names: [],
      sources: contents.map((_, index) => `/${index}`),
      // Never null: it would look for a file of that name.
      sourcesContent: contents.map((content) => onlyHints(content ?? '')),
      mappings: encodedMappings(map?.trace ?? identity(source, tokens)),
    },
    ignoreNode: ignoring(script),
  })
  return new Map(
    Object.entries(converted).flatMap(([path, file]): [number, LineCounts][] => {
      const index = Number(path.slice(1))
      return contents[index] === undefined ? [] : [[index, countsOf(file)]]
    }),
  )
}

/** Functions are not counted. What comes from a package inside a bundle is not even looked up. */
function ignoring({ source, map, contents }: Convertible): (node: Node, type: string) => boolean {
  if (map === undefined || !contents.includes(undefined)) return (_, type) => type === 'function'
  const starts = lineStarts(source)
  return (node, type) => {
    if (type === 'function') return true
    const { line, column } = placeOf(starts, node.start)
    const place = originalPlace(map, line, column)
    return place !== undefined && contents[place.source] === undefined
  }
}

type Converted = Awaited<ReturnType<typeof convert>>[string]

function countsOf({ statementMap, s, branchMap, b }: Converted): LineCounts {
  const counts = newCounts()
  for (const [index, { start }] of Object.entries(statementMap)) countLine(counts, start.line, s[index] ?? 0)
  for (const [index, { loc }] of Object.entries(branchMap)) countBranch(counts, loc.start.line, b[index] ?? [])
  return counts
}
