import { access, copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UserError } from '@mayfly/core'
import { git } from './git.ts'
import type { Ledger } from './ledger.ts'

/** What a checkout has, wherever its worktree keeps it. */
export interface Source {
  objects: string
  /** The file that lists where its history ends. */
  shallow: string
  isShallow: boolean
  /** Neither cut off (`--depth`) nor with holes (`--filter`). */
  isWhole: boolean
  /** `sha1` or `sha256`. */
  format: string
}

/** @throws UserError where the folder is no checkout. */
export async function findSource(ledger: Ledger): Promise<Source> {
  const paths = ['--path-format=absolute', '--git-path', 'objects', '--git-path', 'shallow', '--show-object-format']
  const { code, stdout, stderr } = await git(ledger, ['rev-parse', ...paths])
  const [objects = '', shallow = '', format = ''] = stdout.split('\n')
  if (code !== 0 || !/^sha(?:1|256)$/.test(format)) {
    throw new UserError(`${ledger.directory} is not a git checkout: ${stderr.trim().split('\n').at(-1)?.slice(0, 300)}`, {
      cure: 'Put actions/checkout before this step, or run it inside a clone.',
    })
  }
  const isShallow = await access(shallow).then(
    () => true,
    () => false,
  )
  // A pack that came through a filter has a file beside it that says so (gitrepository-layout, pack-*.promisor).
  const packs = await readdir(join(objects, 'pack')).catch(() => [])
  const isWhole = !isShallow && !packs.some((name) => name.endsWith('.promisor'))
  return { objects, shallow, isShallow, isWhole, format }
}

/**
 * Works in an empty repository of our own that is removed afterwards: the checkout's refs, objects and work tree stay as
 * they are, and its settings are never asked.
 * @param sees whether the checkout's objects are seen in it, as far as their history goes.
 */
export async function withStore<T>(
  source: Source,
  sees: 'checkout' | 'nothing',
  work: (store: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'mayfly-ledger-'))
  const store = join(directory, 'store.git')
  try {
    await makeBare(store, source.format)
    if (sees === 'checkout') {
      // A line is read up to its end, and one that starts with a quote as a C string (gitrepository-layout, alternates).
      await writeFile(join(store, 'objects', 'info', 'alternates'), `${JSON.stringify(source.objects)}\n`)
      if (source.isShallow) await copyFile(source.shallow, join(store, 'shallow'))
    }
    return await work(store)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** What `git init --bare` makes of it (gitrepository-layout), without starting it: every question needs one. */
async function makeBare(store: string, format: string): Promise<void> {
  await mkdir(join(store, 'objects', 'info'), { recursive: true })
  await mkdir(join(store, 'refs'))
  const sha256 = format === 'sha256'
  const config = `[core]\nrepositoryformatversion = ${sha256 ? 1 : 0}\nbare = true\n`
  await writeFile(join(store, 'config'), sha256 ? `${config}[extensions]\nobjectformat = sha256\n` : config)
  await writeFile(join(store, 'HEAD'), 'ref: refs/heads/main\n')
}

/** Whether a commit is in the store or in what it sees. */
export async function hasCommit(ledger: Ledger, store: string, commit: string): Promise<boolean> {
  return (await git(ledger, ['cat-file', '-e', `${commit}^{commit}`], { store })).code === 0
}
