import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { command } from '@mayfly/core'
import { run } from './run.ts'

/** A git checkout that holds the function, which each tool has for itself: the same files, changed by the same amount. */
export interface FunctionCheckout {
  root: string
  /** The function's own folder in it. */
  folder: string
  /** Changes one source file, and commits: what a push does. `mark` makes the change a new one. */
  push: (mark: string) => Promise<void>
  /** Installs the function's packages, development's among them. */
  install: (env?: Readonly<Record<string, string>>) => ReturnType<typeof run>
  uninstall: () => Promise<void>
}

const SOURCE = 'orders.ts'

/** @param base what the function's image stands on, `host/name@sha256:...`. */
export async function checkOutFunction(root: string, base: string): Promise<FunctionCheckout> {
  const folder = join(root, 'functions', 'api')
  await mkdir(folder, { recursive: true })
  await cp(join(import.meta.dirname, 'function'), folder, { recursive: true })
  await nameBase(join(folder, 'package.json'), base)
  const git = async (...args: string[]) => {
    const identity = ['-c', 'user.name=bench', '-c', 'user.email=bench@mayfly.test', '-c', 'commit.gpgsign=false']
    const result = await command(['git', '-C', root, ...identity, ...args], { env: { PATH: process.env.PATH ?? '' } })
    if (result.code !== 0) throw new Error(`git ${args[0]}: ${result.stderr}`)
  }
  await git('init', '--quiet', '--initial-branch=main')
  const commit = async (message: string) => {
    await git('add', '--all')
    await git('commit', '--quiet', '--message', message)
  }
  await commit('A function')
  const original = await readFile(join(folder, SOURCE), 'utf8')
  return {
    root,
    folder,
    push: async (mark) => {
      // Not a comment: a bundler leaves those out, and the image would be the same.
      await writeFile(join(folder, SOURCE), original.replace('has a line.', `has a line. (${mark})`))
      await commit(`Change ${mark}`)
    },
    install: (env = {}) => run(['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder, env }),
    uninstall: () => rm(join(folder, 'node_modules'), { recursive: true, force: true }),
  }
}

async function nameBase(file: string, base: string): Promise<void> {
  const manifest: unknown = JSON.parse(await readFile(file, 'utf8'))
  if (typeof manifest !== 'object' || manifest === null || !('mayfly' in manifest)) throw new Error(`${file} names no function`)
  const { mayfly } = manifest
  await writeFile(file, `${JSON.stringify({ ...manifest, mayfly: { ...Object(mayfly), base } }, undefined, 2)}\n`)
}
