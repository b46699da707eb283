import { readScriptMap, type ScriptMap } from './source-map.ts'
import { scriptPath } from './source-names.ts'
import { type Checkout, type OwnSource, ownSource } from './v8-checkout.ts'
import { convertScript } from './v8-convert.ts'
import type { LineCounts } from './v8-lines.ts'
import { MOST_SOURCE, type V8Range, type V8Script } from './v8-model.ts'

/** What one script says: of files of the repository, and of what is none. */
export interface ScriptRead {
  counts: { source: OwnSource; counts: LineCounts }[]
  unmapped: { path: string; why: string }[]
}

/** Why a script cannot be read. */
export class UnreadableScript extends Error {}

/** Counts what ran of a script in the repository's files that it was made of. Throws UnreadableScript with the reason. */
export async function readScript(
  script: V8Script,
  row: readonly V8Range[],
  checkout: Checkout,
  notice: (text: string) => void,
): Promise<ScriptRead> {
  if (script.source.length > MOST_SOURCE) throw new UnreadableScript('it is longer than 20 MB')
  const { map, sources, unmapped } = place(script, checkout, notice)
  if (sources.every((source) => source === undefined)) return { counts: [], unmapped }
  try {
    const contents = sources.map((source) => source?.content)
    const counted = await convertScript({ url: script.url, source: script.source, map, row, contents })
    const counts = sources.flatMap((source, index) => {
      const counts = counted.get(index)
      return source === undefined || counts === undefined ? [] : [{ source, counts }]
    })
    return { counts, unmapped }
  } catch (error) {
    // acorn's and the map's reasons; a stack that overflows on code nested without end is a RangeError.
    throw new UnreadableScript(`it could not be read (${error instanceof Error ? error.message.slice(0, 200) : 'no reason'})`)
  }
}

interface Placed extends Pick<ScriptRead, 'unmapped'> {
  map: ScriptMap | undefined
  sources: (OwnSource | undefined)[]
}

/** A script that was built belongs to its sources; where none of them is the repository's, or it has none, to itself. */
function place(script: V8Script, checkout: Checkout, notice: (text: string) => void): Placed {
  const path = scriptPath(script.url)
  if (path?.includes('/node_modules/')) return { map: undefined, sources: [], unmapped: [] }
  const itself = path === undefined ? undefined : ownSource({ candidates: [path], content: whatItIs(script) }, checkout)
  const map = mapOf(script, notice)
  const sources = map?.sources.map((source) => ownSource(source, checkout)) ?? []
  if (sources.some((source) => source !== undefined)) return { map, sources, unmapped: unmappedOf(map, checkout) }
  if (itself !== undefined) return { map: undefined, sources: [itself], unmapped: [] }
  const foreign = path === undefined || checkout.find([path]) === undefined
  const unmapped = map === undefined && foreign ? [{ path: path ?? script.url, why: NO_FILE }] : unmappedOf(map, checkout)
  return { map, sources, unmapped }
}

const NO_FILE = 'It is no file of the repository, and no source map says what it was made of.'
const NO_SOURCE = 'A source map names it and it is no file of the repository.'

/** A file of TypeScript that Node.js ran has its types blanked out: its text differs, its lines do not. */
function whatItIs({ url, source }: V8Script): string | undefined {
  return /\.[cm]?tsx?(?:$|[?#])/.test(url) ? undefined : source
}

function mapOf(script: V8Script, notice: (text: string) => void): ScriptMap | undefined {
  try {
    return readScriptMap(script)
  } catch (error) {
    notice(
      `The source map of ${script.url} cannot be used: ${error instanceof Error ? error.message.slice(0, 200) : 'no reason'}.`,
    )
    return undefined
  }
}

function unmappedOf(map: ScriptMap | undefined, checkout: Checkout): { path: string; why: string }[] {
  const outside = map?.sources.filter(({ candidates }) => candidates.length > 0 && checkout.find(candidates) === undefined) ?? []
  return outside.map(({ name, candidates }) => ({
    path: candidates.length === 1 ? (candidates[0] ?? name) : name,
    why: NO_SOURCE,
  }))
}
