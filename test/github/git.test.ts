import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { command } from '@mayfly/core'
import { REPOSITORY, withPullRequest } from './caller.ts'
import { gitEnvironment } from './git.ts'
import { type GitHub, startGitHub } from './server.ts'

test('a public repository is cloned without a token, by either of its two addresses', async () => {
  await using work = await workplace()
  const { cloneUrl } = await work.github.createRepository(REPOSITORY)
  assert.equal(await work.code('clone', cloneUrl, 'one'), 0)
  assert.equal(await work.code('clone', cloneUrl.replace(/\.git$/, ''), 'two'), 0)
})

test('a private repository is cloned with a token, Basic or bearer, and by nobody else', async () => {
  await using work = await workplace()
  const place = await work.github.createRepository(REPOSITORY, { private: true })
  const bearer = ['-c', 'http.extraHeader=Authorization: Bearer workflow-token']
  assert.equal(await work.code('clone', place.cloneUrlWith('workflow-token'), 'one'), 0)
  assert.equal(await work.code(...bearer, 'clone', place.cloneUrl, 'two'), 0)
  assert.notEqual(await work.code('clone', place.cloneUrl, 'three'), 0)
  assert.notEqual(await work.code('clone', place.cloneUrlWith('guess'), 'four'), 0)
})

test('a push through HTTP moves the head of the pull request and both of its refs', async () => {
  await using work = await workplace()
  const before = await withPullRequest(work.github)
  const place = work.github.git(REPOSITORY)
  await work.git('clone', '--branch', 'feature/x', place.cloneUrlWith('workflow-token'), '.')
  await writeFile(join(work.directory, 'a.txt'), 'two\n')
  await work.git('commit', '--all', '--message', 'Two')
  await work.git('push', 'origin', 'feature/x')
  const head = await work.git('rev-parse', 'HEAD')
  assert.notEqual(head, before.head)
  const listed = await work.git('ls-remote', place.directory, 'refs/pull/1/head')
  assert.equal(listed, `${head}\trefs/pull/1/head`)
  assert.equal((await work.github.pullRequest(REPOSITORY, 1)).head, head)
  await work.git('fetch', 'origin', 'refs/pull/1/merge')
  assert.equal(await work.git('log', '-1', '--format=%P', 'FETCH_HEAD'), `${before.base} ${head}`)
})

test('a push into the bare directory itself is seen by the next request', async () => {
  await using work = await workplace()
  await withPullRequest(work.github)
  const place = work.github.git(REPOSITORY)
  await work.git('clone', '--branch', 'feature/x', place.directory, '.')
  await work.git('commit', '--allow-empty', '--message', 'Nothing')
  await work.git('push', 'origin', 'feature/x')
  assert.equal((await work.github.pullRequest(REPOSITORY, 1)).head, await work.git('rev-parse', 'HEAD'))
})

test('a commit is fetched by its hash alone, as actions/checkout does', async () => {
  await using work = await workplace()
  const { head } = await withPullRequest(work.github)
  await work.git('init')
  await work.git('fetch', '--depth=1', work.github.git(REPOSITORY).cloneUrl, head)
  assert.equal(await work.git('rev-parse', 'FETCH_HEAD'), head)
})

test('nobody pushes without a token, without the permission, or to refs/pull', async () => {
  await using work = await workplace()
  await withPullRequest(work.github)
  work.github.addToken('reader', { login: 'reader', type: 'User', permissions: { contents: 'read' } })
  const place = work.github.git(REPOSITORY)
  await work.git('clone', place.cloneUrl, '.')
  assert.notEqual(await work.code('push', place.cloneUrl, 'HEAD:refs/heads/one'), 0)
  assert.notEqual(await work.code('push', place.cloneUrlWith('reader'), 'HEAD:refs/heads/two'), 0)
  assert.notEqual(await work.code('push', place.cloneUrlWith('workflow-token'), 'HEAD:refs/pull/1/head'), 0)
  assert.equal(await work.code('push', place.cloneUrlWith('workflow-token'), 'HEAD:refs/heads/three'), 0)
})

test('a repository made from a directory holds its files and leaves out what its .gitignore names', async () => {
  await using work = await workplace()
  for (const [name, text] of [
    ['.gitignore', 'secret\n'],
    ['secret', 'x'],
    ['app.ts', 'y'],
  ] as const) {
    await writeFile(join(work.directory, name), text)
  }
  const { directory } = await work.github.createRepository(REPOSITORY, { from: work.directory })
  assert.equal(await work.git('--git-dir', directory, 'ls-tree', '--name-only', 'main'), '.gitignore\napp.ts')
})

/** A stand-in and an empty directory to work in; both are gone at the end of the block. */
async function workplace() {
  const github: GitHub = await startGitHub()
  const directory = await mkdtemp(join(tmpdir(), 'stand-in-work-'))
  const person = { GIT_AUTHOR_NAME: 'A', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'A', GIT_COMMITTER_EMAIL: 'a@b' }
  const run = (args: string[]) => command(['git', ...args], { cwd: directory, env: gitEnvironment(person) })
  return {
    github,
    directory,
    code: async (...args: string[]) => (await run(args)).code,
    async git(...args: string[]) {
      const { code, stdout, stderr } = await run(args)
      assert.equal(code, 0, stderr)
      return stdout.trim()
    },
    async [Symbol.asyncDispose]() {
      await github.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
