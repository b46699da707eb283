/** Pull requests as git sees them: heads that follow their branches, refs/pull/N/head and refs/pull/N/merge, and merging. */
import { deleteRef, fetchRef, isAncestor, mergeTree, readRefs, updateRef, writeCommit } from './git.ts'
import { Refusal, validationFailed } from './refusal.ts'
import { inTurn, type Pull, type Repository, type State, type User } from './state.ts'

/** Brings every open pull request of the repository up to what was pushed since. */
export function follow(state: State, repository: Repository): Promise<void> {
  return inTurn(repository, () => followNow(state, repository))
}

/** After a push: it may move a pull request here or, where this is a fork, one of the parent's. */
export async function followFamily(state: State, repository: Repository): Promise<void> {
  await follow(state, repository)
  if (repository.parent) await follow(state, repository.parent)
}

async function followNow(state: State, repository: Repository): Promise<void> {
  const open = [...repository.pulls.values()].filter((pull) => pull.state === 'open')
  if (open.length === 0) return
  const refsOf = new Map<Repository, Map<string, string>>()
  for (const place of new Set([repository, ...open.filter((pull) => !pull.headDeleted).map((pull) => pull.headRepository)]))
    refsOf.set(place, await readRefs(place.directory))
  const own = refsOf.get(repository)
  for (const pull of open) {
    const head = pull.headDeleted ? pull.head : refsOf.get(pull.headRepository)?.get(`refs/heads/${pull.headRef}`)
    const base = own?.get(`refs/heads/${pull.baseRef}`)
    // GitHub closes a pull request when either of its branches is deleted.
    if (head === undefined || base === undefined) await close(state, repository, pull)
    else await moveTo(state, repository, pull, { head, base })
  }
}

async function moveTo(state: State, repository: Repository, pull: Pull, at: { head: string; base: string }): Promise<void> {
  if (`${at.base} ${at.head}` === pull.mergedFrom) return
  if (at.head !== pull.head) {
    pull.before = pull.head
    pull.head = at.head
    pull.updatedAt = state.now()
  }
  pull.base = at.base
  pull.mergedFrom = `${at.base} ${at.head}`
  const ref = `refs/pull/${pull.number}`
  if (pull.headRepository === repository) await updateRef(repository.directory, `${ref}/head`, at.head)
  else if (!pull.headDeleted)
    await fetchRef(repository.directory, pull.headRepository.directory, `refs/heads/${pull.headRef}`, `${ref}/head`)
  const tree = await mergeTree(repository.directory, at.base, at.head)
  pull.mergeCommit =
    tree && (await writeMerge(state, repository, pull, tree, `Merge ${at.head} into ${at.base}`, state.user('web-flow')))
  if (pull.mergeCommit) await updateRef(repository.directory, `${ref}/merge`, pull.mergeCommit)
  else await deleteRef(repository.directory, `${ref}/merge`)
}

export interface NewPull {
  title: string
  body: string | null
  draft: boolean
  user: User
  headRepository: Repository
  headRef: string
  baseRef: string
}

/** Opens a pull request. Refused, in GitHub's words, where there is nothing to merge or one is open already. */
export function openPull(state: State, repository: Repository, wanted: NewPull): Promise<Pull> {
  return inTurn(repository, async () => {
    const head = (await readRefs(wanted.headRepository.directory)).get(`refs/heads/${wanted.headRef}`)
    const base = (await readRefs(repository.directory)).get(`refs/heads/${wanted.baseRef}`)
    if (head === undefined) throw validationFailed('PullRequest', 'head', 'invalid')
    if (base === undefined) throw validationFailed('PullRequest', 'base', 'invalid')
    const label = `${wanted.headRepository.owner.login}:${wanted.headRef}`
    for (const other of repository.pulls.values()) {
      const same =
        other.headRepository === wanted.headRepository && other.headRef === wanted.headRef && other.baseRef === wanted.baseRef
      if (same && other.state === 'open')
        throw validationFailed('PullRequest', undefined, 'custom', `A pull request already exists for ${label}.`)
    }
    const number = repository.pulls.size + 1
    const now = state.now()
    const times = { createdAt: now, updatedAt: now, closedAt: null, mergedAt: null }
    const merge = { headDeleted: false, mergeCommit: undefined, mergedFrom: '', mergedBy: undefined }
    const pull: Pull = {
      ...wanted,
      ...times,
      ...merge,
      id: state.nextId(),
      number,
      state: 'open',
      labels: [],
      head,
      before: head,
      base,
    }
    await moveTo(state, repository, pull, { head, base })
    if (await isAncestor(repository.directory, head, base)) {
      for (const kind of ['head', 'merge']) await deleteRef(repository.directory, `refs/pull/${number}/${kind}`)
      const message = `No commits between ${wanted.baseRef} and ${wanted.headRef}`
      throw validationFailed('PullRequest', undefined, 'custom', message)
    }
    repository.pulls.set(number, pull)
    return pull
  })
}

