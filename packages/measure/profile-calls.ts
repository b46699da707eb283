import { isRecord } from './hook/events.ts'

/** A function in a call tree, as V8 tells it: `line` and `column` from 0. */
export interface Call {
  name: string
  url: string
  line: number
  column: number
  /** Samples or bytes in it alone. */
  self: number
  children: Call[]
}

export interface ProfileCalls {
  milliseconds: number
  root: Call
}

const MOST_NODES = 1_000_000
const LONGEST_NAME = 200
/** No process has more bytes or samples in one function, and a million times as much is still exact. */
const MOST_SELF = 2 ** 32

/**
 * A `.cpuprofile`: a list of nodes that name their children by id
 * (https://chromedevtools.github.io/devtools-protocol/v8/Profiler/#type-Profile). Undefined where it is none.
 */
export function cpuCalls(json: unknown): ProfileCalls | undefined {
  if (!isRecord(json) || !Array.isArray(json.nodes) || json.nodes.length > MOST_NODES) return undefined
  const calls = new Map<unknown, { call: Call; children: unknown }>()
  let root: Call | undefined
  for (const node of json.nodes) {
    if (!isRecord(node)) return undefined
    const call = callOf(node.callFrame, node.hitCount)
    if (call === undefined || calls.has(node.id)) return undefined
    calls.set(node.id, { call, children: node.children })
    root ??= call
  }
  if (root === undefined || !adopt(calls, root)) return undefined
  const microseconds = number(json.endTime) - number(json.startTime)
  return { milliseconds: Math.max(0, Math.round(microseconds / 1000)), root }
}

/** Each is the child of at most one, and the root of none: else it would be no tree, and a walk through it might not end. */
function adopt(calls: ReadonlyMap<unknown, { call: Call; children: unknown }>, root: Call): boolean {
  const adopted = new Set<Call>([root])
  for (const { call, children } of calls.values()) {
    for (const id of Array.isArray(children) ? children : []) {
      const child = calls.get(id)?.call
      if (child === undefined || adopted.has(child)) return false
      adopted.add(child)
      call.children.push(child)
    }
  }
  return true
}

/**
 * A `.heapprofile`: nodes within nodes
 * (https://chromedevtools.github.io/devtools-protocol/v8/HeapProfiler/#type-SamplingHeapProfile). Undefined where it is none.
 */
export function heapCalls(json: unknown): ProfileCalls | undefined {
  const head = isRecord(json) ? heapCall(json.head) : undefined
  if (head === undefined) return undefined
  const left = [head]
  let nodes = 0
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    for (const child of at.children) {
      const found = heapCall(child)
      if (found === undefined || ++nodes > MOST_NODES) return undefined
      at.call.children.push(found.call)
      left.push(found)
    }
  }
  return { milliseconds: 0, root: head.call }
}

function heapCall(node: unknown): { call: Call; children: unknown[] } | undefined {
  if (!isRecord(node) || !Array.isArray(node.children)) return undefined
  const call = callOf(node.callFrame, node.selfSize)
  return call === undefined ? undefined : { call, children: node.children }
}

function callOf(frame: unknown, self: unknown): Call | undefined {
  if (!isRecord(frame) || typeof frame.functionName !== 'string' || typeof frame.url !== 'string') return undefined
  return {
    name: frame.functionName.slice(0, LONGEST_NAME),
    url: frame.url,
    line: number(frame.lineNumber),
    column: number(frame.columnNumber),
    self: Math.min(Math.max(0, number(self)), MOST_SELF),
    children: [],
  }
}

function number(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0
}
