import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'

/** How long processes have to end by themselves once they are asked to, in milliseconds. */
export const GRACE = 5000
const ASK_EVERY = 25

/** Sends a signal to a whole process group; it may be gone. */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal)
  } catch {
    // None of it is left, which is what was wanted.
  }
}

/** Asks a group to end, and ends it if it has not after the grace. Resolves once none of it runs. */
export async function endGroup(group: number, grace = GRACE): Promise<void> {
  signalGroup(group, 'SIGTERM')
  if (await untilGone(group, grace)) return
  signalGroup(group, 'SIGKILL')
  await untilGone(group, grace)
}

/** Whether a group is gone within so many milliseconds. */
export async function untilGone(group: number, milliseconds: number): Promise<boolean> {
  const until = performance.now() + milliseconds
  while ((await runningIn(group)).length > 0) {
    if (performance.now() >= until) return false
    await wait(ASK_EVERY)
  }
  return true
}

/**
 * The names of a group's processes that still run. Those that have ended but that nobody has waited for do not count: in a
 * container without an init they stay for ever.
 */
export async function runningIn(group: number): Promise<string[]> {
  try {
    process.kill(-group, 0)
  } catch {
    return []
  }
  const ids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  // Without /proc, as on macOS, there is no more to know.
  if (ids.length === 0) return ['a process']
  const found = await Promise.all(ids.map((id) => readFile(`/proc/${id}/stat`, 'latin1').catch(() => '')))
  return found.flatMap((stat) => {
    // proc_pid_stat(5): id (name) state parent group; the name may hold anything.
    const [state, , own] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return Number(own) === group && state !== 'Z' && state !== 'X'
      ? [stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))]
      : []
  })
}
