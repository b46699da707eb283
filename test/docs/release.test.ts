import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { command } from '@mayfly/core'
import { release } from '../../scripts/release/release.ts'

describe('a release', () => {
  let folder: string
  let root: string
  const identity = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' }
  const git = async (...args: string[]) => {
    const result = await command(['git', '-C', root, ...args], { env: { PATH: process.env.PATH ?? '', ...identity } })
    assert.equal(result.code, 0, result.stderr)
    return result.stdout.trim()
  }
  const setVersion = async (version: string) => {
    await writeFile(join(root, 'package.json'), JSON.stringify({ version }))
    await git('commit', '--quiet', '--all', '--allow-empty', '--message', version)
  }
  const build = async () => {
    await mkdir(join(root, 'dist'), { recursive: true })
    await writeFile(join(root, 'dist', 'mayfly.mjs'), 'export {}\n')
  }
  const run = (version: string, more: Partial<Parameters<typeof release>[0]> = {}) =>
    release({ root, version, build, push: true, secret: {}, ...more })
  const remoteTags = async () =>
    (await git('ls-remote', '--tags', 'origin'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split('\t'))
      .map(([commit, name]) => [name?.replace('refs/tags/', ''), commit])

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mayfly-release-test-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))
  beforeEach(async () => {
    root = await mkdtemp(join(folder, 'checkout-'))
    await git('init', '--quiet', '--initial-branch', 'main')
    await git('init', '--quiet', '--bare', join(root, '.git', 'remote'))
    await git('remote', 'add', 'origin', join(root, '.git', 'remote'))
    await writeFile(join(root, '.gitignore'), 'dist/\n')
    await writeFile(join(root, 'package.json'), '{}')
    await git('add', '.')
    await setVersion('1.4.0')
  })

  it('is a commit beside the branch that holds dist/, tagged with its version and the major one', async () => {
    const head = await git('rev-parse', 'HEAD')
    const { commit, tags } = await run('1.4.0')
    assert.deepEqual(tags, ['v1.4.0', 'v1'])
    assert.deepEqual(Object.fromEntries(await remoteTags()), { 'v1.4.0': commit, v1: commit })
    assert.equal(await git('rev-parse', `${commit}^`), head)
    assert.equal(await git('diff', '--name-status', `${commit}^`, commit), 'A\tdist/mayfly.mjs')
    assert.equal(await git('rev-parse', 'main'), head)
    assert.equal(await git('status', '--porcelain'), '')
  })

  it('is the same commit whoever makes it, and pushes nothing on a dry run', async () => {
    const planned = await run('1.4.0', { push: false })
    assert.deepEqual(await remoteTags(), [])
    assert.equal((await run('1.4.0')).commit, planned.commit)
  })

  it('is made once', async () => {
    await run('1.4.0')
    await assert.rejects(run('1.4.0'), /v1\.4\.0 is released already/)
  })

  it('moves the major tag forward only, and never to a pre-release', async () => {
    const newest = await run('1.4.0')
    for (const version of ['1.3.9', '1.5.0-rc.1']) {
      await setVersion(version)
      assert.deepEqual((await run(version)).tags, [`v${version}`])
    }
    assert.equal(Object.fromEntries(await remoteTags()).v1, newest.commit)
    await setVersion('1.10.0')
    assert.deepEqual((await run('1.10.0')).tags, ['v1.10.0', 'v1'])
  })

  it('refuses what is no version, is not in package.json, or is not what the commit says', async () => {
    for (const version of ['', 'v1.4.0', '1.4', '1.4.0+build', '1.4.0 --force', '01.4.0'])
      await assert.rejects(run(version), /is not a version to release/, version)
    await assert.rejects(run('1.4.1'), /package\.json says 1\.4\.0, not 1\.4\.1/)
    await writeFile(join(root, 'more.txt'), '')
    await assert.rejects(run('1.4.0'), /The checkout is not what its commit says/)
    assert.deepEqual(await remoteTags(), [])
  })

  it('refuses a build that is not the same twice', async () => {
    let count = 0
    const restless = async () => {
      await build()
      await writeFile(join(root, 'dist', 'mayfly.mjs'), String(count++))
    }
    await assert.rejects(run('1.4.0', { build: restless }), /differ: dist\/mayfly\.mjs/)
    assert.deepEqual(await remoteTags(), [])
  })
})
