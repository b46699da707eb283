import type { Frame } from '@mayfly/core'
import type { Call } from './profile-calls.ts'
import type { ResolveFrame } from './profile-frames.ts'

/** A frame while profiles are added to it. */
interface Node {
  name: string
  file: string
  line: number
  self: number
  total: number
  children: Map<string, Node>
}

const DEEPEST = 200
const MOST_FRAMES = 5000
/** Of the whole: what is under it nobody sees. */
const LEAST = 0.001
const HOOK = '/mayfly/hook.cjs'

export function newTree(): Node {
  return { name: '(root)', file: '', line: 0, self: 0, total: 0, children: new Map() }
}

/** Adds a profile's calls; the same function called by the same is the same frame. What lies too deep counts for the last frame. */
export function addCalls(tree: Node, root: Call, resolve: ResolveFrame): void {
  tree.self += root.self
  const left: { call: Call; parent: Node; depth: number }[] = root.children.map((call) => ({ call, parent: tree, depth: 1 }))
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    const { call, parent, depth } = at
    if (call.name === '(idle)' || call.url.endsWith(HOOK)) continue
    const node = depth < DEEPEST ? childOf(parent, call, resolve) : parent
    node.self += call.self
    for (const child of call.children) left.push({ call: child, parent: node, depth: depth + 1 })
  }
}

function childOf(parent: Node, call: Call, resolve: ResolveFrame): Node {
  const place = resolve(call.url, call.line, call.column, call.name)
  const name = place.name ?? (call.name === '' ? '(anonymous)' : call.name)
  const key = JSON.stringify([name, place.file, place.line])
  const found = parent.children.get(key)
  if (found) return found
  const made: Node = { name, file: place.file, line: place.line, self: 0, total: 0, children: new Map() }
  parent.children.set(key, made)
  return made
}

/** The tree as it is told: without what is too small or too much, heaviest first. */
export function prunedTree(tree: Node): Frame {
  const all = downwards(tree)
  for (const node of all) node.total = node.self
  for (const node of all.toReversed()) for (const child of node.children.values()) node.total += child.total
  const least = tree.total * LEAST
  const seen = all.filter((node) => node.total > 0 && node.total >= least)
  // Nothing is heavier than its caller, and the sort keeps callers first: no frame is kept without its caller.
  const kept = new Set(seen.sort((a, b) => b.total - a.total).slice(0, MOST_FRAMES))
  return frameOf(tree, kept)
}

/** Callers before those they call. */
function downwards(tree: Node): Node[] {
  const all = [tree]
  for (const node of all) for (const child of node.children.values()) all.push(child)
  return all
}

function frameOf({ name, file, line, self, total, children }: Node, kept: ReadonlySet<Node>): Frame {
  const frames = [...children.values()].filter((child) => kept.has(child)).sort((a, b) => b.total - a.total)
  return { name, file, line, self, total, children: frames.map((child) => frameOf(child, kept)) }
}
