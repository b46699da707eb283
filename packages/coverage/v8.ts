import { type Checkout, type OwnSource, openCheckout } from './v8-checkout.ts'
import { addCounts, type LineCounts, newCounts, toFileCoverage } from './v8-lines.ts'
import { mergeDumps } from './v8-merge.ts'
import type { V8Options, V8Read, V8Script, V8ScriptCoverage } from './v8-model.ts'
import { readScript, UnreadableScript } from './v8-script.ts'

const MOST_NOTICES = 100
const MOST_UNMAPPED = 20

/**
 * V8's coverage of running processes as line and branch coverage of the repository's files. `dumps` are increments of any
 * number of processes and are added up; `scripts` are what V8 ran, with their source maps. A line counts by istanbul's
 * rule: as often as the statements that start on it. Sources of packages are dropped. Everything in `dumps` and `scripts`
 * may be hostile: what is broken is left out and said in `notices`. Throws only what `options`' functions throw.
 */
export async function readV8(
  dumps: Iterable<readonly V8ScriptCoverage[]>,
  scripts: Iterable<V8Script>,
  options: V8Options,
): Promise<V8Read> {
  const notices = new Set<string>()
  const notice = (text: string) => {
    if (notices.size < MOST_NOTICES) notices.add(text)
  }
  const unmapped = new Map<string, string>()
  const checkout = openCheckout(options)
  const files = new Map<string, LineCounts>()
  const stale = new Set<string>()
  const known = scriptsByName(scripts)
  for (const { url, hash, row } of mergeDumps(dumps, notice)) {
    const script = known.get(nameOf(url, hash))
    try {
      if (script === undefined) throw new UnreadableScript('its source was not found')
      const read = await readScript(script, row, checkout, notice)
      for (const { path, why } of read.unmapped) unmapped.set(path, why)
      for (const { source, counts } of read.counts) add(files, stale, source, counts)
    } catch (error) {
      if (!(error instanceof UnreadableScript)) throw error
      unmapped.set(url, `It ran, and ${error.message}.`)
    }
  }
  const covered = [...files].map(
    ([path, counts]) => [path, toFileCoverage(counts, lastLine(path, counts, checkout, stale))] as const,
  )
  return {
    files: new Map(covered),
    notices: [...notices, ...aboutOthers(stale)],
    unmapped: [...unmapped].slice(0, MOST_UNMAPPED).map(([path, why]) => ({ path, why })),
  }
}

function scriptsByName(scripts: Iterable<V8Script>): Map<string, V8Script> {
  const known = new Map<string, V8Script>()
  for (const script of scripts) known.set(nameOf(script.url, script.hash), script)
  return known
}

const nameOf = (url: string, hash: string | undefined) => `${hash ?? ''} ${url}`

function add(files: Map<string, LineCounts>, stale: Set<string>, source: OwnSource, counts: LineCounts): void {
  if (source.stale) stale.add(source.path)
  const found = files.get(source.path) ?? newCounts()
  addCounts(found, counts)
  files.set(source.path, found)
}

/** Lines beyond the end of the file are another build's: they are dropped, and the file is told of. */
function lastLine(path: string, { hits }: LineCounts, checkout: Checkout, stale: Set<string>): number {
  const lines = checkout.lines(path)
  for (const line of hits.keys()) {
    if (line > lines) {
      stale.add(path)
      break
    }
  }
  return lines
}

function aboutOthers(stale: ReadonlySet<string>): string[] {
  if (stale.size === 0) return []
  const some = [...stale].slice(0, 5).join(', ')
  const more = stale.size > 5 ? ` and ${stale.size - 5} more` : ''
  return [
    `Coverage was collected from another build: ${some}${more} ran with another text than the commit has, so lines may be off.`,
  ]
}
