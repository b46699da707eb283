import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { describeError, UserError } from '@mayfly/core'
import { singlesTable } from './figures.ts'
import { agreementTable, aims, phasesTable, timesTable } from './measure/figures.ts'
import { type Measured, measure } from './measure/measure.ts'
import { overheadTables } from './measure/overhead/figures.ts'
import { measureOverhead } from './measure/overhead/overhead.ts'
import { LARGE } from './measure/project.ts'

/**
 * `node bench/measure.ts [--rounds 5] [--only merge|overhead] [--json]`: merging coverage and reporting it beside c8, nyc and monocart, and
 * what gathering it costs tests on this machine's engine. The tables go to standard output, progress to standard error. See
 * bench/measure/README.md for the method.
 */
process.exitCode = await main().catch((error: unknown) => {
  say(describeError(error, !(error instanceof UserError)))
  return 1
})

async function main(): Promise<number> {
  const { rounds, only, json } = readOptions()
  const machine = { processors: availableParallelism(), node: process.versions.node, rounds }
  const overhead = only === 'merge' ? undefined : await measureOverhead(rounds, interruption(), say)
  const merged = only === 'overhead' ? undefined : await measure(LARGE, rounds, say)
  if (json) {
    process.stdout.write(`${JSON.stringify({ machine, overhead, ...(merged === undefined ? {} : plain(merged)) })}\n`)
    return 0
  }
  const title = `${rounds} rounds, ${machine.processors} processors, Node ${machine.node}`
  const tables = [
    ...(overhead === undefined ? [] : [overheadTables(overhead)]),
    ...(merged === undefined ? [] : mergeTables(merged)),
  ]
  process.stdout.write(`${[title, ...tables].join('\n\n')}\n`)
  return 0
}

function mergeTables({ rows, agreements }: Measured): string[] {
  const size = `${LARGE.files} files, ${LARGE.files * LARGE.lines} lines, ${LARGE.sources} sources`
  return [size, timesTable(rows), singlesTable(aims(rows)), phasesTable(rows), agreementTable(agreements)]
}

function plain({ rows, agreements }: Measured) {
  return {
    rows: rows.map(({ contest, arms, phases }) => ({ name: contest.name, arms: Object.fromEntries(arms), phases })),
    agreements,
  }
}

/** Containers are removed before this ends. */
function interruption(): AbortSignal {
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      say('Interrupted: the step under way ends, then everything is removed.')
      interrupted.abort(new UserError('Interrupted; there are no figures.'))
    })
  }
  return interrupted.signal
}

function readOptions(): { rounds: number; only: string | undefined; json: boolean } {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new UserError(`--rounds is "${values.rounds}".`, { cure: 'Write a whole number, 1 or more.' })
  }
  if (values.only !== undefined && values.only !== 'merge' && values.only !== 'overhead') {
    throw new UserError(`--only is "${values.only}".`, { cure: 'Write merge or overhead.' })
  }
  return { rounds, only: values.only, json: values.json }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
