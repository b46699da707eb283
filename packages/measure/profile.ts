import type { ProfileMeasured } from '@mayfly/core'
import { cpuCalls, heapCalls, type ProfileCalls } from './profile-calls.ts'
import type { ResolveFrame } from './profile-frames.ts'
import { addCalls, newTree, prunedTree } from './profile-tree.ts'

/** A profile without the service it is of, and what of it could not be read. */
export interface ProfileRead {
  profile: Omit<ProfileMeasured, 'service'>
  notices: string[]
}

/** Longer ones are not read: a sample a millisecond for five minutes in a large service makes a tenth of it. */
const MOST_TEXT = 64 * 1024 * 1024

/**
 * The `.cpuprofile` or `.heapprofile` files of all processes of a service as one call tree, its frames where `resolve` says
 * they are written. Waiting is left out of a cpu profile, and what the hook itself did: `total` counts the samples that
 * worked. Frames under 0.1 %, deeper than 200 or beyond the heaviest 5,000 are in their callers' totals alone. While
 * coverage is gathered in the same process, short functions look slower than they are: each block is counted.
 * The files may be hostile: a broken one is a notice. Throws only what `resolve` throws.
 */
export function readProfile(
  kind: 'cpu' | 'heap',
  files: Iterable<{ name: string; text: string }>,
  resolve: ResolveFrame,
): ProfileRead {
  const notices: string[] = []
  const tree = newTree()
  let milliseconds = 0
  for (const { name, text } of files) {
    const calls = text.length > MOST_TEXT ? undefined : parsed(kind, text)
    if (calls === undefined) notices.push(`The profile ${name} is broken or too long; it is left out.`)
    else {
      // Processes run beside each other.
      milliseconds = Math.max(milliseconds, calls.milliseconds)
      addCalls(tree, calls.root, resolve)
    }
  }
  const root = prunedTree(tree)
  return { profile: { kind, milliseconds, total: root.total, root }, notices: notices.slice(0, 100) }
}

function parsed(kind: 'cpu' | 'heap', text: string): ProfileCalls | undefined {
  try {
    const json: unknown = JSON.parse(text)
    return kind === 'cpu' ? cpuCalls(json) : heapCalls(json)
  } catch {
    return undefined
  }
}
