import { countChanges, resolveCommit } from '../git.ts'
import { closePull, mergePull, openPull, reopenPull } from '../pulls.ts'
import { Refusal, validationFailed } from '../refusal.ts'
import { fullPullShape, pullShape } from '../shapes/pull.ts'
import type { Pull, Repository } from '../state.ts'
import { findPull, flag, type Needs, type RepositoryCall, type Routes, text } from './route.ts'

const READ: Needs = [['pull_requests', 'read']]
const WRITE: Needs = [['pull_requests', 'write']]

export const pullRoutes: Routes = {
  'pulls/list': {
    needs: READ,
    serve: (call) => ({ list: select(call).map((pull) => pullShape(call.links, call.state, call.repository, pull)) }),
  },
  'pulls/get': { needs: READ, serve: async (call) => ({ status: 200, body: await full(call, findPull(call)) }) },
  'pulls/create': {
    needs: WRITE,
    serve: async (call) => {
      const { repository: headRepository, ref: headRef } = findHead(call)
      const title = text(call.body, 'title')
      if (title === undefined) throw validationFailed('PullRequest', 'title', 'missing_field')
      const pull = await openPull(call.state, call.repository, {
        title,
        body: text(call.body, 'body') ?? null,
        draft: flag(call.body, 'draft') ?? false,
        user: call.user,
        headRepository,
        headRef,
        baseRef: text(call.body, 'base') ?? '',
      })
      return { status: 201, body: await full(call, pull) }
    },
  },
  'pulls/update': {
    needs: WRITE,
    serve: async (call) => {
      const pull = findPull(call)
      const base = text(call.body, 'base')
      if (base !== undefined) await rebase(call.repository, pull, base)
      pull.title = text(call.body, 'title') ?? pull.title
      pull.body = text(call.body, 'body') ?? pull.body
      pull.updatedAt = call.state.now()
      const wanted = text(call.body, 'state')
      if (wanted === 'closed') await closePull(call.state, call.repository, pull)
      if (wanted === 'open') await reopenPull(call.state, call.repository, pull)
      return { status: 200, body: await full(call, pull) }
    },
  },
  'pulls/merge': {
    needs: [['contents', 'write']],
    serve: async (call) => {
      const method = text(call.body, 'merge_method') ?? 'merge'
      if (method === 'rebase') throw new Refusal(405, 'Rebase merges are not allowed on this repository.')
      const [title, message, expected] = ['commit_title', 'commit_message', 'sha'].map((key) => text(call.body, key))
      const sha = await mergePull(call.state, call.repository, findPull(call), {
        by: call.user,
        method: method === 'squash' ? 'squash' : 'merge',
        ...(title === undefined ? {} : { title }),
        ...(message === undefined ? {} : { message }),
        ...(expected === undefined ? {} : { expected }),
      })
      return { status: 200, body: { sha, merged: true, message: 'Pull Request successfully merged' } }
    },
  },
}

async function full(call: RepositoryCall, pull: Pull) {
  const changes = await countChanges(call.repository.directory, pull.base, pull.head)
  return fullPullShape(call.links, call.state, call.repository, pull, changes)
}

/** Newest first unless asked otherwise; sorting by popularity is by age here, nothing is popular. */
function select({ repository, query }: RepositoryCall): Pull[] {
  const state = query.get('state') ?? 'open'
  const [head, base] = [query.get('head'), query.get('base')]
  const byUpdate = query.get('sort') === 'updated'
  const pulls = [...repository.pulls.values()].filter(
    (pull) =>
      (state === 'all' || pull.state === state) &&
      (base === null || pull.baseRef === base) &&
      // GitHub ignores a `head` without its owner.
      (!head?.includes(':') || `${pull.headRepository.owner.login}:${pull.headRef}`.toLowerCase() === head.toLowerCase()),
  )
  pulls.sort((a, b) =>
    byUpdate ? Date.parse(a.updatedAt) - Date.parse(b.updatedAt) || a.number - b.number : a.number - b.number,
  )
  const descending =
    (query.get('direction') ?? (query.has('sort') && !byUpdate && query.get('sort') !== 'created' ? 'asc' : 'desc')) === 'desc'
  return descending ? pulls.reverse() : pulls
}

/** `head` of a new pull request: `branch`, or `owner:branch` for a fork. */
function findHead({ state, repository, body }: RepositoryCall): { repository: Repository; ref: string } {
  const head = text(body, 'head') ?? ''
  const [owner, ref] = head.includes(':') ? head.split(':', 2) : [repository.owner.login, head]
  const family = [...state.repositories.values()].filter((other) => other === repository || other.parent === repository)
  const found = family.find((other) => other.owner.login.toLowerCase() === owner?.toLowerCase())
  if (!found || !ref) throw validationFailed('PullRequest', 'head', 'invalid')
  return { repository: found, ref }
}

async function rebase(repository: Repository, pull: Pull, base: string): Promise<void> {
  const commit = await resolveCommit(repository.directory, base)
  if (commit === undefined) throw validationFailed('PullRequest', 'base', 'invalid')
  pull.baseRef = base
  pull.base = commit
}
