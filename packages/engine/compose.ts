import { type Log, UserError } from '@mayfly/core'
import { docker, type Engine, explainEngineError } from './connect.ts'

export interface ComposeUp {
  project: string
  /** The final model; it goes in by standard input and never touches a disk. */
  model: unknown
  /** Only these, with nothing that they depend on; undefined: all. */
  services?: readonly string[] | undefined
  /** Seconds that a container which is replaced may take to end; undefined: what it says itself, or 10. */
  stopTimeout?: number | undefined
  log: Log
  signal?: AbortSignal | undefined
}

/**
 * Starts a project as Compose does: in the order of depends_on, replacing only containers whose definition changed.
 * Does not wait for health beyond what depends_on asks for.
 */
export async function composeUp(engine: Engine, up: ComposeUp): Promise<void> {
  const args = [
    'compose',
    '--project-name',
    up.project,
    '--file',
    '-',
    'up',
    '--detach',
    '--no-build',
    '--pull',
    'never',
    '--quiet-pull',
  ]
  if (up.stopTimeout !== undefined) args.push('--timeout', String(up.stopTimeout))
  args.push(...(up.services === undefined ? ['--remove-orphans'] : ['--no-deps', ...up.services]))
  const result = await docker(engine, args, {
    input: JSON.stringify(up.model),
    onLine: (line) => up.log.debug(line),
    ...(up.signal ? { signal: up.signal } : {}),
  })
  if (result.code === 0) return
  const said = result.stderr.trim().split('\n').slice(-5).join('\n')
  if (/no such image/i.test(said)) throw new MissingImageError(said)
  throw explainEngineError(said) ?? new ComposeError(said)
}

/** An image that was there a moment ago is gone: another pull request that had built it was closed. Building again cures it. */
export class MissingImageError extends UserError {
  constructor(said: string) {
    super(`An image of this project was removed while it was being deployed: ${said}`, { cure: 'Run this again.' })
  }
}

/** Compose could not start the project: a dependency that never got healthy, a container that cannot be created. */
export class ComposeError extends UserError {
  constructor(said: string) {
    super(`Compose could not start the project: ${said}`)
  }
}
