import { describeError, formatMilliseconds, UserError } from '@mayfly/core'
import { ensureEngine } from './setup/engine.ts'
import { ensureImages } from './setup/images.ts'
import { readMachine } from './setup/machine.ts'
import { ensureDemoTools, ensureTestTools } from './setup/tools.ts'

/** Installs and starts what a fresh machine lacks: an engine, base images and, with `--demo` or `--tests`, what only those use. Safe to repeat. */
async function setUp(options: readonly string[]): Promise<void> {
  const started = performance.now()
  const unknown = options.find((option) => option !== '--tests' && option !== '--demo')
  if (unknown !== undefined) throw new UserError(`"${unknown}" is no option of set-up; there are --demo and --tests.`)
  const machine = readMachine()
  await ensureEngine(machine)
  await ensureImages(machine)
  if (options.includes('--demo')) await ensureDemoTools(machine)
  if (options.includes('--tests')) await ensureTestTools(machine)
  const all = options.includes('--tests') ? 'The engine, the base images and the test tools' : 'The engine and the base images'
  console.log(`${all} are in place (${formatMilliseconds(performance.now() - started)}).`)
}

try {
  await setUp(process.argv.slice(2))
} catch (error) {
  console.error(describeError(error))
  process.exitCode = 1
}
