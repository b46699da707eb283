import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { command } from '@mayfly/core'
import { type LineageRequest, readLineage } from '@mayfly/pipeline'

/** A repository whose main has 60 commits and whose topic left it after the 40th, and a shallow clone of the topic. */
let folder: string
let origin: string
let clone: string
const commits: Record<string, string> = {}

const env = {
  PATH: process.env.PATH ?? '',
  HOME: tmpdir(),
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.com',
}

async function git(cwd: string, ...args: string[]): Promise<string> {
  const done = await command(['git', ...args], { cwd, env })
  assert.equal(done.code, 0, done.stderr)
  return done.stdout.trim()
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mayfly-lineage-test-'))
  origin = join(folder, 'origin')
  clone = join(folder, 'clone')
  await mkdir(origin)
  await git(origin, 'init', '--quiet', '--initial-branch=main')
  for (let count = 1; count <= 40; count++) {
    await writeFile(join(origin, 'a.txt'), `one\ntwo\n${count}\n`)
    await git(origin, 'add', '.')
    await git(origin, 'commit', '--quiet', '-m', `main ${count}`)
  }
  commits.fork = await git(origin, 'rev-parse', 'HEAD')
  await git(origin, 'checkout', '--quiet', '-b', 'topic')
  await writeFile(join(origin, 'a.txt'), 'one\nTWO\n40\n')
  await writeFile(join(origin, 'b ä.txt'), 'new\n')
  await git(origin, 'add', '.')
  await git(origin, 'commit', '--quiet', '-m', 'topic')
  commits.topic = await git(origin, 'rev-parse', 'HEAD')
  await git(origin, 'update-ref', 'refs/pull/7/head', 'HEAD')
  await git(origin, 'checkout', '--quiet', 'main')
  for (let count = 41; count <= 60; count++) await git(origin, 'commit', '--quiet', '--allow-empty', '-m', `main ${count}`)
  commits.main = await git(origin, 'rev-parse', 'HEAD')
  await git(origin, 'checkout', '--quiet', '--orphan', 'other')
  await git(origin, 'commit', '--quiet', '-m', 'other')
  commits.other = await git(origin, 'rev-parse', 'HEAD')
  await git(folder, 'clone', '--quiet', '--depth=1', '--branch=topic', `file://${origin}`, clone)
})
after(() => rm(folder, { recursive: true, force: true }))

const asked = (more: Partial<LineageRequest>): LineageRequest => ({
  workspace: clone,
  temp: folder,
  serverUrl: 'https://github.com',
  repository: 'acme/shop',
  token: 'none',
  head: commits.topic ?? '',
  baseRef: 'main',
  pullRequest: 7,
  url: `file://${origin}`,
  environment: process.env,
  ...more,
})

describe('where a commit comes from', () => {
  it('is the merge base and not the tip of the branch, with what came before it and the difference to it', async () => {
    const lineage = await readLineage(asked({}))
    assert.equal(lineage.mergeBase, commits.fork)
    assert.equal(lineage.ancestors.length, 21)
    assert.equal(lineage.ancestors[0], commits.fork)
    assert.equal(lineage.ancestors[1], await git(origin, 'rev-parse', `${commits.fork}^`))
    assert.match(lineage.diff, /^\+TWO$/m)
    assert.match(lineage.diff, /^\+\+\+ b\/b ä\.txt/m)
    assert.deepEqual(lineage.files, ['a.txt', 'b ä.txt'])
  })

  it('leaves a shallow checkout as shallow as it was', async () => {
    await readLineage(asked({}))
    assert.equal(await git(clone, 'rev-list', '--count', '--all'), '1')
  })

  it('is read from the pull request where its commit is reachable no other way', async () => {
    await git(origin, 'config', 'uploadpack.allowAnySHA1InWant', 'false')
    assert.equal((await readLineage(asked({}))).mergeBase, commits.fork)
  })

  it('is what came before it on its own branch after a push', async () => {
    const lineage = await readLineage(asked({ head: commits.main ?? '', baseRef: undefined, pullRequest: undefined }))
    assert.equal(lineage.ancestors[0], await git(origin, 'rev-parse', 'main^'))
    assert.deepEqual([lineage.mergeBase, lineage.diff], [commits.main, ''])
  })

  it('is nothing where two branches share no history, and it is said', async () => {
    await assert.rejects(readLineage(asked({ head: commits.other ?? '', pullRequest: undefined })), /share no history/)
  })

  it('needs the right to read, and says which permission is missing', async () => {
    await assert.rejects(readLineage(asked({ url: `file://${folder}/nothing` })), /cannot be fetched/)
  })
})
