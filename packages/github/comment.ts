import { call, readAll } from './call.ts'
import type { GitHub } from './connect.ts'
import { createOnce } from './create-once.ts'
import { GitHubError, type Need, PermissionError } from './errors.ts'
import { readFields } from './fields.ts'

/** GitHub's own limit; a longer body is answered 422. */
const LONGEST = 65_536

export interface CommentState {
  id: number
  body: string
}

interface Comment extends CommentState {
  url: string
  author: string
  bot: boolean
}

/** The comment of ours that starts with `marker`; undefined where there is none. */
export async function readComment(github: GitHub, number: number, marker: string): Promise<CommentState | undefined> {
  const [comment] = await listOwn(github, number, marker)
  return comment && { id: comment.id, body: comment.body }
}

/**
 * Makes the one comment of ours that starts with `marker` read `body`, and writes only where it does not yet. Where two
 * runs have made two, the older one stays.
 * @throws PermissionError where the token may not comment.
 */
export async function upsertComment(
  github: GitHub,
  number: number,
  marker: string,
  body: string,
): Promise<{ url: string; changed: boolean }> {
  if (!body.startsWith(marker)) throw new Error('a sticky comment must start with its marker')
  if (body.length > LONGEST) throw new Error(`a comment of ${body.length} characters is longer than GitHub takes`)
  const [comment, ...doubles] = await listOwn(github, number, marker)
  for (const double of doubles) await remove(github, number, double.id)
  if (comment === undefined) return create(github, number, marker, body)
  if (plain(comment.body) === plain(body)) return { url: comment.url, changed: false }
  try {
    const parameters = { comment_id: comment.id, body }
    const answer = await call(github, 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', parameters, writing(number))
    return { url: toComment(answer.data).url, changed: true }
  } catch (error) {
    if (!isGone(error)) throw error
    return create(github, number, marker, body)
  }
}

async function create(github: GitHub, number: number, marker: string, body: string): Promise<{ url: string; changed: boolean }> {
  const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments'
  const comment = await createOnce(
    async () => toComment((await call(github, route, { issue_number: number, body }, writing(number))).data),
    async () => (await listOwn(github, number, marker))[0],
  )
  return { url: comment.url, changed: true }
}

async function remove(github: GitHub, number: number, id: number): Promise<void> {
  try {
    await call(github, 'DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}', { comment_id: id }, writing(number))
  } catch (error) {
    if (!isGone(error)) throw error
  }
}

/** Oldest first. Whoever quotes the marker, or writes it himself, is not us. */
async function listOwn(github: GitHub, number: number, marker: string): Promise<Comment[]> {
  github.identity ??= readIdentity(github)
  const login = await github.identity
  const need: Need = { to: `read the comments of #${number}`, permission: 'pull-requests', access: 'read' }
  const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments'
  const comments = await readAll(github, route, { issue_number: number }, need, toComment)
  return comments
    .filter((comment) => comment.body.startsWith(marker) && (login === undefined ? comment.bot : comment.author === login))
    .sort((a, b) => a.id - b.id)
}

/** The login behind a person's token; undefined for an app's, a workflow's among them, which may not ask. */
async function readIdentity(github: GitHub): Promise<string | undefined> {
  try {
    const { data } = await call(
      github,
      'GET /user',
      {},
      { to: 'say whose the token is', permission: 'pull-requests', access: 'read' },
    )
    return readFields(data, 'the account of the token').text('login')
  } catch (error) {
    if (error instanceof PermissionError) return undefined
    github.identity = undefined
    throw error
  }
}

function toComment(data: unknown): Comment {
  const fields = readFields(data, 'a comment')
  const author = fields.objectIfAny('user')
  return {
    id: fields.id('id'),
    body: fields.textIfAny('body') ?? '',
    url: fields.text('html_url'),
    author: author?.text('login') ?? 'ghost',
    bot: author?.text('type') === 'Bot',
  }
}

function writing(number: number): Need {
  return { to: `comment on #${number}`, permission: 'pull-requests', access: 'write' }
}

function isGone(error: unknown): boolean {
  return error instanceof GitHubError && (error.status === 404 || error.status === 410)
}

/** GitHub may give a body back with other line ends than it was sent. */
function plain(body: string): string {
  return body.replaceAll('\r\n', '\n').trimEnd()
}
