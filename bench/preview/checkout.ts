import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { command } from '@mayfly/core'

/** A git checkout of the example, which each tool has for itself: the same files, changed by the same amount. */
export interface StackCheckout {
  root: string
  revision: () => Promise<string>
  /** Changes one source file of one service, and commits: what a push does. `mark` makes the change a new one. */
  push: (mark: string) => Promise<void>
}

const SOURCE = 'api/items.mjs'

/** @param startInterval whether the Compose file itself says how often a starting service is checked. */
export async function checkOutStack(startInterval: boolean): Promise<StackCheckout> {
  const root = await mkdtemp(join(tmpdir(), 'mayfly-bench-'))
  await cp(join(import.meta.dirname, 'stack'), root, { recursive: true })
  if (startInterval) {
    const file = join(root, 'compose.yaml')
    const text = await readFile(file, 'utf8')
    // The values that Mayfly puts in where a file has none.
    await writeFile(file, text.replace('  interval: 2s\n', '  interval: 2s\n  start_interval: 250ms\n  start_period: 30s\n'))
  }
  const git = async (...args: string[]) => {
    const identity = ['-c', 'user.name=bench', '-c', 'user.email=bench@mayfly.test', '-c', 'commit.gpgsign=false']
    const result = await command(['git', '-C', root, ...identity, ...args], { env: { PATH: process.env.PATH ?? '' } })
    if (result.code !== 0) throw new Error(`git ${args[0]}: ${result.stderr}`)
    return result.stdout.trim()
  }
  await git('init', '--quiet', '--initial-branch=main')
  const commit = async (message: string) => {
    await git('add', '--all')
    await git('commit', '--quiet', '--message', message)
  }
  await commit('A stack')
  const original = await readFile(join(root, SOURCE), 'utf8')
  return {
    root,
    revision: () => git('rev-parse', 'HEAD'),
    push: async (mark) => {
      await writeFile(join(root, SOURCE), mark === '' ? original : `${original}// ${mark}\n`)
      await commit(`Change ${mark}`)
    },
  }
}
