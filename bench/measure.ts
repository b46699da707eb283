import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { describeError, UserError } from '@mayfly/core'
import { singlesTable } from './figures.ts'
import { agreementTable, aims, phasesTable, timesTable } from './measure/figures.ts'
import { measure } from './measure/measure.ts'
import { LARGE } from './measure/project.ts'

/**
 * `node bench/measure.ts [--rounds 5] [--json]`: merging coverage and reporting it beside c8, nyc and monocart, on this machine. The
 * tables go to standard output, progress to standard error. See bench/measure/README.md for the method.
 */
process.exitCode = await main().catch((error: unknown) => {
  say(describeError(error, !(error instanceof UserError)))
  return 1
})

async function main(): Promise<number> {
  const { rounds, json } = readOptions()
  const { rows, agreements } = await measure(LARGE, rounds, say)
  const machine = { processors: availableParallelism(), node: process.versions.node, rounds }
  if (json) {
    const plain = rows.map(({ contest, arms, phases }) => ({ name: contest.name, arms: Object.fromEntries(arms), phases }))
    process.stdout.write(`${JSON.stringify({ machine, rows: plain, agreements })}\n`)
    return 0
  }
  const title = `${LARGE.files} files, ${LARGE.files * LARGE.lines} lines, ${LARGE.sources} sources; ${rounds} rounds, ${machine.processors} processors, Node ${machine.node}`
  const tables = [timesTable(rows), singlesTable(aims(rows)), phasesTable(rows), agreementTable(agreements)]
  process.stdout.write(`${[title, ...tables].join('\n\n')}\n`)
  return 0
}

function readOptions(): { rounds: number; json: boolean } {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '5' }, json: { type: 'boolean', default: false } },
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
