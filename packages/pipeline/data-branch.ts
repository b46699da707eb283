import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '@mayfly/core'
import type { Start } from './context.ts'
import { credentialsOf, git } from './git.ts'

/** Other runs write to the same branch; each takes the newest and tries again. */
const ATTEMPTS = 10

/** How many files a branch keeps: the oldest commits' measurements are compared with no more. */
const KEPT = 200

/** The content of a file on a branch of the repository; undefined where there is no such branch or file. */
export async function readBranchFile(run: Start, branch: string, name: string): Promise<Buffer | undefined> {
  return inClone(run, async (folder, call) => {
    if (!(await fetchBranch(run, branch, call))) return undefined
    const shown = await call(['show', `FETCH_HEAD:${name}`], folder)
    return shown.code === 0 ? Buffer.from(shown.stdout.trim(), 'base64') : undefined
  })
}

/**
 * Writes a file to a branch that has no history in common with the code, and is made with its first file. The workspace is
 * not touched.
 * @throws UserError where the token may not.
 */
export async function writeBranchFile(run: Start, branch: string, name: string, bytes: Buffer): Promise<void> {
  await inClone(run, async (folder, call) => {
    for (let attempt = 1; ; attempt++) {
      const there = await fetchBranch(run, branch, call)
      await must(
        call([
          ...(there ? ['checkout', '--quiet', '--detach', 'FETCH_HEAD'] : ['checkout', '--quiet', '--orphan', `new-${attempt}`]),
        ]),
      )
      await writeFile(join(folder, name), bytes.toString('base64'))
      await must(call(['add', '--', name]))
      await dropOldest(call)
      const unchanged = (await call(['diff', '--cached', '--quiet'])).code === 0 && there
      if (unchanged) return
      await must(call([...AUTHOR, 'commit', '--quiet', '--message', `Keep ${name}`]))
      const pushed = await call(['push', '--quiet', urlOf(run), `HEAD:refs/heads/${branch}`])
      if (pushed.code === 0) return
      const refused = /rejected|fetch first|non-fast-forward|cannot lock/i.test(pushed.stderr)
      if (!refused || attempt >= ATTEMPTS) throw mayNot(branch, pushed.stderr)
    }
  })
}

const AUTHOR = ['-c', 'user.name=github-actions[bot]', '-c', 'user.email=41898282+github-actions[bot]@users.noreply.github.com']

type Git = (args: readonly string[], folder?: string) => ReturnType<typeof git>

async function dropOldest(call: Git): Promise<void> {
  const listed = await must(call(['log', '--format=', '--name-only', '--diff-filter=A', 'HEAD']))
  const old = [...new Set(listed.stdout.split('\n').filter((line) => line !== ''))].slice(KEPT)
  if (old.length > 0) await call(['rm', '--quiet', '--ignore-unmatch', '--', ...old])
}

async function must(result: ReturnType<typeof git>) {
  const done = await result
  // A branch without a commit has no log.
  if (done.code !== 0 && !/does not have any commits|unknown revision/.test(done.stderr)) throw new Error(done.stderr.trim())
  return done
}

async function fetchBranch(run: Start, branch: string, call: Git): Promise<boolean> {
  const fetched = await call(['fetch', '--quiet', '--no-tags', urlOf(run), `refs/heads/${branch}`])
  if (fetched.code === 0) return true
  if (/couldn't find remote ref/i.test(fetched.stderr)) return false
  throw new UserError(`The branch ${branch} cannot be read: ${fetched.stderr.trim().split('\n').at(-1)}`, {
    cure: 'Give the job the permission to read the repository (permissions: contents: read).',
  })
}

function mayNot(branch: string, said: string): UserError {
  return new UserError(`The branch ${branch} cannot be written: ${said.trim().split('\n').at(-1)}`, {
    cure: "Add to the workflow's job:\npermissions:\n  contents: write",
  })
}

function urlOf({ context }: Start): string {
  return `${context.serverUrl}/${context.repository}.git`
}

async function inClone<T>(run: Start, work: (folder: string, call: Git) => Promise<T>): Promise<T> {
  const { context, settings } = run
  const folder = await mkdtemp(join(context.temp, 'mayfly-data-'))
  const secret = credentialsOf({ serverUrl: context.serverUrl, token: settings.token })
  const call: Git = (args) => git(folder, args, context.environment, secret)
  try {
    await must(call(['init', '--quiet']))
    return await work(folder, call)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
