import { notFound, Refusal, validationFailed } from '../refusal.ts'
import { isObject } from '../schema.ts'
import { commentShape, commentsOf, issueShape, labelShape } from '../shapes/pull.ts'
import type { Comment, Pull, Repository, State, User } from '../state.ts'
import { findPull, list, type Needs, type RepositoryCall, type Routes, text } from './route.ts'

/** A comment's longest body, in characters. Not in GitHub's description. */
const LONGEST_COMMENT = 65_536

/** A pull request's comments and labels are its issue's: either permission does. */
const READ: Needs = [
  ['issues', 'read'],
  ['pull_requests', 'read'],
]
const WRITE: Needs = [
  ['issues', 'write'],
  ['pull_requests', 'write'],
]

export const issueRoutes: Routes = {
  'issues/get': {
    needs: READ,
    serve: (call) => ({ status: 200, body: issueShape(call.links, call.repository, findPull(call)) }),
  },
  'issues/list-comments': {
    needs: READ,
    serve: (call) => {
      const since = Date.parse(call.query.get('since') ?? '') || 0
      const comments = commentsOf(call.repository, findPull(call).number).filter(
        (comment) => Date.parse(comment.updatedAt) >= since,
      )
      return { list: comments.map((comment) => commentShape(call.links, call.repository, comment)) }
    },
  },
  'issues/get-comment': {
    needs: READ,
    serve: (call) => ({ status: 200, body: commentShape(call.links, call.repository, findComment(call)) }),
  },
  'issues/create-comment': {
    needs: WRITE,
    serve: (call) => {
      const comment = addComment(call.state, call.repository, findPull(call), call.user, readBody(call))
      return { status: 201, body: commentShape(call.links, call.repository, comment) }
    },
  },
  'issues/update-comment': {
    needs: WRITE,
    serve: (call) => {
      const comment = findComment(call)
      comment.body = readBody(call)
      comment.updatedAt = call.state.now()
      return { status: 200, body: commentShape(call.links, call.repository, comment) }
    },
  },
  'issues/delete-comment': {
    needs: WRITE,
    serve: (call) => {
      call.repository.comments.delete(findComment(call).id)
      return { status: 204 }
    },
  },
  'issues/list-labels-on-issue': {
    needs: READ,
    serve: (call) => ({ list: labelShapes(call, findPull(call)) }),
  },
  'issues/add-labels': {
    needs: WRITE,
    serve: (call) => {
      const pull = findPull(call)
      for (const label of list(call.body, 'labels')) addLabel(call.state, call.repository, pull, nameOf(label))
      return { status: 200, body: labelShapes(call, pull) }
    },
  },
  'issues/remove-label': {
    needs: WRITE,
    serve: (call) => {
      const pull = findPull(call)
      if (!removeLabel(pull, call.parameters.name ?? '')) throw new Refusal(404, 'Label does not exist')
      return { status: 200, body: labelShapes(call, pull) }
    },
  },
}

export function addComment(state: State, repository: Repository, pull: Pull, user: User, body: string): Comment {
  const now = state.now()
  const comment = { id: state.nextId(), issue: pull.number, user, body, createdAt: now, updatedAt: now }
  repository.comments.set(comment.id, comment)
  return comment
}

/** Labels are compared without regard to case; the first writing stays. */
export function addLabel(state: State, repository: Repository, pull: Pull, name: string): void {
  const key = name.toLowerCase()
  const label = repository.labels.get(key) ?? { id: state.nextId(), name }
  repository.labels.set(key, label)
  if (!pull.labels.includes(label)) pull.labels.push(label)
}

/** False where the pull request had no such label. */
export function removeLabel(pull: Pull, name: string): boolean {
  const kept = pull.labels.filter((label) => label.name.toLowerCase() !== name.toLowerCase())
  const removed = kept.length < pull.labels.length
  pull.labels = kept
  return removed
}

function findComment({ repository, parameters }: RepositoryCall): Comment {
  const comment = repository.comments.get(Number(parameters.comment_id))
  if (!comment) throw notFound()
  return comment
}

function readBody(call: RepositoryCall): string {
  const body = text(call.body, 'body') ?? ''
  if (body.trim() === '') throw validationFailed('IssueComment', 'body', 'missing_field')
  if ([...body].length > LONGEST_COMMENT) {
    throw validationFailed('IssueComment', 'body', 'custom', `body is too long (maximum is ${LONGEST_COMMENT} characters)`)
  }
  return body
}

function nameOf(label: unknown): string {
  return typeof label === 'string' ? label : isObject(label) ? String(label.name) : ''
}

function labelShapes(call: RepositoryCall, pull: Pull) {
  return pull.labels.map((label) => labelShape(call.links, call.repository, label))
}
