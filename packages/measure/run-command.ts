import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { type Log, type TestCommand, UserError } from '@mayfly/core'
import { harmless } from './output-lines.ts'
import { endGroup, runningIn, untilGone } from './process-group.ts'
import { watchLimits } from './run-limits.ts'
import { passOn, type RunOutput } from './run-output.ts'

export interface TestRun extends TestCommand {
  /** The signal that ended it. */
  signal: NodeJS.Signals | null
  /** What was out of the ordinary, a sentence each: why it was ended, what it left running. Holds hostile text. */
  notices: string[]
}

export interface TestRunOptions {
  script: string
  directory: string
  /** The whole environment of the command. */
  environment: Readonly<Record<string, string>>
  /** Milliseconds until it must have ended. */
  timeout: number
  /** Milliseconds that it may be without writing anything. */
  quietTimeout?: number | undefined
  log: Log
  signal?: AbortSignal | undefined
}

/**
 * Runs a test command on the runner as a `run:` step does: `bash -e -o pipefail`, or `sh -e` where there is no bash. The
 * script is the workflow author's own, as trusted as any step; what it prints is the pull request's, and is made harmless.
 * When this resolves nothing of the command runs any more, but for what left its process group on purpose.
 * @throws UserError where the directory or a shell is missing; the signal's reason once it aborts and the command has ended.
 */
export async function runTests(options: TestRunOptions): Promise<TestRun> {
  options.signal?.throwIfAborted()
  await needDirectory(options.directory)
  const started = performance.now()
  const child = await start(options)
  const group = child.pid ?? 0
  const output = passOn(child, options.log)
  const limit = watchLimits(options, output)
  const exited = once(child, 'exit')
  try {
    const notices: string[] = []
    const why = await Promise.race([exited.then(() => undefined), limit.reached])
    if (why !== undefined) {
      await endGroup(group)
      if (why.kind === 'limit') notices.push(`${why.text}; its last line was “${output.last().slice(0, 500)}”.`)
    }
    const [code, signal] = await exited
    notices.push(...(await endWhatIsLeft(group, options)))
    await drained(child, output)
    // A stream says that it is closed a moment before it tells its listeners.
    output.flush()
    options.signal?.throwIfAborted()
    return {
      where: 'runner',
      // Ended by us, it may still answer with 0.
      exitCode: why === undefined ? code : null,
      ...(why?.kind === 'limit' ? { timedOut: why.milliseconds } : {}),
      milliseconds: Math.round(performance.now() - started),
      tail: output.tail(),
      signal,
      notices,
    }
  } finally {
    limit.stop()
    output.stop()
  }
}

async function needDirectory(directory: string): Promise<void> {
  const found = await stat(directory).catch(() => undefined)
  if (found?.isDirectory()) return
  throw new UserError(`The tests are to run in ${directory}, which is no directory.`, {
    cure: 'Check the directory, or check out the repository before.',
  })
}

async function start({ script, directory, environment }: TestRunOptions): Promise<ChildProcess> {
  const shells = [
    ['bash', '--noprofile', '--norc', '-e', '-o', 'pipefail', '-c', script],
    ['sh', '-e', '-c', script],
  ] as const
  for (const [shell, ...args] of shells) {
    // A group of its own, so that all that it starts can be ended with it.
    const child = spawn(shell, args, { cwd: directory, env: environment, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    const failure = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      child.once('spawn', () => resolve(undefined)).once('error', resolve)
    })
    if (failure === undefined) return child
    if (failure.code !== 'ENOENT')
      throw new UserError(`The test command cannot be started: ${failure.message}.`, { cause: failure })
  }
  throw new UserError('Neither bash nor sh is on the PATH, so the test command cannot run.', {
    cure: 'Give the step a PATH that has one of them.',
  })
}

/** What is still about to end by itself, such as a `tee` that nobody waits for. */
const ENDING = 500

async function endWhatIsLeft(group: number, { log }: TestRunOptions): Promise<string[]> {
  if (await untilGone(group, ENDING)) return []
  const names = [...new Set(await runningIn(group))].slice(0, 5).map(harmless).join(', ')
  const notice = `It left processes running (${names}); they were ended.`
  log.warn(notice)
  await endGroup(group)
  return [notice]
}

/** All that was written has been read; who holds the pipes from outside of the group is not waited for. */
async function drained(child: ChildProcess, output: RunOutput): Promise<void> {
  const streams = [child.stdout, child.stderr].flatMap((stream) => (stream === null || stream.closed ? [] : [stream]))
  const closed = Promise.all(streams.map((stream) => once(stream, 'close')))
  for (;;) {
    const before = output.at()
    const { promise, resolve } = Promise.withResolvers<'waited'>()
    const timer = setTimeout(() => resolve('waited'), ENDING)
    const first = await Promise.race([closed, promise])
    clearTimeout(timer)
    if (first !== 'waited' || output.at() === before) return
  }
}
