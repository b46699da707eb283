import { readdirSync, readFileSync } from 'node:fs'

/** How often, in milliseconds. The kernel keeps each process's high-water mark itself: only one that ends in between is missed. */
const EVERY = 10

/**
 * Watches a process and all that it starts. `stop` returns the peak in bytes: the largest sum of the high-water marks of
 * those that lived at the same time; undefined where the kernel does not say (not Linux).
 */
export function watchMemory(pid: number): { stop: () => number | undefined } {
  let peak = 0
  const look = () => {
    const sum = family(pid).reduce((total, one) => total + highWaterMark(one), 0)
    peak = Math.max(peak, sum)
  }
  const timer = setInterval(look, EVERY)
  return {
    stop: () => {
      clearInterval(timer)
      return peak === 0 ? undefined : peak
    },
  }
}

/** A process and its descendants, as far as they are still there. */
function family(pid: number): number[] {
  const threads = orNothing(() => readdirSync(`/proc/${pid}/task`)) ?? []
  const children = threads.flatMap((thread) => {
    const text = orNothing(() => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')) ?? ''
    return text.split(' ').filter(Boolean).map(Number)
  })
  return [pid, ...children.flatMap(family)]
}

/** Bytes; 0 for a process that has ended (proc_pid_status(5), VmHWM). */
function highWaterMark(pid: number): number {
  const status = orNothing(() => readFileSync(`/proc/${pid}/status`, 'utf8')) ?? ''
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024
}

/** A process may end while it is looked at. */
function orNothing<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
