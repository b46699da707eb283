import { type CommandResult, command, formatMilliseconds } from '@mayfly/core'
import { searchPath } from './machine.ts'

interface RunOptions {
  cwd?: string
  env?: Readonly<Record<string, string>>
}

/** Everything that set-up runs inherits the machine's environment: it is the user's own machine and their own command. */
const inherited = Object.fromEntries(
  Object.entries({ ...process.env, PATH: searchPath() }).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
)

/** Runs a program and answers with its exit code, whatever it is. */
export function run(argv: readonly [string, ...string[]], { env, ...options }: RunOptions = {}): Promise<CommandResult> {
  return command(argv, { ...options, env: { ...inherited, ...env } })
}

/** Like `run`, but an exit code other than 0 ends the set-up with the program's last lines. */
export async function must(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<string> {
  const result = await run(argv, options)
  if (result.code === 0) return result.stdout
  throw new Error(`${argv.slice(0, 4).join(' ')} ended with ${result.code}:\n${lastLines(result)}`)
}

export function lastLines(result: CommandResult, count = 12): string {
  return `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-count).join('\n')
}

/**
 * Says what is being done and how long it took, with a sign of life in between: a dot a second in a terminal,
 * a line every 15 s elsewhere, because the logs of CI show nothing of a line before its end.
 */
export async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  const terminal = process.stdout.isTTY
  const started = performance.now()
  const passed = () => formatMilliseconds(performance.now() - started)
  process.stdout.write(terminal ? `${name} ` : `${name} ...\n`)
  const life = setInterval(() => process.stdout.write(terminal ? '.' : `  ${passed()} so far\n`), terminal ? 1000 : 15_000)
  try {
    const result = await work()
    process.stdout.write(`  ${passed()}\n`)
    return result
  } catch (error) {
    process.stdout.write(`  failed after ${passed()}\n`)
    throw error
  } finally {
    clearInterval(life)
  }
}
