import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { describeError, UserError } from '@mayfly/core'
import { connectEngine } from '@mayfly/engine'
import { ms, type Single, singlesTable, spreadOf } from './figures.ts'
import { measureBundle, singlesOf } from './preview/bundle.ts'
import { phasesTable, type Row, tableOf } from './preview/figures.ts'
import { type Measured, measure, UNCHANGED } from './preview/measure.ts'

/**
 * `npm run bench -- [--rounds 7] [--json]`: Mayfly's preview phase beside bare Compose, on this machine's engine.
 * The tables go to standard output, progress to standard error. See bench/README.md for the method.
 */

const UNCHANGED_AIM = 500

/** The file as it is, and one that tells Compose too to look more often while a service starts. */
const VARIANTS = [
  { name: '', startInterval: false },
  { name: ' (start_interval)', startInterval: true },
]

process.exitCode = await main().catch((error: unknown) => {
  say(describeError(error, !(error instanceof UserError)))
  return 1
})

async function main(): Promise<number> {
  const { rounds, json } = readOptions()
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      say('Interrupted: the step under way ends, then everything is removed.')
      interrupted.abort(new UserError('Interrupted; there are no figures.'))
    })
  }
  const bundle = await measureBundle(join(import.meta.dirname, '..'))
  const engine = await connectEngine({ host: undefined }, process.env)
  try {
    const measured: Measured[] = []
    for (const variant of VARIANTS) measured.push(await measure(engine, variant, rounds, interrupted.signal, say))
    const rows = measured.flatMap((each) => each.rows)
    const phases = new Map(measured.flatMap((each) => [...each.phases]))
    const machine = { processors: availableParallelism(), node: process.versions.node, rounds }
    const text = [tableOf(rows), singlesTable([...unchanged(rows), ...singlesOf(bundle)]), phasesTable(phases)].join('\n\n')
    process.stdout.write(
      json ? `${JSON.stringify({ machine, rows, phases: Object.fromEntries(phases), bundle })}\n` : `${text}\n`,
    )
    return 0
  } finally {
    await engine.close()
  }
}

function unchanged(rows: readonly Row[]): Single[] {
  return rows
    .filter((row) => row.name.startsWith(UNCHANGED))
    .map((row) => {
      const { median } = spreadOf(row.mayfly)
      return { name: row.name, value: ms(median), aim: `< ${UNCHANGED_AIM} ms`, met: median < UNCHANGED_AIM }
    })
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
