import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '@mayfly/core'
import { DIFF_ARGUMENTS } from '@mayfly/coverage'
import { credentialsOf, git } from './git.ts'

/** Where a commit comes from: what it can be compared with, and what it changes. */
export interface Lineage {
  mergeBase: string
  /** The merge base and what came before it on its own branch, the newest first; at most 21. */
  ancestors: string[]
  /** `git diff -U0` from the merge base to the commit. */
  diff: string
  /** Every file that is tracked at the commit. */
  files: string[]
}

export interface LineageRequest {
  workspace: string
  temp: string
  serverUrl: string
  repository: string
  token: string
  /** The commit. */
  head: string
  /** The branch that it is to be merged into; on a push, undefined: what came before it on its own branch. */
  baseRef: string | undefined
  pullRequest: number | undefined
  url?: string
  environment: Readonly<Record<string, string | undefined>>
}

const DEPTHS = [50, 400, 3000, 100_000]
const ANCESTORS = 21

/**
 * Finds the merge base and the difference to it in repositories of its own: a shallow checkout is neither made deeper nor
 * touched. Commits are fetched without their content, deeper and deeper until there is a merge base.
 * @throws UserError where the commits cannot be fetched or share no history.
 */
export async function readLineage(request: LineageRequest): Promise<Lineage> {
  const folder = await mkdtemp(join(request.temp, 'mayfly-lineage-'))
  try {
    const { mergeBase, ancestors } = await historyOf(request, folder)
    return { mergeBase, ancestors, ...(await contentOf(request, folder, mergeBase)) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What changed between two commits, as `git diff` with DIFF_ARGUMENTS; in a repository of its own. */
export async function readDiff(request: LineageRequest, from: string): Promise<string> {
  const folder = await mkdtemp(join(request.temp, 'mayfly-diff-'))
  try {
    return (await contentOf(request, folder, from)).diff
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function historyOf(request: LineageRequest, folder: string): Promise<Pick<Lineage, 'mergeBase' | 'ancestors'>> {
  const { head, baseRef, environment } = request
  const own = join(folder, 'history')
  await git(folder, ['init', '--quiet', '--bare', own], environment)
  const base = baseRef === undefined ? [] : [`+refs/heads/${baseRef}:refs/mayfly/base`]
  let before = -1
  for (const depth of DEPTHS) {
    await fetchInto(request, own, [`--depth=${depth}`, '--filter=tree:0'], [...(await headRefs(request, own, depth)), ...base])
    if (baseRef === undefined) return { mergeBase: head, ancestors: await firstParents(request, own, `${head}^`) }
    const found = await git(own, ['merge-base', 'refs/mayfly/base', head], environment)
    const mergeBase = found.stdout.trim()
    if (found.code === 0) return { mergeBase, ancestors: await firstParents(request, own, mergeBase) }
    // Nothing more came: what is there is all of it.
    const count = Number((await git(own, ['rev-list', '--count', '--all'], environment)).stdout.trim())
    if (count === before) break
    before = count
  }
  throw new UserError(`${head.slice(0, 7)} and ${baseRef} share no history.`, {
    cure: 'There is nothing to compare with; rebase the branch if that is not meant.',
  })
}

/** A fork's commit is reachable in the base repository only under the pull request's own ref. */
async function headRefs(request: LineageRequest, own: string, depth: number): Promise<string[]> {
  const { head, pullRequest } = request
  const direct = `+${head}:refs/mayfly/head`
  if (pullRequest === undefined) return [direct]
  const asked = await fetchOnce(request, own, [`--depth=${depth}`, '--filter=tree:0'], [direct])
  return asked.code === 0 ? [direct] : [`+refs/pull/${pullRequest}/head:refs/mayfly/head`]
}

async function firstParents({ environment }: LineageRequest, own: string, from: string): Promise<string[]> {
  const listed = await git(own, ['rev-list', '--first-parent', `--max-count=${ANCESTORS}`, from], environment)
  return listed.code === 0 ? listed.stdout.split('\n').filter((line) => line !== '') : []
}

async function contentOf(request: LineageRequest, folder: string, mergeBase: string): Promise<Pick<Lineage, 'diff' | 'files'>> {
  const { head, environment } = request
  const own = join(folder, 'content')
  await git(folder, ['init', '--quiet', '--bare', own], environment)
  await fetchInto(request, own, ['--depth=1'], await headRefs(request, own, 1))
  if (mergeBase !== head) await fetchInto(request, own, ['--depth=1'], [mergeBase])
  const [diff, files] = await Promise.all([
    mergeBase === head ? undefined : git(own, [...DIFF_ARGUMENTS, mergeBase, head], environment),
    git(own, ['ls-tree', '-r', '-z', '--name-only', head], environment),
  ])
  if (files.code !== 0 || (diff !== undefined && diff.code !== 0)) {
    throw new Error(`git cannot compare ${mergeBase} with ${head}: ${diff?.stderr ?? ''}${files.stderr}`)
  }
  return { diff: diff?.stdout ?? '', files: files.stdout.split('\0').filter((path) => path !== '') }
}

async function fetchInto(request: LineageRequest, own: string, how: readonly string[], refs: readonly string[]): Promise<void> {
  const fetched = await fetchOnce(request, own, how, refs)
  if (fetched.code === 0) return
  throw new UserError(`The history of ${request.repository} cannot be fetched: ${fetched.stderr.trim().split('\n').at(-1)}`, {
    cure: 'Give the job the permission to read the repository (permissions: contents: read).',
  })
}

function fetchOnce(request: LineageRequest, own: string, how: readonly string[], refs: readonly string[]) {
  const url = request.url ?? `${request.serverUrl}/${request.repository}.git`
  return git(own, ['fetch', '--quiet', '--no-tags', ...how, url, ...refs], request.environment, credentialsOf(request))
}
