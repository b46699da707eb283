import { createHash } from 'node:crypto'
import { access, chmod, constants, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { command, type Log, UserError } from '@mayfly/core'
import { ESBUILD } from './esbuild-pin.ts'
import type { Tools } from './request.ts'
import { NPM_OPTIONS } from './tools.ts'

/**
 * Path of the esbuild program: our own dependency where there is one (a checkout, an installed command), else fetched
 * once into the cache folder and checked against the pinned hash (an action's bundle has no node_modules).
 */
export async function findEsbuild(tools: Tools, log: Log, platform = `${process.platform}-${process.arch}`): Promise<string> {
  return installedEsbuild(platform) ?? fetchEsbuild(tools, log, platform)
}

/** Our own dependency; undefined where there is none. */
export function installedEsbuild(platform = `${process.platform}-${process.arch}`): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(`@esbuild/${platform}/bin/esbuild`)
  } catch {
    // Not installed, or no import.meta.url: this code was bundled into CommonJS.
    return undefined
  }
}

/** @throws UserError where it cannot be fetched, or is not what was pinned. */
export async function fetchEsbuild(tools: Tools, log: Log, platform: string): Promise<string> {
  const program = join(tools.cacheDirectory, `esbuild-${ESBUILD.version}-${platform}`)
  if (await isProgram(program)) return program
  const expected: string | undefined = Object.entries(ESBUILD.integrity).find(([name]) => name === platform)?.[1]
  if (expected === undefined) {
    throw new UserError(`Functions cannot be bundled on ${platform}.`, {
      cure: `Use a runner with one of: ${Object.keys(ESBUILD.integrity).join(', ')}; or give the function a Dockerfile.`,
    })
  }
  log.info(`Fetching esbuild ${ESBUILD.version}.`)
  await mkdir(tools.cacheDirectory, { recursive: true })
  const work = await mkdtemp(join(tools.cacheDirectory, 'esbuild-'))
  try {
    const specifier = `@esbuild/${platform}@${ESBUILD.version}`
    const packed = await command(['npm', 'pack', '--loglevel=error', '--logs-max=0', ...NPM_OPTIONS, specifier], {
      cwd: work,
      env: tools.env,
    })
    const archive = packed.stdout.trim().split('\n').at(-1) ?? ''
    if (packed.code !== 0 || archive === '') {
      // npm says the code and the reason first, and advice after that.
      throw new UserError(`esbuild cannot be fetched:\n${packed.stderr.trim().split('\n').slice(0, 4).join('\n')}`, {
        cure: 'Functions are bundled with it: let this machine reach its npm registry (npm must be installed).',
      })
    }
    const bytes = await readFile(join(work, archive))
    const actual = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
    if (actual !== expected) throw new UserError(`${specifier} is not what was pinned: it hashes to ${actual}, not ${expected}.`)
    const unpacked = await command(['tar', '-xzf', archive, 'package/bin/esbuild'], { cwd: work, env: tools.env })
    if (unpacked.code !== 0) throw new Error(`tar could not unpack ${archive}: ${unpacked.stderr.trim()}`)
    const file = join(work, 'package/bin/esbuild')
    await chmod(file, 0o755)
    // Atomic: another run may be doing the same.
    await rename(file, program)
    return program
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
