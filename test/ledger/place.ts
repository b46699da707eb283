import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { command, silent } from '@mayfly/core'
import { type Entry, type Ledger, type LedgerOptions, openLedger } from '@mayfly/ledger'
import { gitEnvironment, initBare } from '../github/git.ts'

const PERSON = { GIT_AUTHOR_NAME: 'A', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'A', GIT_COMMITTER_EMAIL: 'a@b' }

/** A real bare repository with one commit, a checkout of it, and room for more. All of it is gone at the end of the block. */
export interface Place {
  directory: string
  remote: string
  checkout: string
  /** Fails the test where git fails. */
  git(folder: string, ...args: string[]): Promise<string>
  /** Commits files and pushes them to main; resolves with the hash. */
  commit(message: string, files?: Readonly<Record<string, string>>): Promise<string>
  /** Puts an object under a tag's name in the remote, whatever it says; resolves with its hash. */
  plant(tag: string, object: string | Buffer): Promise<string>
  ledger(options?: Partial<LedgerOptions>): Ledger
  entry(changes?: Partial<Entry>): Entry
  [Symbol.asyncDispose](): Promise<void>
}

export async function makePlace(): Promise<Place> {
  const directory = await mkdtemp(join(tmpdir(), `ledger-test-${process.pid}-`))
  const [remote, checkout] = [join(directory, 'remote.git'), join(directory, 'checkout')]
  const git = async (folder: string, ...args: string[]) => {
    const { code, stdout, stderr } = await command(['git', '-C', folder, ...args], { env: gitEnvironment(PERSON) })
    assert.equal(code, 0, `git ${args.join(' ')}: ${stderr}`)
    return stdout.trim()
  }
  await initBare(remote, 'main')
  await git(directory, 'clone', '--quiet', remote, checkout)
  const commit = async (message: string, files: Readonly<Record<string, string>> = {}) => {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(checkout, path)), { recursive: true })
      await writeFile(join(checkout, path), text)
    }
    await git(checkout, 'add', '--all')
    await git(checkout, 'commit', '--quiet', '--allow-empty', '--message', message)
    await git(checkout, 'push', '--quiet', 'origin', 'HEAD:main')
    return git(checkout, 'rev-parse', 'HEAD')
  }
  const first = await commit('Start', { 'web/a.txt': 'a\n' })
  return {
    directory,
    remote,
    checkout,
    git,
    commit,
    async plant(tag, object) {
      const args = ['git', '-C', remote, 'hash-object', '--literally', '-t', 'tag', '-w', '--stdin'] as const
      const written = await command(args, { env: gitEnvironment(), input: object })
      assert.equal(written.code, 0, written.stderr)
      await git(remote, 'update-ref', `refs/tags/${tag}`, written.stdout.trim())
      return written.stdout.trim()
    },
    ledger: (options) =>
      openLedger({
        directory: checkout,
        remote: `file://${remote}`,
        environment: ENVIRONMENT,
        log: silent,
        pause: 5,
        ...options,
      }),
    entry: (changes) => ({ ...SAMPLE, revision: first, ...changes }),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}

export const ENVIRONMENT = { PATH: process.env.PATH }

export const digestOf = (digit: string) => `sha256:${digit.repeat(64)}`

const SAMPLE: Entry = {
  name: 'web',
  version: '1.0.0',
  digest: digestOf('a'),
  repository: '127.0.0.1:5000/acme/shop/web',
  revision: '',
  key: 'k'.repeat(64),
  base: digestOf('b'),
  pullRequest: undefined,
  createdAt: new Date('2026-11-01T12:00:00Z'),
}

/** Everything that a person sees of a checkout: its refs, its state and what lies in it. */
export async function looksOf(place: Place, checkout: string): Promise<string> {
  const refs = await place.git(checkout, 'for-each-ref')
  const status = await place.git(checkout, 'status', '--porcelain', '--branch')
  const head = await place.git(checkout, 'rev-parse', 'HEAD')
  const folder = await place.git(checkout, 'rev-parse', '--path-format=absolute', '--git-dir')
  const objects = await place.git(checkout, 'count-objects', '--verbose')
  return [refs, status, head, (await readdir(folder)).sort().join(' '), objects].join('\n')
}

/**
 * A `git` that writes down its arguments before it does what it is told. `around` is shell, run for call number `$n`; it
 * calls `real` for the real one.
 */
export async function watchedGit(place: Place, around = 'real'): Promise<{ path: string; calls: () => Promise<string[]> }> {
  const path = await mkdtemp(join(place.directory, 'watched-'))
  const log = join(path, 'calls')
  const real = (await command(['sh', '-c', 'command -v git'], { env: gitEnvironment() })).stdout.trim()
  const script = `#!/bin/sh
echo "$@" >> ${log}
n=$(($(wc -l < ${log})))
real() { ${real} "$@"; }
wrapped() { ${around} "$@"; }
wrapped "$@"
`
  await writeFile(join(path, 'git'), script)
  await chmod(join(path, 'git'), 0o755)
  const calls = async () => (await readFile(log, 'utf8')).trim().split('\n')
  return { path: `${path}:${process.env.PATH}`, calls }
}
