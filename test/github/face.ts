/** The programmatic face over the state: what a person would do in a browser or with git. */
import { join } from 'node:path'
import { createEvents } from './events.ts'
import { cloneBare, deleteRef, initBare, readRefs, treeOfDirectory, treeWith, updateRef, writeCommit } from './git.ts'
import { closePull, follow, followFamily, mergePull, openPull, reopenPull } from './pulls.ts'
import { stateOf } from './routes/deployments.ts'
import { addComment, addLabel, removeLabel } from './routes/issues.ts'
import { commentPage, commentsOf } from './shapes/pull.ts'
import { htmlOf, type Links } from './shapes/repository.ts'
import { findRepository, inTurn, type Pull, type Repository, type State } from './state.ts'
import type { CommitOptions, GitHub, GitPlace, PullRequestState } from './types.ts'

type Face = Omit<GitHub, 'url' | 'apiUrl' | 'requests' | 'violations' | 'inject' | 'close' | typeof Symbol.asyncDispose>

const BRANCH = 'main'

export function createFace(state: State, links: Links, directory: string): Face {
  const events = createEvents(state, links)

  function known(name: string): Repository {
    const repository = findRepository(state, name)
    if (!repository) throw new Error(`The stand-in has no repository ${name}; create it first.`)
    return repository
  }

  function knownPull(name: string, number: number): { repository: Repository; pull: Pull } {
    const repository = known(name)
    const pull = repository.pulls.get(number)
    if (!pull) throw new Error(`${name} has no pull request ${number}.`)
    return { repository, pull }
  }

  function place(repository: Repository): GitPlace {
    const cloneUrl = `${htmlOf(links, repository)}.git`
    const cloneUrlWith = (token: string) => cloneUrl.replace('://', `://x-access-token:${encodeURIComponent(token)}@`)
    return { directory: repository.directory, cloneUrl, cloneUrlWith }
  }

  function register(fullName: string, options: { private: boolean; parent?: Repository }): Repository {
    const [owner = '', name = '', more] = fullName.split('/')
    if (!/^[\w.-]+$/.test(owner) || !/^[\w.-]+$/.test(name) || more !== undefined)
      throw new Error(`"${fullName}" is not owner/name.`)
    if (findRepository(state, fullName)) throw new Error(`${fullName} exists already.`)
    const id = state.nextId()
    const repository: Repository = {
      id,
      fullName,
      owner: state.user(owner),
      name,
      private: options.private,
      defaultBranch: BRANCH,
      directory: join(directory, `${id}.git`),
      parent: options.parent,
      createdAt: state.now(),
      pulls: new Map(),
      comments: new Map(),
      labels: new Map(),
      deployments: new Map(),
      checks: new Map(),
      artifacts: new Map(),
      statuses: [],
      turn: Promise.resolve(),
    }
    state.repositories.set(fullName.toLowerCase(), repository)
    return repository
  }

  async function write(
    repository: Repository,
    branch: string,
    tree: string,
    parents: string[],
    options: Partial<CommitOptions>,
  ): Promise<string> {
    const name = options.author ?? repository.owner.login
    const author = { name, email: `${name}@users.noreply.github.com` }
    const commit = { tree, parents, message: options.message ?? 'Change', author, date: state.clock() }
    const sha = await writeCommit(repository.directory, commit)
    await updateRef(repository.directory, `refs/heads/${branch}`, sha)
    return sha
  }

  /** The pull request as of now, after whatever was pushed. */
  async function describe(name: string, number: number): Promise<PullRequestState> {
    const { repository, pull } = knownPull(name, number)
    await follow(state, repository)
    return {
      number,
      title: pull.title,
      state: pull.state,
      merged: pull.mergedAt !== null,
      draft: pull.draft,
      labels: pull.labels.map((label) => label.name),
      head: pull.head,
      headRef: pull.headRef,
      headRepository: pull.headDeleted ? undefined : pull.headRepository.fullName,
      base: pull.base,
      baseRef: pull.baseRef,
      author: pull.user.login,
      mergeCommit: pull.mergedAt === null ? undefined : pull.mergeCommit,
      url: `${htmlOf(links, repository)}/pull/${number}`,
    }
  }

  return {
    addToken(token, identity) {
      state.tokens.set(token, identity)
      state.user(identity.login).type = identity.type
    },
    async createRepository(name, options = {}) {
      const repository = register(name, { private: options.private ?? false })
      await initBare(repository.directory, BRANCH)
      const tree = options.from
        ? await treeOfDirectory(repository.directory, options.from)
        : await treeWith(repository.directory, undefined, { 'README.md': `# ${repository.name}\n` })
      await write(repository, BRANCH, tree, [], { message: 'Initial commit' })
      return place(repository)
    },
    async forkRepository(parent, name) {
      const origin = known(parent)
      const repository = register(name, { private: origin.private, parent: origin })
      await cloneBare(origin.directory, repository.directory)
      return place(repository)
    },
    deleteRepository(name) {
      const gone = known(name)
      state.repositories.delete(name.toLowerCase())
      const pulls = [...state.repositories.values()].flatMap((repository) => [...repository.pulls.values()])
      for (const pull of pulls) if (pull.headRepository === gone) pull.headDeleted = true
    },
    git: (name) => place(known(name)),
    async commit(name, options) {
      const repository = known(name)
      const sha = await inTurn(repository, async () => {
        const refs = await readRefs(repository.directory)
        const parent = refs.get(`refs/heads/${options.branch}`) ?? refs.get(`refs/heads/${repository.defaultBranch}`)
        const tree = await treeWith(repository.directory, parent, options.files)
        return write(repository, options.branch, tree, parent === undefined ? [] : [parent], options)
      })
      await followFamily(state, repository)
      return sha
    },
    async deleteBranch(name, branch) {
      const repository = known(name)
      await deleteRef(repository.directory, `refs/heads/${branch}`)
      await followFamily(state, repository)
    },

    async openPullRequest({ repo, head, fork, ...options }) {
      const repository = known(repo)
      const pull = await openPull(state, repository, {
        title: options.title ?? `Change ${head}`,
        body: options.body ?? null,
        draft: options.draft ?? false,
        user: state.user(options.author ?? 'octocat'),
        headRepository: fork === undefined ? repository : known(fork),
        headRef: head,
        baseRef: options.base ?? repository.defaultBranch,
      }).catch((error: unknown) => {
        throw new Error(`No pull request can be opened from ${fork ?? repo}:${head}.`, { cause: error })
      })
      for (const label of options.labels ?? []) addLabel(state, repository, pull, label)
      return describe(repo, pull.number)
    },
    async closePullRequest(name, number) {
      const { repository, pull } = knownPull(name, number)
      await closePull(state, repository, pull)
      return describe(name, number)
    },
    async reopenPullRequest(name, number) {
      const { repository, pull } = knownPull(name, number)
      await reopenPull(state, repository, pull)
      return describe(name, number)
    },
    async mergePullRequest(name, number) {
      const { repository, pull } = knownPull(name, number)
      await mergePull(state, repository, pull, { by: pull.user })
      return describe(name, number)
    },
    async setDraft(name, number, draft) {
      knownPull(name, number).pull.draft = draft
      return describe(name, number)
    },
    async label(name, number, label) {
      const { repository, pull } = knownPull(name, number)
      addLabel(state, repository, pull, label)
    },
    async unlabel(name, number, label) {
      removeLabel(knownPull(name, number).pull, label)
    },
    pullRequest: describe,

    async event(name, number, action, label) {
      const { repository, pull } = knownPull(name, number)
      await follow(state, repository)
      return events.pullRequest(repository, pull, action, label)
    },
    workflowEvent: async (name, event, options = {}) => events.workflow(known(name), event, options),

    addPackageVersion(account, name, { digest, tags = [], createdAt = state.clock(), downloads = 0 }) {
      const { login } = state.user(account)
      const key = `${login}/${name}`.toLowerCase()
      const versions = state.packages.get(key) ?? []
      // A tag is on one version at a time.
      for (const version of versions) version.tags = version.tags.filter((tag) => !tags.includes(tag))
      const id = state.nextId()
      versions.unshift({ id, digest, tags: [...tags], downloads, createdAt: `${createdAt.toISOString().slice(0, 19)}Z` })
      state.packages.set(key, versions)
      return id
    },
    packageVersions: (account, name) =>
      (state.packages.get(`${account}/${name}`.toLowerCase()) ?? []).map(({ id, digest, tags }) => ({ id, digest, tags })),
    organization(login) {
      state.user(login).type = 'Organization'
    },
    comment(name, number, author, body) {
      const { repository, pull } = knownPull(name, number)
      return addComment(state, repository, pull, state.user(author), body).id
    },
    comments(name, number) {
      const repository = known(name)
      return commentsOf(repository, number).map((comment) => ({
        id: comment.id,
        author: comment.user.login,
        authorType: comment.user.type === 'Bot' ? 'Bot' : 'User',
        body: comment.body,
        createdAt: comment.createdAt,
        updatedAt: comment.updatedAt,
        url: commentPage(links, repository, comment),
      }))
    },
    deployments: (name) =>
      [...known(name).deployments.values()].map((deployment) => ({
        id: deployment.id,
        sha: deployment.sha,
        ref: deployment.ref,
        task: deployment.task,
        environment: deployment.environment,
        description: deployment.description ?? undefined,
        transient: deployment.transient,
        production: deployment.production,
        creator: deployment.creator.login,
        payload: deployment.payload,
        state: stateOf(deployment),
        statuses: deployment.statuses.map(({ id, state: is, environmentUrl, logUrl, description, creator }) => {
          return { id, state: is, environmentUrl, logUrl, description, creator: creator.login }
        }),
      })),
    checks: (name) =>
      [...known(name).checks.values()].map(({ id, name: called, sha, status, conclusion, title, summary, text, annotations }) => {
        return { id, name: called, sha, status, conclusion, title, summary, text, annotations }
      }),
    addArtifact: (name, { run, bytes, headBranch, headSha, headRepository, name: called }) => {
      const repository = known(name)
      const id = state.nextId()
      const headRepositoryId = headRepository === undefined ? repository.id : known(headRepository).id
      const artifact = { id, name: called, bytes, run, headBranch, headSha, headRepositoryId, createdAt: state.now() }
      repository.artifacts.set(id, artifact)
      return id
    },
    artifacts: (name) =>
      [...known(name).artifacts.values()].map(({ id, name: called, run, bytes }) => ({ id, name: called, run, bytes })),
    workflowRunEvent: async (name, run) => {
      const repository = known(name)
      return events.workflowRun(repository, run.headRepository === undefined ? repository : known(run.headRepository), run)
    },
    statuses: (name, sha) =>
      known(name)
        .statuses.filter((status) => status.sha === sha)
        .map(({ state: is, context, description, targetUrl, creator }) => ({
          state: is,
          context,
          description,
          targetUrl,
          creator,
        })),
  }
}
