import { decodedMap, decodedMappings, FlattenMap, type SourceMapSegment, TraceMap, traceSegment } from '@jridgewell/trace-mapping'
import { type SourceName, sourceNames } from './source-names.ts'
import { MOST_SOURCE, type V8Script } from './v8-model.ts'

/** A source that a map tells of. */
export interface MapSource extends SourceName {
  /** What the map holds of it. */
  content: string | undefined
}

/**
 * A script's source map. In `trace` the sources are `/0`, `/1`, ...: their names come from a container and reach nothing
 * that could take them for paths of this machine.
 */
export interface ScriptMap {
  sources: MapSource[]
  trace: TraceMap
}

const MOST_SOURCES = 100_000
const MOST_SECTIONS = 10_000
/** Of all sources of a script together: 20 MB of lines of four characters. */
const MOST_LINES = 5_000_000

/** The script's map; undefined where it has none. Throws an Error with the reason where it cannot be used. */
export function readScriptMap(script: V8Script): ScriptMap | undefined {
  if (script.sourceMap === undefined) return undefined
  if (script.sourceMap.length > MOST_SOURCE) throw new Error('it is longer than 20 MB')
  // https://tc39.es/ecma426/#sec-source-map-format: a first line that begins with )]} is no part of it.
  const json: unknown = JSON.parse(script.sourceMap.replace(/^\)\]\}[^\n]*\n/, ''))
  const map = isRecord(json) && Array.isArray(json.sections) ? flattened(json.sections) : checked(json)
  const sources = sourceNames(map.sources, map.sourceRoot, script.sourceMapUrl ?? script.url).map((name, index) => ({
    ...name,
    content: map.sourcesContent[index] ?? undefined,
  }))
  const numbered = { version: 3 as const, names: map.names, sources: sources.map((_, index) => `/${index}`) }
  const { mappings } = map
  const trace = new TraceMap(typeof mappings === 'string' ? { ...numbered, mappings } : { ...numbered, mappings })
  checkPlaces(trace, sources.length)
  return { sources, trace }
}

/** Whoever reads the map backwards makes a list of each source's lines. */
function checkPlaces(trace: TraceMap, sources: number): void {
  const last = new Uint32Array(sources)
  for (const segment of decodedMappings(trace).flat()) {
    if (segment.length === 1) continue
    const [, source, line, column] = segment
    const most = last[source]
    if (most === undefined || line < 0 || line > MOST_LINES || column < 0)
      throw new Error('its mappings lead to places that cannot be')
    if (line > most) last[source] = line
  }
  if (last.reduce((sum, line) => sum + line, 0) > MOST_LINES) throw new Error('its sources are too long')
}

interface CheckedMap {
  names: string[]
  sources: (string | null)[]
  sourcesContent: (string | null)[]
  sourceRoot: string
  mappings: string | SourceMapSegment[][]
}

function checked(value: unknown): CheckedMap & { mappings: string } {
  if (!isRecord(value)) throw new Error('it is no object')
  const { names = [], sources, sourcesContent = [], sourceRoot, mappings } = value
  if (!isTexts(sources) || sources.length > MOST_SOURCES) throw new Error('its sources are no list of names, or too many')
  if (!isTexts(sourcesContent) || !isTexts(names)) throw new Error('its sourcesContent or names are no list of texts')
  if (typeof mappings !== 'string') throw new Error('its mappings are no text')
  return {
    names: names.map((name) => name ?? ''),
    sources,
    sourcesContent,
    sourceRoot: typeof sourceRoot === 'string' ? sourceRoot : '',
    mappings,
  }
}

/** Some bundlers' maps are lists of maps (Turbopack's). A list within a list is refused: nobody writes one. */
function flattened(sections: readonly unknown[]): CheckedMap {
  if (sections.length > MOST_SECTIONS) throw new Error('it has too many sections')
  const parts = sections.map((section) => {
    const offset = isRecord(section) ? section.offset : undefined
    if (!isRecord(section) || !isRecord(offset)) throw new Error('a section of it is broken')
    return {
      offset: { line: place(offset.line), column: place(offset.column) },
      map: { version: 3 as const, ...checked(section.map) },
    }
  })
  const { names, sources, sourcesContent = [], mappings } = decodedMap(new FlattenMap({ version: 3, sections: parts }))
  return { names, sources, sourcesContent, sourceRoot: '', mappings: [...mappings] }
}

function place(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new Error('a section of it begins nowhere')
  return value
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTexts(value: unknown): value is (string | null)[] {
  return Array.isArray(value) && value.every((one) => one === null || typeof one === 'string')
}

/** A place in a source: `line` from 1, `column` from 0. */
export interface OriginalPlace {
  /** Its number in the map. */
  source: number
  line: number
  column: number
  /** What is there is called so in the source. */
  name: string | undefined
  /** The column in the script that the map tells of: the last one before the place that was asked for. */
  mapped: number
}

/** Where a place of the script comes from: `line` from 1, `column` from 0. Undefined where the map says nothing. */
export function originalPlace({ sources, trace }: ScriptMap, line: number, column: number): OriginalPlace | undefined {
  const found = traceSegment(trace, line - 1, column)
  if (found === null || found.length === 1 || sources[found[1]] === undefined) return undefined
  const name = found.length === 5 ? trace.names[found[4]] : undefined
  return { source: found[1], line: found[2] + 1, column: found[3], name, mapped: found[0] }
}
