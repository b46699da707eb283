import { parseArgs } from 'node:util'
import { UserError } from '@mayfly/core'

export interface DemoOptions {
  keep: boolean
  remove: boolean
  json: boolean
}

export const USAGE = `npm run demo [-- --keep | --remove] [--json]

A pull request's whole life on this machine: opened, pushed to, merged, and nothing left.

  --keep    stop before the merge and leave the preview running
  --remove  only take away what an earlier demo left running
  --json    end with one line of figures (milliseconds and counts)
`

/** @throws UserError for an option that is none. */
export function readOptions(args: readonly string[]): DemoOptions | 'help' {
  const flag = { type: 'boolean', default: false } as const
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { keep: flag, remove: flag, json: flag, help: { ...flag, short: 'h' } },
    })
    return values.help ? 'help' : values
  } catch (error) {
    throw new UserError(error instanceof Error ? error.message : String(error), { cure: USAGE.trim() })
  }
}
