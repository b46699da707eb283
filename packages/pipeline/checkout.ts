import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { hashCheckout } from '@mayfly/artifact'
import { type Log, UserError } from '@mayfly/core'
import { credentialsOf, git } from './git.ts'

/** A folder that holds exactly one commit. */
export interface Checkout {
  root: string
  revision: string
  committedAt: Date
  /** Short hash of what lies there where that is not what was committed; empty where it is. */
  dirty: string
}

export interface CheckoutRequest {
  /** Where the workflow checked out, if it did. */
  workspace: string
  temp: string
  serverUrl: string
  repository: string
  token: string
  revision: string
  /** Undefined: the commit is in the repository itself, not a fork's. */
  pullRequest: number | undefined
  /** Where to fetch from; by default the repository on its server. */
  url?: string
  environment: Readonly<Record<string, string | undefined>>
  log: Log
}

/**
 * Finds or makes a checkout of exactly the commit asked for. On `pull_request` a plain actions/checkout holds the
 * merge with the base branch, not the head that reviewers see; then the head is fetched beside it.
 */
export async function checkoutRevision(request: CheckoutRequest): Promise<Checkout> {
  const present = await revisionOf(request.workspace, request.environment)
  if (present === request.revision) return describeCheckout(request.workspace, request.environment)
  const root = join(request.temp, `mayfly-${request.revision}`)
  if ((await revisionOf(root, request.environment)) !== request.revision) await fetchRevision(request, root)
  request.log.info(
    present === undefined
      ? `Fetched ${request.revision.slice(0, 7)}.`
      : `The workspace holds ${present.slice(0, 7)}, not the head; fetched ${request.revision.slice(0, 7)} beside it.`,
  )
  return describeCheckout(root, request.environment)
}

/** The commit and time of what is checked out in a folder. */
export async function describeCheckout(root: string, environment: CheckoutRequest['environment']): Promise<Checkout> {
  // What was installed is no part of a checkout, ignored or not.
  const places = ['.', ':(exclude,glob)**/node_modules/**']
  const [result, status] = await Promise.all([
    git(root, ['show', '--no-patch', '--format=%H %ct', 'HEAD'], environment),
    git(root, ['status', '--porcelain', '--untracked-files=all', '--', ...places], environment),
  ])
  const [revision = '', seconds = ''] = result.stdout.trim().split(' ')
  if (result.code !== 0 || !/^[0-9a-f]{40,64}$/.test(revision)) {
    throw new UserError(`${root} is not a git checkout with a commit.`, {
      cure: 'Commit first; an artifact is named after its commit.',
    })
  }
  const dirty = status.stdout === '' ? '' : await hashCheckout(root, environment.PATH ?? '')
  return { root, revision, committedAt: new Date(Number(seconds) * 1000), dirty }
}

async function revisionOf(root: string, environment: CheckoutRequest['environment']): Promise<string | undefined> {
  const top = await git(root, ['rev-parse', '--show-toplevel', 'HEAD'], environment)
  return top.code === 0 ? top.stdout.trim().split('\n')[1] : undefined
}

async function fetchRevision(request: CheckoutRequest, root: string): Promise<void> {
  await mkdir(root, { recursive: true })
  const url = request.url ?? `${request.serverUrl}/${request.repository}.git`
  const secret = credentialsOf(request)
  await git(root, ['init', '--quiet'], request.environment)
  // A fork's commit is reachable in the base repository only under the pull request's own ref.
  const wanted = ['fetch', '--quiet', '--depth=1', '--no-tags', url]
  let result = await git(root, [...wanted, request.revision], request.environment, secret)
  if (result.code !== 0 && request.pullRequest !== undefined)
    result = await git(root, [...wanted, `refs/pull/${request.pullRequest}/head`], request.environment, secret)
  if (result.code === 0) result = await git(root, ['checkout', '--quiet', '--detach', request.revision], request.environment)
  if (result.code !== 0) {
    throw new UserError(
      `The commit ${request.revision} of ${request.repository} cannot be fetched: ${result.stderr.trim().split('\n').at(-1)}`,
      {
        cure: 'Give the job the permission to read the repository (permissions: contents: read), or put actions/checkout before this step.',
      },
    )
  }
}
