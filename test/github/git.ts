/** Real bare repositories, through git's own plumbing. Nothing here knows pull requests. */
import { spawn } from 'node:child_process'
import { appendFile, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** A pull request's hidden refs may be fetched but not pushed; any commit may be asked for by its hash, as on GitHub. */
const SETTINGS = `
[http]
\treceivepack = true
[receive]
\thideRefs = refs/pull
[uploadpack]
\tallowAnySHA1InWant = true
\tallowFilter = true
[gc]
\tauto = 0
`

export interface Person {
  name: string
  email: string
}

export interface CommitObject {
  sha: string
  tree: string
  parents: string[]
  author: Person & { date: string }
  committer: Person & { date: string }
  message: string
}

/** An environment in which no configuration of the machine or its user changes what git does. */
export function gitEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    HOME: '/nonexistent',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    ...extra,
  }
}

interface GitOptions {
  input?: string | Buffer
  env?: Record<string, string>
  /** Exit codes that are an answer, not a failure; only 0 by default. */
  accept?: readonly number[]
}

async function git(
  directory: string,
  args: readonly string[],
  options: GitOptions = {},
): Promise<{ code: number; stdout: string }> {
  const child = spawn('git', ['-C', directory, ...args], { env: gitEnvironment(options.env), stdio: 'pipe' })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  // git may end before it has read everything; its exit code tells.
  child.stdin.on('error', () => {})
  child.stdin.end(options.input)
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => resolve(status ?? 128))
  })
  if (!(options.accept ?? [0]).includes(code)) throw new Error(`git ${args.join(' ')} ended with ${code}: ${stderr.trim()}`)
  return { code, stdout }
}

export async function initBare(directory: string, branch: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  await git(directory, ['init', '--quiet', '--bare', `--initial-branch=${branch}`])
  await configure(directory)
}

export async function cloneBare(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  await git(to, ['clone', '--quiet', '--bare', '--no-hardlinks', from, '.'])
  await configure(to)
}

async function configure(directory: string): Promise<void> {
  await appendFile(join(directory, 'config'), SETTINGS)
}

/** Every ref with the commit that it leads to. */
export async function readRefs(directory: string): Promise<Map<string, string>> {
  const { stdout } = await git(directory, ['for-each-ref', '--format=%(objectname) %(*objectname) %(refname)'])
  return new Map(
    stdout.split('\n').flatMap((line) => {
      const [tag, commit, ref] = line.split(' ')
      return tag !== undefined && ref !== undefined ? [[ref, commit || tag] as const] : []
    }),
  )
}

