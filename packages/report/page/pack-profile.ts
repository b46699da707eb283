import type { Frame, ProfileMeasured } from '@mayfly/core'
import { BUDGET } from './budget.ts'
import { visibleLine } from './visible.ts'

/** A profile for the script: `frames` holds name, file, line, self, total and number of children of each, parents first. */
export interface PackedProfile {
  service: string
  kind: 'cpu' | 'heap'
  names: string[]
  frames: number[]
}

/** Without a stack of calls: a call tree from elsewhere may be as deep as it likes. */
export function packProfile({ service, kind, root }: ProfileMeasured): PackedProfile {
  let least = 0
  let frames = kept(root, least)
  while (frames.length > BUDGET.frames) {
    least = Math.max(1, root.total / 1000, least * 2)
    frames = kept(root, least)
  }
  const names = new Map<string, number>()
  const number = (text: string) => {
    const name = visibleLine(text, 300)
    const known = names.get(name) ?? names.size
    names.set(name, known)
    return known
  }
  const flat = frames.flatMap(({ frame, children }) => [
    number(frame.name === '' ? '(anonymous)' : frame.name),
    number(frame.file),
    frame.line,
    frame.self,
    frame.total,
    children,
  ])
  return { service: visibleLine(service, 80), kind, names: [...names.keys()], frames: flat }
}

interface Kept {
  frame: Frame
  children: number
}

/** Frames that hold at least so much, parents first; one more than the budget where there are too many. */
function kept(root: Frame, least: number): Kept[] {
  const all: Kept[] = []
  const waiting: { frame: Frame; depth: number }[] = [{ frame: root, depth: 0 }]
  for (let next = waiting.pop(); next !== undefined && all.length <= BUDGET.frames; next = waiting.pop()) {
    const { frame, depth } = next
    const children = depth < BUDGET.depth ? frame.children.filter(({ total }) => total > 0 && total >= least) : []
    all.push({ frame, children: children.length })
    for (const child of children.toReversed()) waiting.push({ frame: child, depth: depth + 1 })
  }
  return all
}
