import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { command } from '@mayfly/core'
import { ms, type Single, spreadOf } from '../figures.ts'

const STARTS = 10
const START_AIM = 200
const SIZE_AIM = 3 * 1024 * 1024

export interface Bundle {
  bytes: number
  /** Milliseconds from the spawn to the first error line. */
  starts: number[]
}

/**
 * Starts the built action without any input, as a runner would that gives it none, until its first clear error.
 * One that is there is not built again: others may be running it.
 */
export async function measureBundle(root: string): Promise<Bundle> {
  const file = join(root, 'dist', 'mayfly.mjs')
  if (!existsSync(file)) {
    const built = await command([process.execPath, join(root, 'scripts', 'build.ts')], { env: { PATH: process.env.PATH ?? '' } })
    if (built.code !== 0) throw new Error(`The bundle cannot be built: ${built.stderr}`)
  }
  const starts: number[] = []
  for (let start = 0; start < STARTS; start++) starts.push(await untilFirstError(file))
  return { bytes: (await stat(file)).size, starts }
}

function untilFirstError(file: string): Promise<number> {
  const started = performance.now()
  const child = spawn(process.execPath, [file], { env: { PATH: process.env.PATH ?? '' }, stdio: ['ignore', 'pipe', 'inherit'] })
  return new Promise((resolve, reject) => {
    let said = ''
    let took: number | undefined
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (/^::error/m.test(said)) took ??= performance.now() - started
    })
    child.on('error', reject)
    child.on('close', () => (took === undefined ? reject(new Error(`${file} ended without an error: ${said}`)) : resolve(took)))
  })
}

export function singlesOf({ bytes, starts }: Bundle): Single[] {
  const { min, median, max } = spreadOf(starts)
  return [
    {
      name: `bundle: start to its first error (${starts.length} starts)`,
      value: `${ms(median)} (${Math.round(min)}–${Math.round(max)})`,
      aim: `< ${START_AIM} ms`,
      met: median < START_AIM,
    },
    { name: 'bundle: size', value: `${(bytes / 1024 / 1024).toFixed(2)} MiB`, aim: '< 3 MiB', met: bytes < SIZE_AIM },
  ]
}
