import type { ChildProcess } from 'node:child_process'
import type { Log } from '@mayfly/core'
import { harmless, lineCutter, OUTPUT, tailKeeper } from './output-lines.ts'

export interface RunOutput {
  last: () => string
  tail: () => string
  /** When something was last written, by `performance.now()`. */
  at: () => number
  /** Passes on what was written last and does not end with a line end. */
  flush: () => void
  stop: () => void
}

/** Every line goes to the log, and the last ones are kept. */
export function passOn(child: ChildProcess, log: Log): RunOutput {
  const tail = tailKeeper()
  let at = performance.now()
  let room: number = OUTPUT.shown
  const show = (line: string): void => {
    tail.add(line)
    if (room < 0) return
    room -= line.length + 1
    log.info(
      room < 0 ? `From here on its output is not shown: it is more than ${OUTPUT.shown / 1024 / 1024} MB.` : harmless(line),
    )
  }
  const streams = [child.stdout, child.stderr].flatMap((stream) => (stream === null ? [] : [{ stream, lines: lineCutter(show) }]))
  for (const { stream, lines } of streams) {
    stream.on('data', (bytes: Buffer) => {
      at = performance.now()
      lines.write(bytes)
    })
    stream.on('close', lines.end)
    stream.on('error', () => {})
  }
  const flush = () => {
    for (const { lines } of streams) lines.end()
  }
  return { last: tail.last, tail: tail.text, at: () => at, flush, stop: () => streams.map(({ stream }) => stream.destroy()) }
}
