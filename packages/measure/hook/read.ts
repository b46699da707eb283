import type { V8Function, V8Range, V8Script, V8ScriptCoverage } from '@mayfly/coverage'
import { isRecord } from './events.ts'

/** A file of a service's folder, by its bare name. */
export interface HookFile {
  name: string
  text: string
}

/** All that the processes of a service left in its folder. */
export interface HookRead {
  /** Increments, in no order; for `readV8`. */
  dumps: V8ScriptCoverage[][]
  /** What ran, for `readV8` and for mapping profiles. */
  scripts: V8Script[]
  /** As V8 wrote them: `.cpuprofile` and `.heapprofile`. */
  profiles: { name: string; kind: 'cpu' | 'heap'; text: string }[]
  /** What the processes said is missing, and what could not be read. */
  notices: string[]
}

const MOST_NOTICES = 100

/**
 * Sorts out a service's folder. Everything in it comes from the pull request's container: a file that is broken is a
 * notice, names and sizes that the hook never writes are passed over. Throws nothing.
 */
export function readHookFiles(files: Iterable<HookFile>): HookRead {
  const read: HookRead = { dumps: [], scripts: [], profiles: [], notices: [] }
  for (const { name, text } of files) {
    try {
      readOne(read, name, text)
    } catch {
      if (read.notices.length < MOST_NOTICES) read.notices.push(`${name} is broken; it is left out.`)
    }
  }
  return read
}

function readOne(read: HookRead, name: string, text: string): void {
  if (/^[0-9a-f]{32}\.script\.json$/.test(name)) read.scripts.push(scriptOf(JSON.parse(text)))
  else if (/^\d+-\d+-\d+\.cpuprofile$/.test(name)) read.profiles.push({ name, kind: 'cpu', text })
  else if (/^\d+-\d+-\d+\.heapprofile$/.test(name)) read.profiles.push({ name, kind: 'heap', text })
  else if (/^\d+-\d+-\d+\.json$/.test(name)) readEvent(read, JSON.parse(text))
  else if (name === 'notices.json') readNotices(read, JSON.parse(text))
}

function readEvent(read: HookRead, json: unknown): void {
  if (!isRecord(json)) throw new TypeError('no object')
  if (json.event !== 'coverage') return
  if (!Array.isArray(json.scripts)) throw new TypeError('no scripts')
  read.dumps.push(json.scripts.map(coverageOf))
}

function coverageOf(json: unknown): V8ScriptCoverage {
  if (!isRecord(json) || typeof json.url !== 'string' || typeof json.hash !== 'string') throw new TypeError('no script')
  if (!Array.isArray(json.functions)) throw new TypeError('no functions')
  return { url: json.url, hash: json.hash, functions: json.functions.map(functionOf) }
}

/** The hook writes a function as `[name, block coverage?, [start, end, count, ...]]`. */
function functionOf(json: unknown): V8Function {
  const [name, block, flat] = Array.isArray(json) ? json : []
  if (typeof name !== 'string' || !Array.isArray(flat) || flat.length % 3 !== 0) throw new TypeError('no function')
  const ranges: V8Range[] = []
  for (let at = 0; at < flat.length; at += 3) {
    const [startOffset, endOffset, count] = [flat[at], flat[at + 1], flat[at + 2]]
    if (typeof startOffset !== 'number' || typeof endOffset !== 'number' || typeof count !== 'number')
      throw new TypeError('no range')
    ranges.push({ startOffset, endOffset, count })
  }
  return { functionName: name, isBlockCoverage: block === 1, ranges }
}

function scriptOf(json: unknown): V8Script {
  if (!isRecord(json)) throw new TypeError('no object')
  const { url, hash, source, sourceMap, sourceMapUrl } = json
  if (typeof url !== 'string' || typeof hash !== 'string' || typeof source !== 'string') throw new TypeError('no script')
  const script: V8Script = { url, hash, source }
  if (typeof sourceMap === 'string') script.sourceMap = sourceMap
  if (typeof sourceMapUrl === 'string') script.sourceMapUrl = sourceMapUrl
  return script
}

function readNotices(read: HookRead, json: unknown): void {
  if (!isRecord(json) || !Array.isArray(json.notices)) throw new TypeError('no notices')
  for (const notice of json.notices) {
    if (typeof notice === 'string' && read.notices.length < MOST_NOTICES) read.notices.push(notice.slice(0, 500))
  }
}
