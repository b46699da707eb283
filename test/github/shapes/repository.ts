/** Accounts and repositories in the words of GitHub's REST interface. */
import { findRepository, type Repository, type State, type User } from '../state.ts'
import type { Access } from '../types.ts'

/** Where the stand-in answers: `api` for REST, `html` for pages and git. */
export interface Links {
  api: string
  html: string
}

export const nodeId = (kind: string, id: number) => `${kind}_${Buffer.from(String(id)).toString('base64url')}`

export const apiOf = (links: Links, repository: Repository) => `${links.api}/repos/${repository.fullName}`
export const htmlOf = (links: Links, repository: Repository) => `${links.html}/${repository.fullName}`

export function userShape(links: Links, user: User) {
  const url = `${links.api}/users/${encodeURIComponent(user.login)}`
  const app = user.type === 'Bot' ? `apps/${user.login.replace(/\[bot\]$/, '')}` : user.login
  return {
    login: user.login,
    id: user.id,
    node_id: nodeId(user.type === 'Bot' ? 'BOT' : 'U', user.id),
    avatar_url: `${links.html}/avatars/${user.id}`,
    gravatar_id: '',
    url,
    html_url: `${links.html}/${app}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: user.type,
    user_view_type: 'public',
    site_admin: false,
  }
}

/** An account as `GET /user` shows it to others. */
export function accountShape(links: Links, state: State, user: User) {
  const since = { created_at: '2020-01-01T00:00:00Z', updated_at: '2020-01-01T00:00:00Z' }
  const about = { name: null, company: null, blog: '', location: null, email: null, hireable: null, bio: null }
  const repositories = [...state.repositories.values()].filter((repository) => repository.owner === user && !repository.private)
  const counts = { public_repos: repositories.length, public_gists: 0, followers: 0, following: 0 }
  return { ...userShape(links, user), ...about, ...counts, ...since }
}

/** Where each of a repository's parts is found, after the key that GitHub gives it. */
const PARTS = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
} as const

type PartUrls = Record<keyof typeof PARTS, string>

export function repositoryShape(links: Links, state: State, repository: Repository) {
  const api = apiOf(links, repository)
  const html = htmlOf(links, repository)
  const parts = Object.fromEntries(Object.entries(PARTS).map(([key, path]) => [key, api + path])) as PartUrls
  const open = [...repository.pulls.values()].filter((pull) => pull.state === 'open').length
  const forks = [...state.repositories.values()].filter((other) => other.parent === repository).length
  const host = links.html.replace(/^https?:/, '')
  return {
    id: repository.id,
    node_id: nodeId('R', repository.id),
    name: repository.name,
    full_name: repository.fullName,
    private: repository.private,
    owner: userShape(links, repository.owner),
    html_url: html,
    description: null,
    fork: repository.parent !== undefined,
    url: api,
    ...parts,
    git_url: `git:${host}/${repository.fullName}.git`,
    ssh_url: `ssh://git@${new URL(links.html).hostname}/${repository.fullName}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
    mirror_url: null,
    homepage: null,
    language: null,
    size: 0,
    forks_count: forks,
    forks,
    stargazers_count: 0,
    watchers_count: 0,
    watchers: 0,
    default_branch: repository.defaultBranch,
    open_issues_count: open,
    open_issues: open,
    is_template: false,
    topics: [],
    has_issues: true,
    has_projects: true,
    has_wiki: true,
    has_pages: false,
    has_downloads: true,
    has_discussions: false,
    archived: false,
    disabled: false,
    visibility: repository.private ? 'private' : 'public',
    allow_forking: true,
    web_commit_signoff_required: false,
    license: null,
    created_at: repository.createdAt,
    updated_at: repository.createdAt,
    pushed_at: repository.createdAt,
  }
}

/** A repository as `GET /repos/{owner}/{repo}` answers it to somebody with that access to its contents. */
export function fullRepositoryShape(links: Links, state: State, repository: Repository, contents: Access) {
  const parent = repository.parent && findRepository(state, repository.parent.fullName)
  const shape = parent && repositoryShape(links, state, parent)
  return {
    ...repositoryShape(links, state, repository),
    permissions: { admin: false, maintain: false, push: contents === 'write', triage: false, pull: contents !== 'none' },
    network_count: 0,
    subscribers_count: 0,
    ...(shape ? { parent: shape, source: shape } : {}),
  }
}
