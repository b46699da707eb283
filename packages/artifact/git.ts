import { type CommandResult, command } from '@mayfly/core'

/** What git's index knows of a folder. */
export interface Tracked {
  /** Blob hash of every file that is as the index says, by path relative to the folder. */
  clean: ReadonlyMap<string, string>
  /** How this repository hashes blobs. */
  algorithm: 'sha1' | 'sha256'
}

/**
 * Asks git for the hashes of what it has already hashed. Undefined where the folder is in no work tree.
 * @param path the PATH under which git is found.
 */
export async function trackedFiles(folder: string, path: string): Promise<Tracked | undefined> {
  const [listed, changed] = await Promise.all([
    git(folder, path, ['ls-files', '-z', '--stage', '-v', '--', '.']),
    git(folder, path, ['diff-files', '-z', '--name-only', '--relative', '--ignore-submodules=all', '--', '.']),
  ])
  if (listed.code !== 0 || changed.code !== 0) return undefined
  const dirty = new Set(changed.stdout.split('\0'))
  const clean = new Map<string, string>()
  let algorithm: Tracked['algorithm'] = 'sha1'
  for (const line of listed.stdout.split('\0')) {
    // H: known and looked after. Others (assume-unchanged, skip-worktree, unmerged) are not compared by git, so not believed here.
    const match = /^H 1[02]\d{4} ([0-9a-f]{40,64}) 0\t(.*)$/s.exec(line)
    if (match?.[1] === undefined || match[2] === undefined || dirty.has(match[2])) continue
    if (match[1].length === 64) algorithm = 'sha256'
    clean.set(match[2], match[1])
  }
  return { clean, algorithm }
}

/** A checkout is hostile: nothing in it, and nothing in our environment, makes git start another program. */
export function git(folder: string, path: string, args: readonly string[]): Promise<CommandResult> {
  const quiet = ['core.fsmonitor=false', 'core.hooksPath=/dev/null', 'safe.directory=*', 'safe.bareRepository=explicit']
  return command(['git', '-C', folder, ...quiet.flatMap((setting) => ['-c', setting]), ...args], {
    env: {
      PATH: path,
      HOME: '/nonexistent',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_OPTIONAL_LOCKS: '0',
      GIT_TERMINAL_PROMPT: '0',
      GIT_NO_LAZY_FETCH: '1',
    },
  })
}
