import { command } from '@mayfly/core'
import type { Tracing } from './tracing.ts'

/** `unknown`: the checkout lacks the history that would tell. */
export type Holds = 'yes' | 'no' | 'unknown'

/** What the checkout at hand knows of commits. It is only read, and nothing is fetched. */
export interface Ancestry {
  /** The full hash of whatever git takes for a commit; undefined where the checkout knows none. */
  resolve(text: string): Promise<string | undefined>
  /** Whether a commit is another one, or in its history. */
  holds(revision: string, commit: string): Promise<Holds>
}

export function openAncestry(tracing: Pick<Tracing, 'directory' | 'environment'>): Ancestry {
  const git = (...args: string[]) => ask(tracing, args)
  const known = new Map<string, Promise<Holds>>()
  let shallow: Promise<boolean> | undefined
  const isShallow = () => {
    shallow ??= git('rev-parse', '--is-shallow-repository').then(({ stdout }) => stdout.trim() !== 'false')
    return shallow
  }
  const look = async (revision: string, commit: string): Promise<Holds> => {
    if (revision === commit) return 'yes'
    if (!isHash(revision) || !isHash(commit)) return 'unknown'
    const { code } = await git('merge-base', '--is-ancestor', commit, revision)
    if (code === 0) return 'yes'
    // Where history is cut off, git says no of everything beyond the cut.
    return code === 1 && !(await isShallow()) ? 'no' : 'unknown'
  }
  return {
    resolve: async (text) => {
      const { code, stdout } = await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${text}^{commit}`)
      return code === 0 && isHash(stdout.trim()) ? stdout.trim() : undefined
    },
    holds: (revision, commit) => {
      const key = `${revision} ${commit}`
      const found = known.get(key) ?? look(revision, commit)
      known.set(key, found)
      return found
    },
  }
}

function isHash(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text)
}

/** A checkout is hostile: nothing in it makes git start another program, fetch, or take one commit for another. */
function ask({ directory, environment }: Pick<Tracing, 'directory' | 'environment'>, args: readonly string[]) {
  const quiet = ['core.fsmonitor=false', 'core.hooksPath=/dev/null', 'safe.directory=*', 'safe.bareRepository=explicit']
  return command(['git', '-C', directory, ...quiet.flatMap((setting) => ['-c', setting]), ...args], {
    env: {
      PATH: environment.PATH ?? '',
      HOME: '/nonexistent',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_NO_LAZY_FETCH: '1',
      GIT_NO_REPLACE_OBJECTS: '1',
      GIT_TERMINAL_PROMPT: '0',
    },
  })
}
