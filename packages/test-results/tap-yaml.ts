import { BOUNDS, cut } from './bounds.ts'
import type { FoundTest } from './model.ts'
import { firstLine } from './text.ts'

/**
 * The diagnostics behind a test of TAP, a few lines of YAML. Of YAML only what test tools write there is read: names with a
 * value, quoted or not, and blocks; nested names count as if they were not nested.
 * @param lines without their common indentation.
 */
export function readDiagnostics(lines: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (let index = 0; index < lines.length; index++) {
    const match = /^(\s*)([A-Za-z_][\w-]{0,50}):(?:\s+(.*))?$/s.exec(lines[index] ?? '')
    if (match === null) continue
    const [, indent = '', key = '', value = ''] = match
    const block = /^[|>][-+]?\d?\s*$/.test(value) ? blockBehind(lines, index + 1, indent.length) : undefined
    if (!found.has(key)) found.set(key, block?.text ?? unquoted(value.trim()))
    if (block !== undefined) index = block.end - 1
  }
  return found
}

function blockBehind(lines: readonly string[], start: number, indent: number): { text: string; end: number } {
  let end = start
  while (end < lines.length && (lines[end]?.trim() === '' || indentOf(lines[end] ?? '') > indent)) end++
  const own = lines.slice(start, end)
  const first = indentOf(own.find((line) => line.trim() !== '') ?? '')
  return {
    text: own
      .map((line) => line.slice(first))
      .join('\n')
      .trimEnd(),
    end,
  }
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length
}

function unquoted(value: string): string {
  if (value.length >= 2 && value.startsWith("'") && value.endsWith("'")) return value.slice(1, -1).replaceAll("''", "'")
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value
  return value.slice(1, -1).replace(/\\(["\\/nt])/g, (_, one: string) => (one === 'n' ? '\n' : one === 't' ? '\t' : one))
}

/** A test with what its diagnostics say; `suite` where they say that it is none (node does). */
export function withDiagnostics(test: FoundTest, lines: readonly string[]): FoundTest {
  const found = readDiagnostics(lines)
  const place = placeOf(found)
  const duration = Number(found.get('duration_ms') || Number.NaN)
  const failed = test.status === 'failed'
  return {
    ...test,
    ...place,
    ...(Number.isFinite(duration) && duration >= 0 ? { milliseconds: duration } : {}),
    message: failed ? messageOf(found) : test.message,
    details: failed ? cut(lines.join('\n'), BOUNDS.details) : '',
  }
}

function messageOf(found: ReadonlyMap<string, string>): string {
  const stack = firstLine(found.get('stack') ?? '')
  const said = found.get('error') || found.get('message') || (/^[\w.$]*(?:Error|Exception)\b/.test(stack) ? stack : '')
  if (said) return said
  const [expected, actual] = [found.get('expected') ?? found.get('wanted'), found.get('actual') ?? found.get('found')]
  const operator = found.get('operator') ?? found.get('compare')
  if (expected !== undefined || actual !== undefined)
    return `${operator ?? 'compared'}: expected ${expected ?? ''}, actual ${actual ?? ''}`
  return operator === undefined ? '' : `It is not ${operator}`
}

/** node says `location`, tape `at: name (file:line:column)`, tap a name each. */
function placeOf(found: ReadonlyMap<string, string>): { file?: string; line?: number } {
  const text = cut(found.get('location') || found.get('at') || '', 2000)
  const match = /^(?:[^(]{0,1000}\()?([^()]+?):(\d{1,8}):\d{1,8}\)?$/.exec(text)
  const file = match?.[1] ?? found.get('fileName') ?? found.get('file')
  const line = Number(match?.[2] ?? found.get('lineNumber') ?? found.get('line') ?? Number.NaN)
  return { ...(file ? { file } : {}), ...(Number.isSafeInteger(line) && line > 0 ? { line } : {}) }
}
