/** One line of a service's log. Hostile text. */
export interface LogLine {
  at: Date
  text: string
}

/** When a failed test ran, as far as it is known. */
export interface Span {
  id: string
  /** ISO 8601. */
  startedAt?: string | undefined
  milliseconds?: number | undefined
}

export interface SliceLimits {
  /** Per service and test. */
  lines: number
  /** Per service and test, in UTF-16 code units. */
  characters: number
  /** Milliseconds before a test's start and after its end: clocks differ, and logs are written a little late. */
  margin: number
}

export const SLICE: SliceLimits = { lines: 40, characters: 8 * 1024, margin: 1000 }

/**
 * Reads what `docker logs --timestamps` prints: each line begins with RFC 3339 in nanoseconds. A line without it goes on
 * from the one before: Docker splits what is longer than 16 KB.
 */
export function parseLogs(text: string): LogLine[] {
  const lines: LogLine[] = []
  for (const line of text.split('\n')) {
    const at = line.indexOf(' ')
    const stamp = at === -1 ? line : line.slice(0, at)
    const date = STAMP.test(stamp) ? new Date(stamp.replace(/(\.\d{3})\d+/, '$1')) : undefined
    const said = line.endsWith('\r') ? line.slice(0, -1) : line
    if (date !== undefined && !Number.isNaN(date.getTime())) lines.push({ at: date, text: at === -1 ? '' : said.slice(at + 1) })
    else if (said !== '') lines.push({ at: lines.at(-1)?.at ?? new Date(0), text: said })
  }
  return lines
}

const STAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/

/**
 * What each service wrote around each failed test: from a second before its start to a second after its end, and the last
 * lines where it is not known when the test ran. Only services that wrote anything then.
 * @param logs lines by service, in order of time.
 * @returns by the test's id.
 */
export function sliceLogs(
  logs: ReadonlyMap<string, readonly LogLine[]>,
  tests: readonly Span[],
  limits: SliceLimits = SLICE,
): Map<string, { service: string; lines: string }[]> {
  return new Map(
    tests.map((test) => {
      const slices = [...logs].map(([service, lines]) => ({
        service,
        lines: bounded(around(lines, test, limits.margin), limits),
      }))
      return [test.id, slices.filter(({ lines }) => lines !== '')]
    }),
  )
}

function around(lines: readonly LogLine[], { startedAt, milliseconds }: Span, margin: number): readonly LogLine[] {
  const start = Date.parse(startedAt ?? '')
  if (Number.isNaN(start)) return lines
  const from = firstAt(lines, start - margin)
  return lines.slice(from, firstAt(lines, start + Math.max(0, milliseconds ?? 0) + margin + 1))
}

/** The first line that is not before `time`: a log may hold a million lines, and there may be 200 failed tests. */
function firstAt(lines: readonly LogLine[], time: number): number {
  let [low, high] = [0, lines.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((lines[middle]?.at.getTime() ?? 0) < time) low = middle + 1
    else high = middle
  }
  return low
}

/** The last lines: what is wrong is said after what led to it. Whole lines, but for one that is too long by itself. */
function bounded(lines: readonly LogLine[], limits: SliceLimits): string {
  const kept: string[] = []
  let room = limits.characters
  for (let index = lines.length - 1; index >= 0 && kept.length < limits.lines; index--) {
    const text = lines[index]?.text ?? ''
    if (text.length + 1 > room && kept.length > 0) break
    const short = text.slice(0, room).replace(/[\ud800-\udbff]$/, '')
    kept.unshift(short)
    room -= short.length + 1
    if (room <= 0) break
  }
  return kept.join('\n')
}