export function closePull(state: State, repository: Repository, pull: Pull): Promise<void> {
  return inTurn(repository, () => close(state, repository, pull))
}

/** The head's ref outlives the pull request, the test merge does not. */
async function close(state: State, repository: Repository, pull: Pull): Promise<void> {
  if (pull.state === 'closed') return
  pull.state = 'closed'
  pull.closedAt = state.now()
  pull.updatedAt = pull.closedAt
  await deleteRef(repository.directory, `refs/pull/${pull.number}/merge`)
}

export function reopenPull(state: State, repository: Repository, pull: Pull): Promise<void> {
  return inTurn(repository, async () => {
    if (pull.state === 'open') return
    if (pull.mergedAt !== null)
      throw validationFailed('PullRequest', 'state', 'custom', 'state cannot be changed. The pull request has been merged.')
    const refs = await readRefs(pull.headRepository.directory)
    if (pull.headDeleted || !refs.has(`refs/heads/${pull.headRef}`)) {
      throw validationFailed(
        'PullRequest',
        'state',
        'custom',
        `state cannot be changed. The ${pull.headRef} branch has been deleted.`,
      )
    }
    pull.state = 'open'
    pull.closedAt = null
    pull.updatedAt = state.now()
    pull.mergedFrom = ''
    await followNow(state, repository)
  })
}

export interface MergeOptions {
  by: User
  method?: 'merge' | 'squash'
  title?: string
  message?: string
  /** The head that the caller means. */
  expected?: string
}

/** Merges into the base branch and closes. Refuses as GitHub does; the branch is left. */
export function mergePull(state: State, repository: Repository, pull: Pull, options: MergeOptions): Promise<string> {
  return inTurn(repository, async () => {
    await followNow(state, repository)
    if (pull.state !== 'open' || pull.draft || !pull.mergeCommit) throw new Refusal(405, 'Pull Request is not mergeable')
    if (options.expected !== undefined && options.expected !== pull.head) {
      throw new Refusal(409, 'Head branch was modified. Review and try the merge again.')
    }
    const { directory } = repository
    const tree = await mergeTree(directory, pull.base, pull.head)
    if (tree === undefined) throw new Refusal(405, 'Pull Request is not mergeable')
    const squash = options.method === 'squash'
    const from = `${pull.headRepository.owner.login}/${pull.headRef}`
    const title =
      options.title ?? (squash ? `${pull.title} (#${pull.number})` : `Merge pull request #${pull.number} from ${from}`)
    const text = `${title}\n\n${options.message ?? (squash ? '' : pull.title)}`.trimEnd()
    const sha = await writeMerge(state, repository, pull, tree, text, options.by, squash)
    await updateRef(directory, `refs/heads/${pull.baseRef}`, sha, pull.base)
    pull.mergeCommit = sha
    pull.mergedBy = options.by
    await close(state, repository, pull)
    pull.mergedAt = pull.closedAt
    return sha
  })
}

function writeMerge(
  state: State,
  repository: Repository,
  pull: Pull,
  tree: string,
  message: string,
  by: User,
  squash = false,
): Promise<string> {
  return writeCommit(repository.directory, {
    tree,
    parents: squash ? [pull.base] : [pull.base, pull.head],
    message,
    author: { name: by.login, email: `${by.id}+${by.login}@users.noreply.github.com` },
    date: state.clock(),
  })
}
