import { describeError, UserError } from '@mayfly/core'
import { down } from './commands/down.ts'
import { logs } from './commands/logs.ts'
import { ls } from './commands/ls.ts'
import { plan } from './commands/plan.ts'
import { sweep } from './commands/sweep.ts'
import { up } from './commands/up.ts'
import { parseOptions } from './options.ts'

const COMMANDS = { plan, up, down, ls, logs, sweep } as const

const HELP = `mayfly: running copies of a project, isolated, on any Docker engine

  mayfly plan                what \`up\` would do; nothing is changed
  mayfly up                  build, start and verify this checkout as an environment
  mayfly down [id]           remove it, and prove that nothing is left
  mayfly ls                  every environment on the engine
  mayfly logs [service]      what a service wrote; --follow to go on
  mayfly sweep               remove what has expired or was left half made

Which environment        --name NAME (the branch)   --directory DIR (.)
Where                    --host ssh://user@host     --domain localhost[:PORT]   --tls auto|internal|off
What                     --file compose.yaml        --profile P ...   --env NAME ...   --registry R
How                      --ttl 7d|never   --limits "memory=1g cpus=1 pids=512"   --timeout 5m
Output                   --json   --dry-run   --verbose   --tail N   --follow
`

/** Runs one command and returns the exit code: 0 done, 1 failed, 2 not understood. */
export async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv
  if (name === undefined || name === 'help' || rest.includes('--help') || name === '--help') {
    process.stdout.write(HELP)
    return 0
  }
  try {
    const command = Object.entries(COMMANDS).find(([known]) => known === name)?.[1]
    if (command === undefined) {
      throw new UserError(`mayfly has no command "${name}".`, {
        cure: `There are: ${Object.keys(COMMANDS).join(', ')}. See mayfly help.`,
      })
    }
    return await command(parseOptions(rest, process.env))
  } catch (error) {
    process.stderr.write(`${describeError(error, process.env.MAYFLY_DEBUG !== undefined)}\n`)
    return error instanceof UserError ? 1 : 70
  }
}
