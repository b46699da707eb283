import { type CommandResult, command } from '@mayfly/core'

/** Everything a set-up script runs inherits the machine's environment: it is the user's own machine and their own command. */
const inherited = Object.fromEntries(
  Object.entries(process.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
)

/** Runs a program; a dot for every second of it, so that no minute is silent. */
export function run(
  argv: readonly [string, ...string[]],
  options: { cwd?: string; input?: Buffer; env?: Record<string, string> } = {},
): Promise<CommandResult> {
  const { env, ...rest } = options
  return command(argv, { ...rest, env: { ...inherited, ...env } })
}

/** Like `run`, but an exit code other than 0 ends the set-up with the program's last lines. */
export async function must(argv: readonly [string, ...string[]], options: Parameters<typeof run>[1] = {}): Promise<string> {
  const result = await run(argv, options)
  if (result.code !== 0) {
    const said = `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-12).join('\n')
    throw new Error(`${argv.slice(0, 4).join(' ')} ended with ${result.code}:\n${said}`)
  }
  return result.stdout
}

/** One line for each step: its name, a dot a second while it works, and the time it took. */
export async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  process.stdout.write(`${name} `)
  const started = performance.now()
  const dots = setInterval(() => process.stdout.write('.'), 1000)
  try {
    const result = await work()
    process.stdout.write(` ${((performance.now() - started) / 1000).toFixed(1)} s\n`)
    return result
  } catch (error) {
    process.stdout.write(' failed\n')
    throw error
  } finally {
    clearInterval(dots)
  }
}
