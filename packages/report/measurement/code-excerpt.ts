import type { LineRange } from '@mayfly/core'

/** Lines shown before and after a range. */
const AROUND = 3

/**
 * Lines of a file with `✗` before those in `ranges` and three lines around each; `⋮` between pieces. The source is text of
 * a pull request: it must be fenced.
 */
export function excerpt(source: string, ranges: readonly LineRange[], longest: number): string {
  const wanted = Math.max(0, ...ranges.slice(0, longest).map(([, last]) => last + AROUND))
  const lines = source.split(/\r?\n/, wanted)
  const pieces: string[][] = []
  let end = 0
  let room = longest
  for (const range of ranges.slice(0, longest)) {
    const first = Math.max(1, range[0] - AROUND, end + 1)
    const last = Math.min(lines.length, range[1] + AROUND)
    if (last < first || room <= 0) continue
    const piece = numbered(lines, [first, Math.min(last, first + room - 1)], ranges)
    room -= piece.length
    if (first === end + 1 && pieces.length > 0) pieces.at(-1)?.push(...piece)
    else pieces.push(piece)
    end = last
  }
  return pieces.map((piece) => piece.join('\n')).join('\n⋮\n')
}

function numbered(lines: readonly string[], [first, last]: LineRange, ranges: readonly LineRange[]): string[] {
  const width = String(last).length
  const shown: string[] = []
  for (let line = first; line <= last; line++) {
    const text = lines[line - 1] ?? ''
    // What some readers take for a line's end and a compiler does not would shift the numbers.
    const plain = text.slice(0, 201).replace(/[\r\v\f\u0085\u2028\u2029]/g, ' ')
    const cut = text.length > 200 ? `${plain.slice(0, 200)}…` : plain
    const missed = ranges.some((range) => range[0] <= line && line <= range[1])
    shown.push(`${missed ? '✗' : ' '} ${String(line).padStart(width)} │ ${cut}`.trimEnd())
  }
  return shown
}
