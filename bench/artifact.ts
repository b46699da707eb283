import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { describeError, UserError } from '@mayfly/core'
import { memoryTable, promotionSingles, timesTable } from './artifact/figures.ts'
import { measure } from './artifact/measure.ts'
import { onStage } from './artifact/stage.ts'
import { singlesTable } from './figures.ts'

/**
 * `node bench/artifact.ts [--rounds 7] [--json]`: `mayfly build --registry` beside `docker buildx build --push`, on this
 * machine. The tables go to standard output, progress to standard error. See bench/README.md for the method.
 */
process.exitCode = await main().catch((error: unknown) => {
  say(describeError(error, !(error instanceof UserError)))
  return 1
})

async function main(): Promise<number> {
  const { rounds, json } = readOptions()
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      say('Interrupted: the command under way ends, then everything is removed.')
      interrupted.abort(new UserError('Interrupted; there are no figures.'))
    })
  }
  const { signal } = interrupted
  const { rows, promotions } = await onStage(say, (stage) => measure({ ...stage, rounds, signal, say })).catch((error) => {
    // A terminal interrupts the command under way too: its complaint is not what happened.
    signal.throwIfAborted()
    throw error
  })
  const machine = { processors: availableParallelism(), node: process.versions.node, rounds }
  const tables = [timesTable(rows), singlesTable(promotionSingles(promotions)), memoryTable(rows)]
  const title = `${rounds} rounds, ${machine.processors} processors, Node ${machine.node}`
  process.stdout.write(json ? `${JSON.stringify({ machine, rows, promotions })}\n` : `${[title, ...tables].join('\n\n')}\n`)
  return 0
}

function readOptions(): { rounds: number; json: boolean } {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '7' }, json: { type: 'boolean', default: false } },
  })
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new UserError(`--rounds is "${values.rounds}".`, { cure: 'Write a whole number, 1 or more.' })
  }
  return { rounds, json: values.json }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
