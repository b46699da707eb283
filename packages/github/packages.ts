import { call, readAll } from './call.ts'
import type { GitHub } from './connect.ts'
import { GitHubError, type Need, unreadable } from './errors.ts'
import { readFields } from './fields.ts'

/** Whose packages they are; GitHub has one set of routes for organizations and one for people. */
export interface PackageAccount {
  login: string
  kind: 'orgs' | 'users'
}

/** One digest in a container package. */
export interface PackageVersion {
  id: number
  digest: string
  tags: string[]
  /** When these bytes last came; GitHub does not tell when they were last pulled. */
  pushedAt: Date
}

export async function readAccount(github: GitHub, login: string): Promise<PackageAccount> {
  const { data } = await call(github, 'GET /users/{login}', { login }, reading(`say what kind of account ${login} is`))
  const fields = readFields(data, `the account ${login}`)
  return { login: fields.text('login'), kind: fields.text('type') === 'Organization' ? 'orgs' : 'users' }
}

/**
 * Every version of a container package, those without a tag among them.
 * @param name without the account; it may hold slashes.
 * @throws GitHubError where the list cannot be read to its end.
 */
export function listPackageVersions(github: GitHub, account: PackageAccount, name: string): Promise<PackageVersion[]> {
  const what = `the package ${account.login}/${name}`
  const need = reading(`list the versions of ${what}`)
  const route = `GET /${account.kind}/{account}/packages/container/{name}/versions` as const
  return readAll(github, route, { account: account.login, name }, need, (item) => toVersion(item, `a version of ${what}`))
}

/**
 * Deletes a version with all of its tags. The writes of one connection are paced at sixty a minute; GitHub takes 180
 * deletions (docs.github.com, rate limits for the REST API, "secondary rate limits").
 * @returns GitHub's reason where it keeps this version: the last one of a package, or a public one that many have pulled.
 */
export async function deletePackageVersion(
  github: GitHub,
  account: PackageAccount,
  name: string,
  id: number,
): Promise<'deleted' | 'gone' | { refused: string }> {
  const to = `delete version ${id} of the package ${account.login}/${name}`
  const route = `DELETE /${account.kind}/{account}/packages/container/{name}/versions/{id}` as const
  try {
    await call(github, route, { account: account.login, name, id }, { to, permission: 'packages', access: 'write' })
    return 'deleted'
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error
    if (error.status === 404) return 'gone'
    if (error.status === 400 || error.status === 422) return { refused: error.message }
    throw error
  }
}

function reading(to: string): Need {
  return { to, permission: 'packages', access: 'read' }
}

function toVersion(data: unknown, what: string): PackageVersion {
  const fields = readFields(data, what)
  const digest = fields.text('name')
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw unreadable(`${what} is named by no digest`)
  const tags = fields.object('metadata').object('container').list('tags')
  const times = [fields.text('created_at'), fields.textIfAny('updated_at') ?? ''].map(Date.parse)
  const pushedAt = new Date(Math.max(...times.filter((time) => !Number.isNaN(time))))
  if (Number.isNaN(pushedAt.getTime())) throw unreadable(`${what} has no usable "created_at"`)
  return { id: fields.id('id'), digest, tags: tags.map((tag) => readTag(tag, what)), pushedAt }
}

function readTag(tag: unknown, what: string): string {
  if (typeof tag === 'string' && tag !== '') return tag
  throw unreadable(`${what} has a tag that is no text`)
}