/** The commit that a name, a ref or a hash leads to; undefined where it leads nowhere. */
export async function resolveCommit(directory: string, name: string): Promise<string | undefined> {
  if (name.startsWith('-') || /[\s:^~]|@\{|\.\./.test(name)) return undefined
  for (const candidate of [`refs/heads/${name}`, `refs/tags/${name}`, `refs/${name}`, name]) {
    const { code, stdout } = await git(
      directory,
      ['rev-parse', '--verify', '--quiet', '--end-of-options', `${candidate}^{commit}`],
      {
        accept: [0, 1, 128],
      },
    )
    if (code === 0) return stdout.trim()
  }
  return undefined
}

export async function readCommit(directory: string, sha: string): Promise<CommitObject> {
  const format = ['%H', '%T', '%P', '%an', '%ae', '%aI', '%cn', '%ce', '%cI', '%B'].join('%x00')
  const { stdout } = await git(directory, ['log', '-1', `--format=${format}`, sha, '--'])
  const [hash = '', tree = '', parents = '', an = '', ae = '', ad = '', cn = '', ce = '', cd = '', message = ''] =
    stdout.split('\0')
  return {
    sha: hash,
    tree,
    parents: parents.split(' ').filter((parent) => parent !== ''),
    author: { name: an, email: ae, date: utc(ad) },
    committer: { name: cn, email: ce, date: utc(cd) },
    message: message.trimEnd(),
  }
}

/** Moves a ref, or makes it. Fails where it is not at `from` any more. */
export async function updateRef(directory: string, ref: string, to: string, from?: string): Promise<void> {
  await git(directory, ['update-ref', ref, to, ...(from === undefined ? [] : [from])])
}

export async function deleteRef(directory: string, ref: string): Promise<void> {
  await git(directory, ['update-ref', '-d', ref])
}

/** Brings one ref and its commits over from another repository of ours. */
export async function fetchRef(directory: string, from: string, ref: string, to: string): Promise<void> {
  await git(directory, ['fetch', '--quiet', '--no-tags', from, `+${ref}:${to}`])
}

/** The tree of both merged; undefined where they conflict. */
export async function mergeTree(directory: string, base: string, head: string): Promise<string | undefined> {
  const { code, stdout } = await git(directory, ['merge-tree', '--write-tree', '--no-messages', base, head], { accept: [0, 1] })
  return code === 0 ? stdout.trim() : undefined
}

/** Whether everything in `commit` is in `of` already. */
export async function isAncestor(directory: string, commit: string, of: string): Promise<boolean> {
  return (await git(directory, ['merge-base', '--is-ancestor', commit, of], { accept: [0, 1] })).code === 0
}

export interface NewCommit {
  tree: string
  parents: readonly string[]
  message: string
  author: Person
  date: Date
}

export async function writeCommit(directory: string, commit: NewCommit): Promise<string> {
  const parents = commit.parents.flatMap((parent) => ['-p', parent])
  const env = signature(commit.author, commit.date)
  const { stdout } = await git(directory, ['commit-tree', commit.tree, ...parents, '-F', '-'], { input: commit.message, env })
  return stdout.trim()
}

/** The tree that all files of a directory make; what git ignores is left out. */
export async function treeOfDirectory(directory: string, from: string): Promise<string> {
  const index = join(directory, 'import-index')
  const env = { GIT_INDEX_FILE: index, GIT_DIR: directory, GIT_WORK_TREE: from }
  try {
    await git(from, ['add', '--all', '.'], { env })
    return (await git(from, ['write-tree'], { env })).stdout.trim()
  } finally {
    await rm(index, { force: true })
  }
}

/** The tree of a commit (or an empty one) with some files written and others, whose content is null, removed. */
export async function treeWith(
  directory: string,
  from: string | undefined,
  files: Readonly<Record<string, string | Buffer | null>>,
): Promise<string> {
  const index = join(directory, 'edit-index')
  const env = { GIT_INDEX_FILE: index, GIT_DIR: directory }
  try {
    await git(directory, from === undefined ? ['read-tree', '--empty'] : ['read-tree', from], { env })
    for (const [path, content] of Object.entries(files)) {
      if (content === null) await git(directory, ['update-index', '--force-remove', '--', path], { env })
      else {
        const { stdout } = await git(directory, ['hash-object', '-w', '--stdin'], { input: content })
        await git(directory, ['update-index', '--add', '--cacheinfo', `100644,${stdout.trim()},${path}`], { env })
      }
    }
    return (await git(directory, ['write-tree'], { env })).stdout.trim()
  } finally {
    await rm(index, { force: true })
  }
}

/** How much a pull request changes, counted from where the two parted. */
export async function countChanges(directory: string, base: string, head: string) {
  const [{ stdout: lines }, { stdout: commits }] = await Promise.all([
    git(directory, ['diff', '--numstat', `${base}...${head}`]),
    git(directory, ['rev-list', '--count', `${base}..${head}`]),
  ])
  const rows = lines.split('\n').filter((line) => line !== '')
  const sum = (column: number) => rows.reduce((total, row) => total + (Number(row.split('\t')[column]) || 0), 0)
  return { commits: Number(commits), additions: sum(0), deletions: sum(1), changedFiles: rows.length }
}

function signature({ name, email }: Person, date: Date): Record<string, string> {
  const time = `${Math.floor(date.getTime() / 1000)} +0000`
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_AUTHOR_DATE: time,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
    GIT_COMMITTER_DATE: time,
  }
}

function utc(date: string): string {
  return `${new Date(date).toISOString().slice(0, 19)}Z`
}
