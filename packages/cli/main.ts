import { describeError, UserError } from '@mayfly/core'
import { build } from './commands/build.ts'
import { down } from './commands/down.ts'
import { history } from './commands/history.ts'
import { inspect } from './commands/inspect.ts'
import { logs } from './commands/logs.ts'
import { ls } from './commands/ls.ts'
import { plan } from './commands/plan.ts'
import { profile } from './commands/profile.ts'
import { promote } from './commands/promote.ts'
import { release } from './commands/release.ts'
import { rollback } from './commands/rollback.ts'
import { sweep } from './commands/sweep.ts'
import { up } from './commands/up.ts'
import { verify } from './commands/verify.ts'
import { where } from './commands/where.ts'
import { parseOptions } from './options.ts'

const COMMANDS = {
  plan,
  up,
  down,
  ls,
  logs,
  profile,
  sweep,
  build,
  release,
  promote,
  rollback,
  history,
  where,
  inspect,
  verify,
} as const

const HELP = `mayfly: running copies of a project, isolated, on any Docker engine

  mayfly plan                what \`up\` would do; nothing is changed
  mayfly up                  build, start and verify this checkout as an environment
  mayfly down [id]           remove it, and prove that nothing is left
  mayfly ls                  every environment on the engine
  mayfly logs [service]      what a service wrote; --follow to go on
  mayfly profile [ENV]       a flame graph of each Node service: --for 30s, --heap, --output FILE
  mayfly sweep               remove what has expired or was left half made

  mayfly build               build the artifacts of this checkout; --registry to push them
  mayfly release             publish them under their versions, for good; --auto: versions from the commits
  mayfly promote ENV [name@version ...]
                             bring staging or production to what was built and tested; --from ENV|pr-N
  mayfly rollback ENV        back to what ran before; --to N|commit|version
  mayfly history ENV         what ran when, and from which pull request
  mayfly where WHAT          which artifacts hold a commit, where an artifact runs, and since when
  mayfly inspect ARTIFACT    all that is known of name@version, and what runs it
  mayfly verify              compare ledger, registry and what runs; --repair to set tags right

Which environment        --name NAME (the branch)   --directory DIR (.)
Where                    --host ssh://user@host     --domain localhost[:PORT]   --tls auto|internal|off
What                     --file compose.yaml        --profile P ...   --env NAME ...   --registry R
How                      --ttl 7d|never   --limits "memory=1g cpus=1 pids=512"   --timeout 5m
Promote                  --from ENV   --artifacts FILE   --revision COMMIT   --require-tested   --trust KEY.pem ...
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
