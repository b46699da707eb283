/** Commits and what is said about them (deployments, check runs, statuses) in the words of GitHub's REST interface. */
import type { CommitObject } from '../git.ts'
import type { CheckRecord, DeploymentRecord, DeploymentStatusRecord, Repository, StatusRecord } from '../state.ts'
import { apiOf, htmlOf, type Links, nodeId, userShape } from './repository.ts'

const UNSIGNED = { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null }

/** git's own commit object, for `/git/commits`. */
export function gitCommitShape(links: Links, repository: Repository, commit: CommitObject) {
  const git = `${apiOf(links, repository)}/git`
  return {
    sha: commit.sha,
    node_id: `C_${commit.sha}`,
    url: `${git}/commits/${commit.sha}`,
    html_url: `${htmlOf(links, repository)}/commit/${commit.sha}`,
    author: commit.author,
    committer: commit.committer,
    message: commit.message,
    tree: { sha: commit.tree, url: `${git}/trees/${commit.tree}` },
    parents: parents(links, repository, commit, '/git'),
    verification: UNSIGNED,
  }
}

/** A commit with GitHub's accounts around it, for `/commits`; ours have none, which GitHub says with null. */
export function commitShape(links: Links, repository: Repository, commit: CommitObject) {
  const api = apiOf(links, repository)
  const url = `${api}/commits/${commit.sha}`
  return {
    sha: commit.sha,
    node_id: `C_${commit.sha}`,
    url,
    html_url: `${htmlOf(links, repository)}/commit/${commit.sha}`,
    comments_url: `${url}/comments`,
    commit: {
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
      url: `${api}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: UNSIGNED,
    },
    author: null,
    committer: null,
    parents: parents(links, repository, commit, ''),
  }
}

function parents(links: Links, repository: Repository, commit: CommitObject, under: string) {
  return commit.parents.map((sha) => ({
    sha,
    url: `${apiOf(links, repository)}${under}/commits/${sha}`,
    html_url: `${htmlOf(links, repository)}/commit/${sha}`,
  }))
}

export function refShape(links: Links, repository: Repository, ref: string, sha: string) {
  const git = `${apiOf(links, repository)}/git`
  return {
    ref,
    node_id: `REF_${Buffer.from(ref).toString('base64url')}`,
    url: `${git}/${ref}`,
    object: { type: 'commit', sha, url: `${git}/commits/${sha}` },
  }
}

export function deploymentShape(links: Links, repository: Repository, deployment: DeploymentRecord) {
  const url = `${apiOf(links, repository)}/deployments/${deployment.id}`
  return {
    url,
    id: deployment.id,
    node_id: nodeId('DE', deployment.id),
    sha: deployment.sha,
    ref: deployment.ref,
    task: deployment.task,
    payload: deployment.payload,
    original_environment: deployment.originalEnvironment,
    environment: deployment.environment,
    description: deployment.description,
    creator: userShape(links, deployment.creator),
    created_at: deployment.createdAt,
    updated_at: deployment.updatedAt,
    statuses_url: `${url}/statuses`,
    repository_url: apiOf(links, repository),
    transient_environment: deployment.transient,
    production_environment: deployment.production,
    performed_via_github_app: null,
  }
}

export function deploymentStatusShape(
  links: Links,
  repository: Repository,
  deployment: DeploymentRecord,
  status: DeploymentStatusRecord,
) {
  const url = `${apiOf(links, repository)}/deployments/${deployment.id}`
  return {
    url: `${url}/statuses/${status.id}`,
    id: status.id,
    node_id: nodeId('DES', status.id),
    state: status.state,
    creator: userShape(links, status.creator),
    description: status.description,
    environment: status.environment,
    target_url: status.logUrl,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    deployment_url: url,
    repository_url: apiOf(links, repository),
    environment_url: status.environmentUrl,
    log_url: status.logUrl,
    performed_via_github_app: null,
  }
}

export function checkShape(links: Links, repository: Repository, check: CheckRecord) {
  const url = `${apiOf(links, repository)}/check-runs/${check.id}`
  return {
    id: check.id,
    node_id: nodeId('CR', check.id),
    name: check.name,
    head_sha: check.sha,
    external_id: check.externalId,
    url,
    html_url: `${htmlOf(links, repository)}/runs/${check.id}`,
    details_url: check.detailsUrl,
    status: check.status,
    conclusion: check.conclusion ?? null,
    started_at: check.startedAt,
    completed_at: check.completedAt,
    output: {
      title: check.title ?? null,
      summary: check.summary ?? null,
      text: check.text ?? null,
      annotations_count: check.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: null,
    app: null,
    pull_requests: [],
  }
}

export function statusShape(links: Links, repository: Repository, status: StatusRecord) {
  return {
    url: `${apiOf(links, repository)}/statuses/${status.sha}`,
    avatar_url: `${links.html}/avatars/${status.user.id}`,
    id: status.id,
    node_id: nodeId('SC', status.id),
    state: status.state,
    description: status.description ?? null,
    target_url: status.targetUrl ?? null,
    context: status.context,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    creator: userShape(links, status.user),
  }
}
