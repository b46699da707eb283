import assert from 'node:assert/strict'
import test from 'node:test'
import { call, items, PATH, REPOSITORY, withPullRequest } from './caller.ts'
import { readCommit, readRefs } from './git.ts'
import { isObject } from './schema.ts'
import { startGitHub } from './server.ts'

const conflict = { branch: 'main', files: { 'a.txt': 'something else\n' } }

test('merging makes a real merge commit on the base branch, closes, and leaves refs/pull/1/head', async () => {
  await using github = await startGitHub()
  const opened = await withPullRequest(github)
  const merged = await github.mergePullRequest(REPOSITORY, 1)
  assert.equal(merged.state, 'closed')
  assert.equal(merged.merged, true)
  const { directory } = github.git(REPOSITORY)
  const refs = await readRefs(directory)
  assert.equal(refs.get('refs/heads/main'), merged.mergeCommit)
  assert.equal(refs.get('refs/pull/1/head'), opened.head)
  assert.equal(refs.has('refs/pull/1/merge'), false)
  assert.deepEqual((await readCommit(directory, merged.mergeCommit ?? '')).parents, [opened.base, opened.head])
})

test('a pull request that conflicts is not mergeable and has no test merge', async () => {
  await using github = await startGitHub()
  await withPullRequest(github)
  await github.commit(REPOSITORY, conflict)
  const seen = await call(github, `GET ${PATH}/pulls/1`)
  assert.equal(seen.get('mergeable'), false)
  assert.equal(seen.get('mergeable_state'), 'dirty')
  assert.equal((await readRefs(github.git(REPOSITORY).directory)).has('refs/pull/1/merge'), false)
  assert.equal((await call(github, `PUT ${PATH}/pulls/1/merge`)).status, 405)
  await assert.rejects(github.mergePullRequest(REPOSITORY, 1), /not mergeable/)
})

test('a merge that means another head is refused with 409', async () => {
  await using github = await startGitHub()
  const { base } = await withPullRequest(github)
  assert.equal((await call(github, `PUT ${PATH}/pulls/1/merge`, { body: { sha: base } })).status, 409)
})

test('a squash has one parent', async () => {
  await using github = await startGitHub()
  const { base } = await withPullRequest(github)
  const sha = (await call(github, `PUT ${PATH}/pulls/1/merge`, { body: { merge_method: 'squash' } })).get('sha')
  const commit = await readCommit(github.git(REPOSITORY).directory, String(sha))
  assert.deepEqual(commit.parents, [base])
  assert.equal(commit.message, 'A change (#1)')
})

test('a closed pull request stays at its head until it is opened again', async () => {
  await using github = await startGitHub()
  const { head } = await withPullRequest(github)
  await github.closePullRequest(REPOSITORY, 1)
  const later = await github.commit(REPOSITORY, { branch: 'feature/x', files: { 'a.txt': 'later\n' } })
  assert.equal((await github.pullRequest(REPOSITORY, 1)).head, head)
  assert.equal((await github.reopenPullRequest(REPOSITORY, 1)).head, later)
})

test('deleting the branch closes the pull request, and it cannot be opened again', async () => {
  await using github = await startGitHub()
  await withPullRequest(github)
  await github.deleteBranch(REPOSITORY, 'feature/x')
  assert.equal((await github.pullRequest(REPOSITORY, 1)).state, 'closed')
  assert.equal((await call(github, `PATCH ${PATH}/pulls/1`, { body: { state: 'open' } })).status, 422)
})

test("a fork's head is reachable in the base repository, and follows the fork", async () => {
  await using github = await startGitHub()
  await github.createRepository(REPOSITORY)
  await github.forkRepository(REPOSITORY, 'mallory/shop')
  await github.commit('mallory/shop', { branch: 'main', files: { 'evil.txt': '1' } })
  const opened = await github.openPullRequest({ repo: REPOSITORY, head: 'main', fork: 'mallory/shop', author: 'mallory' })
  assert.equal(opened.headRepository, 'mallory/shop')
  const head = await github.commit('mallory/shop', { branch: 'main', files: { 'evil.txt': '2' } })
  assert.equal((await readRefs(github.git(REPOSITORY).directory)).get('refs/pull/1/head'), head)
  assert.equal((await call(github, `GET ${PATH}/commits/${head}`)).get('sha'), head)
  assert.equal(items(await call(github, `GET ${PATH}/pulls?head=mallory:main`)).length, 1)
  assert.equal(items(await call(github, `GET ${PATH}/pulls?head=acme:main`)).length, 0)
})

test('once the fork is deleted the head has no repository, and its commit is still there', async () => {
  await using github = await startGitHub()
  await github.createRepository(REPOSITORY)
  await github.forkRepository(REPOSITORY, 'mallory/shop')
  await github.commit('mallory/shop', { branch: 'evil', files: { 'evil.txt': '1' } })
  const { head } = await github.openPullRequest({ repo: REPOSITORY, head: 'evil', fork: 'mallory/shop' })
  github.deleteRepository('mallory/shop')
  await github.commit(REPOSITORY, { branch: 'main', files: { 'b.txt': '1' } })
  for (const pull of [(await call(github, `GET ${PATH}/pulls/1`)).body, items(await call(github, `GET ${PATH}/pulls`))[0]]) {
    assert.ok(isObject(pull) && isObject(pull.head))
    assert.deepEqual([pull.state, pull.head.sha, pull.head.repo], ['open', head, null])
  }
  assert.equal((await github.pullRequest(REPOSITORY, 1)).headRepository, undefined)
  await github.closePullRequest(REPOSITORY, 1)
  await github.event(REPOSITORY, 1, 'closed')
})

test('a second pull request from the same branch, or one without commits, is refused as GitHub words it', async () => {
  await using github = await startGitHub()
  await withPullRequest(github)
  const again = await call(github, `POST ${PATH}/pulls`, { body: { title: 'x', head: 'feature/x', base: 'main' } })
  assert.equal(again.status, 422)
  assert.match(again.text, /A pull request already exists for acme:feature\/x/)
  const empty = await call(github, `POST ${PATH}/pulls`, { body: { title: 'x', head: 'main', base: 'main' } })
  assert.match(empty.text, /No commits between main and main/)
})

test('open pull requests are listed newest first, closed ones only when asked for', async () => {
  await using github = await startGitHub()
  await withPullRequest(github)
  for (const head of ['b', 'c']) {
    await github.commit(REPOSITORY, { branch: head, files: { [head]: head } })
    await github.openPullRequest({ repo: REPOSITORY, head })
  }
  await github.closePullRequest(REPOSITORY, 2)
  const numbers = async (query: string) => items(await call(github, `GET ${PATH}/pulls${query}`)).map((pull) => pull.number)
  assert.deepEqual(await numbers(''), [3, 1])
  assert.deepEqual(await numbers('?state=closed'), [2])
  assert.deepEqual(await numbers('?state=all&direction=asc'), [1, 2, 3])
})
