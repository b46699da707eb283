import { UserError } from '@mayfly/core'
import type { GitHub } from './connect.ts'
import { createOnce } from './create-once.ts'
import { ApiError, type Need } from './errors.ts'
import { readPages } from './pages.ts'
import { type Reader, read } from './shape.ts'

/** GitHub refuses longer ones with 422 "Body is too long (maximum is 65536 characters)". */
const LONGEST = 65_536

export interface Comment {
  id: number
  url: string
  body: string
}

const COMMENTS = '/repos/{owner}/{repo}/issues/{issue_number}/comments'
const COMMENT = '/repos/{owner}/{repo}/issues/comments/{comment_id}'

/** Our own comment with that marker at its very start; the oldest where a race has made several. */
export async function readComment(github: GitHub, number: number, marker: string): Promise<Comment | undefined> {
  const [oldest] = await findOwn(github, number, marker)
  return oldest
}

/**
 * Makes our one comment on a pull request say `body`. Written only where that changes it; what a race has doubled is
 * deleted; where somebody has deleted ours, it is made anew.
 * @param marker what only our comments start with; `body` has to start with it.
 */
export async function upsertComment(
  github: GitHub,
  number: number,
  marker: string,
  body: string,
): Promise<{ url: string; changed: boolean }> {
  if (marker.trim() === '' || !body.startsWith(marker)) throw new Error(`The comment does not start with its marker ${marker}.`)
  if (body.length > LONGEST) throw new UserError(`The comment has ${body.length} characters; GitHub takes ${LONGEST}.`)
  const [oldest, ...doubles] = await findOwn(github, number, marker)
  for (const double of doubles) await remove(github, number, double.id)
  if (oldest === undefined) return { url: (await create(github, number, marker, body)).url, changed: true }
  if (sameText(oldest.body, body)) return { url: oldest.url, changed: false }
  const updated = await update(github, number, oldest.id, body)
  return { url: (updated ?? (await create(github, number, marker, body))).url, changed: true }
}

async function findOwn(github: GitHub, number: number, marker: string): Promise<Comment[]> {
  const need: Need = { doing: `reading the comments of pull request #${number}`, permission: 'pull-requests: write' }
  const isMine = await whoAmI(github)
  const all = await readPages(github, need, `GET ${COMMENTS}`, { issue_number: number }, { shortPages: 'accepted' })
  return all
    .filter((comment) => (comment.optionalText('body') ?? '').startsWith(marker) && isMine(comment))
    .map(toComment)
    .sort((one, other) => one.id - other.id)
}

/**
 * Tells our own comments from those of people who paste the marker. GitHub answers `GET /user` only to a person's
 * token; with a workflow's own (403) the author has to be a bot.
 */
async function whoAmI(github: GitHub): Promise<(comment: Reader) => boolean> {
  const need: Need = { doing: 'asking whose token this is', permission: 'pull-requests: write' }
  try {
    const { data } = await github.call(need, 'GET /user')
    const login = read(data, need).text('login')
    return (comment) => comment.optionalText('user.login') === login
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 403 || error.limited) throw error
    return (comment) => comment.optionalText('user.type') === 'Bot'
  }
}

function create(github: GitHub, number: number, marker: string, body: string): Promise<Comment> {
  const need: Need = { doing: `commenting on pull request #${number}`, permission: 'pull-requests: write' }
  return createOnce(
    async () => toComment(read((await github.call(need, `POST ${COMMENTS}`, { issue_number: number, body })).data, need)),
    () => readComment(github, number, marker),
  )
}

/** Undefined where it is not there any more. */
async function update(github: GitHub, number: number, id: number, body: string): Promise<Comment | undefined> {
  const need: Need = { doing: `rewriting the comment on pull request #${number}`, permission: 'pull-requests: write' }
  const changed = await unlessGone(() => github.call(need, `PATCH ${COMMENT}`, { comment_id: id, body }))
  return changed && toComment(read(changed.data, need))
}

async function remove(github: GitHub, number: number, id: number): Promise<void> {
  const need: Need = { doing: `deleting a second comment on pull request #${number}`, permission: 'pull-requests: write' }
  await unlessGone(() => github.call(need, `DELETE ${COMMENT}`, { comment_id: id }))
}

async function unlessGone<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined
    throw error
  }
}

function toComment(answer: Reader): Comment {
  return { id: answer.id('id'), url: answer.text('html_url'), body: answer.optionalText('body') ?? '' }
}

/** GitHub gives line ends back as CRLF where a browser wrote them, and drops white space at the end. */
function sameText(one: string, other: string): boolean {
  const plain = (text: string) => text.replaceAll('\r\n', '\n').trimEnd()
  return plain(one) === plain(other)
}
