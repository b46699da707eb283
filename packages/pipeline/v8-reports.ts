import { readFileSync, realpathSync, statSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readV8, type V8Function, type V8Read, type V8Script, type V8ScriptCoverage } from '@mayfly/coverage'
import { containerPaths, type Repository } from '@mayfly/measure'

/** What V8 itself writes, and the scripts that it speaks of. */
interface V8Report {
  dump: V8ScriptCoverage[]
  scripts: V8Script[]
}

const MOST_TEXT = 20 * 1024 * 1024

/**
 * V8's own coverage of a test process or a browser, in the two forms that it comes in: what Node writes with NODE_V8_COVERAGE,
 * whose scripts are files of the workspace, and the entries of Playwright's `page.coverage`, which hold their sources.
 * @returns undefined for any other report.
 */
export function parseV8Report(bytes: Uint8Array, workspace: string): V8Report | undefined {
  const start = Buffer.from(bytes.subarray(0, 200)).toString('utf8')
  if (!/^\s*(?:\{\s*"result"\s*:|\[\s*\{)/.test(start)) return undefined
  const json: unknown = parsed(Buffer.from(bytes).toString('utf8'))
  const entries = Array.isArray(json) ? json : field(json, 'result')
  if (!Array.isArray(entries) || !entries.every(isEntry)) return undefined
  const maps = field(json, 'source-map-cache')
  const dump = entries.map(({ url, functions }) => ({ url: pathOf(url), functions }))
  const scripts = entries.flatMap((entry) => scriptOf(entry, workspace, field(field(maps, entry.url), 'data')) ?? [])
  return { dump, scripts }
}

/** The lines of the repository that such reports say ran. */
export function readV8Reports(reports: readonly V8Report[], workspace: string, repository: Repository): Promise<V8Read> {
  const nothing = { service: '', kind: 'node' as const, file: '', dump: [], command: [], environment: {}, directory: '' }
  const toRepository = containerPaths({ ...nothing, paths: { [workspace]: '' } }, '', repository.files)
  const scripts = reports.flatMap((report) => report.scripts)
  return readV8(
    reports.map(({ dump }) => dump.filter(({ url }) => scripts.some((script) => script.url === url))),
    scripts,
    { toRepository, readSource: repository.read },
  )
}

interface Entry {
  url: string
  functions: V8Function[]
  source?: string
}

function isEntry(value: unknown): value is Entry {
  const functions = field(value, 'functions')
  return typeof field(value, 'url') === 'string' && Array.isArray(functions)
}

/** A browser's address stands for the path behind it: where a server has its files is not known, their names are. */
function pathOf(url: string): string {
  return /^https?:/.test(url) && URL.canParse(url) ? decodeURI(new URL(url).pathname) : url
}

/** Node's own modules and packages have none: nothing of them is the repository's. */
function scriptOf({ url, source }: Entry, workspace: string, cached: unknown): V8Script | undefined {
  if (url.startsWith('node:') || url.includes('/node_modules/')) return undefined
  const place = url.startsWith('file://') ? fileURLToPath(url.replace(/[?#].*$/, '')) : undefined
  const text = source ?? (place === undefined ? undefined : ranAs(place, textInside(workspace, place), cached !== undefined))
  if (text === undefined) return undefined
  const map = typeof cached === 'object' && cached !== null ? JSON.stringify(cached) : mapOf(text, place, workspace)
  return { url: pathOf(url), source: text, ...(map === undefined ? {} : { sourceMap: map }) }
}

/**
 * The text that V8 ran of a file: Node leaves blanks where types were. What a loader made of TypeScript in memory, for which
 * it left a map, is nowhere to be had.
 */
function ranAs(place: string, text: string | undefined, mapped: boolean): string | undefined {
  if (text === undefined || !/\.[cm]?ts$/.test(place)) return text
  if (mapped) return undefined
  try {
    return stripTypeScriptTypes(text)
  } catch {
    return undefined
  }
}

/** The last comment that names a map (tc39.es/ecma426, linking generated code): in the script itself, or beside it. */
function mapOf(text: string, place: string | undefined, workspace: string): string | undefined {
  const named = text.slice(-MOST_TEXT).match(/\/\/[#@] sourceMappingURL=(\S+)\s*$/m)?.[1]
  const inline = /^data:application\/json[^,]*;base64,(.*)$/.exec(named ?? '')?.[1]
  if (inline !== undefined) return Buffer.from(inline, 'base64').toString('utf8')
  if (named === undefined || place === undefined || /^[a-z]+:/i.test(named)) return undefined
  return textInside(workspace, join(dirname(place), named))
}

/** A file of the workspace; a report may name any file of this machine, and gets none but those. */
function textInside(workspace: string, place: string): string | undefined {
  try {
    const real = realpathSync(place)
    const stats = statSync(real)
    if (!real.startsWith(`${realpathSync(workspace)}/`) || !stats.isFile() || stats.size > MOST_TEXT) return undefined
    return readFileSync(real, 'utf8')
  } catch {
    return undefined
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
}
