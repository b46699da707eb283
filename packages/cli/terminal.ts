import { formatMilliseconds, type Log } from '@mayfly/core'
import type { Options } from './options.ts'

/** Progress goes to standard error, so that standard output holds the answer alone. */
export function terminalLog(options: Pick<Options, 'verbose' | 'json'>): Log {
  const say = (message: string) => process.stderr.write(`${message}\n`)
  return {
    info: (message) => {
      if (!options.json || options.verbose) say(message)
    },
    warn: say,
    debug: (message) => {
      if (options.verbose) say(message)
    },
    group: async (title, work) => {
      const started = performance.now()
      const result = await work()
      if (!options.json) say(`${title}: ${formatMilliseconds(performance.now() - started)}`)
      return result
    },
  }
}

/** The answer: JSON where it was asked for, text otherwise. */
export function answer(options: Pick<Options, 'json'>, value: unknown, text: string): void {
  process.stdout.write(options.json ? `${JSON.stringify(value)}\n` : text === '' ? '' : `${text.trimEnd()}\n`)
}

/** Columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
