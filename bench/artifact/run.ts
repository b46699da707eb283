import { spawn } from 'node:child_process'
import { watchMemory } from './memory.ts'

/** What one command took. */
export interface Ran {
  /** From the spawn until it has ended and all that it wrote was read. */
  milliseconds: number
  /** Peak in bytes, with all that it starts itself; undefined where the kernel does not say. */
  memory: number | undefined
}

export interface Place {
  cwd: string
  /** Set besides what this process has: the command starts as its user would start it. */
  env?: Readonly<Record<string, string>>
}

/** Runs a command in a process of its own. @throws with its last lines where it fails. */
export function run(argv: readonly [string, ...string[]], { cwd, env = {} }: Place): Promise<Ran & { stdout: string }> {
  const [program, ...args] = argv
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    const memory = child.pid === undefined ? undefined : watchMemory(child.pid)
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.on('error', (error) => {
      memory?.stop()
      reject(error)
    })
    child.on('close', (code, signal) => {
      const ran = { milliseconds: performance.now() - started, memory: memory?.stop(), stdout }
      if (code === 0) resolve(ran)
      else reject(new Error(`${argv.slice(0, 4).join(' ')} ended with ${code ?? signal}:\n${lastLines(stderr || stdout)}`))
    })
  })
}

/** Two commands, one after the other, as one. */
export function after(first: Ran, second: Ran): Ran {
  const known = [first.memory, second.memory].filter((memory) => memory !== undefined)
  return {
    milliseconds: first.milliseconds + second.milliseconds,
    memory: known.length === 0 ? undefined : Math.max(...known),
  }
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-15).join('\n')
}
