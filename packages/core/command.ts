import { spawn } from 'node:child_process'
import { constants } from 'node:os'

export interface CommandOptions {
  cwd?: string
  /** The whole environment of the command: nothing is inherited that is not named here. */
  env: Readonly<Record<string, string>>
  input?: string | Buffer
  /** Called with each complete line of standard error, and of standard output where `stdoutLines` is set. */
  onLine?: (line: string) => void
  stdoutLines?: boolean
  signal?: AbortSignal
  /** What is sent when `signal` aborts; SIGTERM by default. */
  killSignal?: NodeJS.Signals
}

export interface CommandResult {
  /** Exit code; 127 where the program is not installed, 128 + n where signal n ended it. */
  code: number
  stdout: string
  stderr: string
}

/** What of one command's output is kept, in characters per stream; the rest of a runaway command is dropped from the front. */
const KEPT = 64 * 1024 * 1024

/**
 * Runs a program without a shell: `argv` reaches it as given, so nothing in it can be read as a command.
 * Resolves whatever the exit code is; rejects only when `signal` aborts.
 */
export function command(argv: readonly [string, ...string[]], options: CommandOptions): Promise<CommandResult> {
  const [program, ...args] = argv
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env,
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(options.signal ? { signal: options.signal } : {}),
      ...(options.killSignal ? { killSignal: options.killSignal } : {}),
    })
    let stdout = ''
    let stderr = ''
    const lines = options.onLine ? lineSplitter(options.onLine) : undefined
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout = (stdout + text).slice(-KEPT)
      if (options.stdoutLines) lines?.(text)
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-KEPT)
      lines?.(text)
    })
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.name === 'AbortError') reject(error)
      else resolve({ code: error.code === 'ENOENT' ? 127 : 126, stdout, stderr: `${stderr}${program}: ${error.message}` })
    })
    child.on('close', (code, signal) =>
      resolve({ code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]), stdout, stderr }),
    )
    // A program that ends before it has read all of its input closes the pipe: its exit code says enough.
    child.stdin.on('error', () => {})
    child.stdin.end(options.input)
  })
}

function lineSplitter(onLine: (line: string) => void): (text: string) => void {
  let rest = ''
  return (text) => {
    const lines = (rest + text).split(/\r?\n|\r/)
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') onLine(line)
  }
}
