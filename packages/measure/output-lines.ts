import { StringDecoder } from 'node:string_decoder'

/** What of a test command's output is kept and passed on. Tests may print anything, in any amount. */
export const OUTPUT = {
  /** Code units of one line. */
  line: 10 * 1024,
  /** Lines and code units that are kept: the last ones. */
  tailLines: 200,
  tail: 64 * 1024,
  /** Code units that are passed on. */
  shown: 16 * 1024 * 1024,
} as const

/**
 * Cuts the bytes of one stream into lines, whatever they are; a line that is too long is cut, and its rest dropped until the
 * next one. A carriage return ends a line: progress bars use it, and the runner reads on behind it as a line of its own.
 */
export function lineCutter(onLine: (line: string) => void): { write: (bytes: Buffer) => void; end: () => void } {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  const add = (text: string): void => {
    // More than this is dropped anyway; so a stream without any line's end does not grow.
    if (rest.length <= OUTPUT.line) rest += text.slice(0, OUTPUT.line + 1 - rest.length)
  }
  const flush = (): void => {
    if (rest !== '') onLine(rest.length > OUTPUT.line ? `${rest.slice(0, OUTPUT.line)} …` : rest)
    rest = ''
  }
  const text = (piece: string): void => {
    const lines = piece.split(/\r\n|\n|\r/)
    for (let index = 0; index < lines.length; index++) {
      add(lines[index] ?? '')
      if (index < lines.length - 1) flush()
    }
  }
  return {
    write: (bytes) => text(decoder.write(bytes)),
    end: () => {
      text(decoder.end())
      flush()
    },
  }
}

const ESCAPE = String.fromCharCode(27)
/** Terminal sequences other than colours, and control characters other than those and the tab. */
const SEQUENCES = new RegExp(`${ESCAPE}\\[[0-?]{0,100}[ -/]{0,10}[@-ln-~]|${ESCAPE}(?!\\[[0-9;]{0,100}m)[^\\[]?`, 'g')
const CONTROLS = new RegExp(`(?![\\t${ESCAPE}])\\p{Cc}`, 'gu')

/**
 * One line as it may stand in a job's log. What tests print must not act: a line is a command to GitHub's runner if it
 * begins with `::` (docs.github.com, workflow commands), or holds `##[` (the older form, still read).
 */
export function harmless(line: string): string {
  return line
    .toWellFormed()
    .replace(SEQUENCES, '')
    .replace(CONTROLS, '')
    .replace(/^([\s\p{Cf}]*):(?=:)/u, '$1: ')
    .replaceAll('##[', '## [')
}

/** The last lines, as they came. */
export function tailKeeper(): { add: (line: string) => void; last: () => string; text: () => string } {
  let lines: string[] = []
  return {
    add: (line) => {
      lines.push(line)
      if (lines.length >= OUTPUT.tailLines * 2) lines = lines.slice(-OUTPUT.tailLines)
    },
    last: () => lines.findLast((line) => line.trim() !== '') ?? '',
    text: () => {
      let room: number = OUTPUT.tail
      const kept: string[] = []
      for (const line of lines.slice(-OUTPUT.tailLines).reverse()) {
        room -= line.length + 1
        if (room < 0) break
        kept.unshift(line)
      }
      return kept.join('\n')
    },
  }
}
