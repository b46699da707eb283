import { debug, endGroup, error, info, isDebug, notice, setOutput, startGroup, summary, warning } from '@actions/core'
import { describeError, formatMilliseconds, type Log, UserError } from '@mayfly/core'

/** A log of sentences, one group for each phase, each with the time it took. */
export const actionLog: Log = {
  info,
  warn: (message) => warning(message),
  debug,
  group: async (title, work) => {
    startGroup(title)
    const started = performance.now()
    try {
      return await work()
    } finally {
      endGroup()
      info(`${title}: ${formatMilliseconds(performance.now() - started)}`)
    }
  },
}

/**
 * Runs an action's three steps. The user's mistakes end the job with one clear error; ours carry a stack when
 * debug logging is on. The process ends by itself or, where a library holds it open, when the work is done.
 */
export async function act(work: () => Promise<void>): Promise<void> {
  try {
    await work()
    process.exitCode ??= 0
  } catch (cause) {
    const bug = !(cause instanceof UserError)
    error(describeError(cause, bug && isDebug()))
    if (bug) info('This looks like a fault of Mayfly itself; run again with debug logging for the stack, and report it.')
    process.exitCode = 1
  }
}

/** Ends the job as failed with a message that was already explained elsewhere. */
export function failWith(message: string): void {
  error(message)
  process.exitCode = 1
}

/** A line on the run's page that is no error: an overtaken run, a skipped pull request. */
export function tell(message: string): void {
  notice(message)
}

/** Outputs, strings as they are and everything else as JSON. */
export function writeOutputs(outputs: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(outputs)) setOutput(name, typeof value === 'string' ? value : JSON.stringify(value))
}

/** Adds Markdown to the step's summary; a runner without one (older self-hosted) is no reason to fail. */
export async function writeSummary(markdown: string): Promise<void> {
  if (!process.env.GITHUB_STEP_SUMMARY) return
  await summary.addRaw(markdown, true).write()
}
