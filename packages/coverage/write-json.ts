import { type FileCoverage, NO_CODE } from './model.ts'
import type { Union, UnionFile } from './union.ts'

/**
 * The union as JSON, piece by piece, a file on each line. `lines` are `[line, hits, by]`, where bit `i` of `by` says that
 * `sources[i]` reached it; `branches` are `[line, taken, total]`.
 */
export function* writeJson({ sources, files, lines, branches }: Union): Generator<string> {
  const named = sources.map(({ name, kind, format, lines: own, only }) => ({ name, kind, format, lines: own, only }))
  yield `{"schema":1,"sources":${JSON.stringify(named)},"lines":${JSON.stringify(lines)},"branches":${JSON.stringify(branches)},"files":[`
  for (const [index, file] of files.entries()) yield `${index === 0 ? '' : ','}\n${writeFile(file)}`
  yield '\n]}\n'
}

function writeFile({ path, hits, masks, branches }: UnionFile): string {
  const lines: string[] = []
  for (let line = 1; line < hits.length; line++) if (hits[line] !== NO_CODE) lines.push(`[${line},${hits[line]},${masks[line]}]`)
  return `{"path":${JSON.stringify(path)},"lines":[${lines.join(',')}],"branches":[${branchesOf(branches).join(',')}]}`
}

function branchesOf(branches: FileCoverage['branches']): string[] {
  return [...branches].map(([line, { taken, total }]) => `[${line},${Math.min(taken, total)},${total}]`)
}
