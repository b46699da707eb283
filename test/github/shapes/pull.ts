/** Pull requests, their issues, labels and comments in the words of GitHub's REST interface. */
import type { Comment, Label, Pull, Repository, State, User } from '../state.ts'
import { apiOf, htmlOf, type Links, nodeId, repositoryShape, userShape } from './repository.ts'

export function labelShape(links: Links, repository: Repository, label: Label) {
  return {
    id: label.id,
    node_id: nodeId('LA', label.id),
    url: `${apiOf(links, repository)}/labels/${encodeURIComponent(label.name)}`,
    name: label.name,
    color: 'ededed',
    default: false,
    description: null,
  }
}

export function commentShape(links: Links, repository: Repository, comment: Comment) {
  return {
    id: comment.id,
    node_id: nodeId('IC', comment.id),
    url: `${apiOf(links, repository)}/issues/comments/${comment.id}`,
    html_url: commentPage(links, repository, comment),
    issue_url: `${apiOf(links, repository)}/issues/${comment.issue}`,
    user: userShape(links, comment.user),
    body: comment.body,
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: association(repository, comment.user),
    performed_via_github_app: null,
  }
}

export function commentPage(links: Links, repository: Repository, comment: Comment): string {
  return `${htmlOf(links, repository)}/pull/${comment.issue}#issuecomment-${comment.id}`
}

function association(repository: Repository, user: User): 'OWNER' | 'NONE' | 'CONTRIBUTOR' {
  if (user === repository.owner) return 'OWNER'
  return user.type === 'Bot' ? 'NONE' : 'CONTRIBUTOR'
}

/** What lists and events show of a pull request. */
export function pullShape(links: Links, state: State, repository: Repository, pull: Pull) {
  const api = apiOf(links, repository)
  const url = `${api}/pulls/${pull.number}`
  const issue = `${api}/issues/${pull.number}`
  const html = `${htmlOf(links, repository)}/pull/${pull.number}`
  const statuses = `${api}/statuses/${pull.head}`
  const href = (text: string) => ({ href: text })
  const side = (place: Repository, ref: string, sha: string) => ({
    label: `${place.owner.login}:${ref}`,
    ref,
    sha,
    user: userShape(links, place.owner),
    repo: repositoryShape(links, state, place),
  })
  return {
    id: pull.id,
    node_id: nodeId('PR', pull.id),
    number: pull.number,
    url,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issue,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${api}/pulls/comments{/number}`,
    comments_url: `${issue}/comments`,
    statuses_url: statuses,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: userShape(links, pull.user),
    body: pull.body,
    labels: pull.labels.map((label) => labelShape(links, repository, label)),
    milestone: null,
    active_lock_reason: null,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt,
    merged_at: pull.mergedAt,
    merge_commit_sha: pull.mergeCommit ?? null,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    head: { ...side(pull.headRepository, pull.headRef, pull.head), ...(pull.headDeleted ? { repo: null } : {}) },
    base: side(repository, pull.baseRef, pull.base),
    _links: {
      self: href(url),
      html: href(html),
      issue: href(issue),
      comments: href(`${issue}/comments`),
      review_comments: href(`${url}/comments`),
      review_comment: href(`${api}/pulls/comments{/number}`),
      commits: href(`${url}/commits`),
      statuses: href(statuses),
    },
    author_association: association(repository, pull.user),
    auto_merge: null,
    draft: pull.draft,
  }
}

export interface Changes {
  commits: number
  additions: number
  deletions: number
  changedFiles: number
}

/** What `GET /repos/{owner}/{repo}/pulls/{number}` and the webhooks show. */
export function fullPullShape(links: Links, state: State, repository: Repository, pull: Pull, changes: Changes) {
  const mergeable = pull.state === 'open' ? pull.mergeCommit !== undefined : null
  const mergeableState = mergeable === null ? 'unknown' : !mergeable ? 'dirty' : pull.draft ? 'draft' : 'clean'
  return {
    ...pullShape(links, state, repository, pull),
    merged: pull.mergedAt !== null,
    mergeable,
    rebaseable: mergeable,
    mergeable_state: mergeableState,
    merged_by: pull.mergedBy ? userShape(links, pull.mergedBy) : null,
    comments: commentsOf(repository, pull.number).length,
    review_comments: 0,
    maintainer_can_modify: pull.headRepository !== repository,
    commits: changes.commits,
    additions: changes.additions,
    deletions: changes.deletions,
    changed_files: changes.changedFiles,
  }
}

/** A pull request as the issue that it is too. */
export function issueShape(links: Links, repository: Repository, pull: Pull) {
  const url = `${apiOf(links, repository)}/issues/${pull.number}`
  const html = `${htmlOf(links, repository)}/pull/${pull.number}`
  return {
    id: pull.id,
    node_id: nodeId('PR', pull.id),
    url,
    repository_url: apiOf(links, repository),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: html,
    number: pull.number,
    state: pull.state,
    title: pull.title,
    body: pull.body,
    user: userShape(links, pull.user),
    labels: pull.labels.map((label) => labelShape(links, repository, label)),
    assignee: null,
    assignees: [],
    milestone: null,
    locked: false,
    comments: commentsOf(repository, pull.number).length,
    pull_request: {
      url: `${apiOf(links, repository)}/pulls/${pull.number}`,
      html_url: html,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      merged_at: pull.mergedAt,
    },
    closed_at: pull.closedAt,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    draft: pull.draft,
    author_association: association(repository, pull.user),
  }
}

/** Oldest first, as GitHub lists them. */
export function commentsOf(repository: Repository, number: number): Comment[] {
  return [...repository.comments.values()].filter((comment) => comment.issue === number)
}
