/**
 * The user's mistake, not ours: shown as its message alone, without a stack.
 * The message says what was found and where; `cure` says the line to change.
 */
export class UserError extends Error {
  override readonly name = 'UserError'
  readonly cure: string | undefined

  constructor(message: string, options: { cure?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.cure = options.cure
  }
}

/** One or more lines that a person can act on. Only our own faults carry a stack, and only when `debug` is set. */
export function describeError(error: unknown, debug = false): string {
  if (error instanceof UserError) return error.cure ? `${error.message}\n${error.cure}` : error.message
  if (!(error instanceof Error)) return String(error)
  if (debug) return error.stack ?? error.message
  const causes: string[] = []
  for (let cause = error.cause; cause instanceof Error && causes.length < 3; cause = cause.cause) causes.push(cause.message)
  return [error.message, ...causes].join(': ')
}
