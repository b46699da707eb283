import { presortedDecodedMap, type SourceMapSegment, type TraceMap } from '@jridgewell/trace-mapping'
import { type Options, type Program, parse } from 'acorn'

/** Parses a script of either kind. `tokens`: where each token starts, where that is asked for. Throws acorn's SyntaxError. */
export function parseScript(source: string, url: string, withTokens: boolean): { ast: Program; tokens: number[] } {
  const module = /\.m[jt]s(?:$|[?#])/.test(url) || /^(?:import|export)\b/m.test(source)
  try {
    return attempt(source, module ? 'module' : 'commonjs', withTokens)
  } catch {
    return attempt(source, module ? 'commonjs' : 'module', withTokens)
  }
}

function attempt(source: string, sourceType: 'module' | 'commonjs', withTokens: boolean): { ast: Program; tokens: number[] } {
  const tokens: number[] = []
  const options: Options = { ecmaVersion: 'latest', sourceType, checkPrivateFields: false, allowReserved: true }
  if (sourceType === 'commonjs') options.allowAwaitOutsideFunction = true
  if (withTokens) options.onToken = ({ start }) => tokens.push(start)
  return { ast: parse(source, options), tokens }
}

/** A map of a script onto itself, at each token. */
export function identity(source: string, tokens: readonly number[]): TraceMap {
  const starts = lineStarts(source)
  const mappings: SourceMapSegment[][] = Array.from(starts, () => [])
  let line = 0
  for (const token of tokens) {
    while (line + 1 < starts.length && (starts[line + 1] ?? 0) <= token) line++
    const column = token - (starts[line] ?? 0)
    mappings[line]?.push([column, 0, line, column])
  }
  return presortedDecodedMap({ version: 3, names: [], sources: ['/0'], mappings })
}

/** The offset of each line's first character. */
export function lineStarts(source: string): number[] {
  const starts = [0]
  for (let at = source.indexOf('\n'); at !== -1; at = source.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/** `line` from 1, `column` from 0. */
export function placeOf(starts: readonly number[], offset: number): { line: number; column: number } {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) }
}
