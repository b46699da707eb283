import assert from 'node:assert/strict'
import { appendFile, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { command } from '@mayfly/core'
import { readOrigin } from './git-files.ts'

let folder: string
let home: string
let places = 0

before(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'mayfly-git-files-')))
  home = join(folder, 'home')
  await mkdir(home)
})
after(() => rm(folder, { recursive: true, force: true }))

async function git(place: string, ...args: string[]): Promise<string> {
  const person = { GIT_AUTHOR_NAME: 'A', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'A', GIT_COMMITTER_EMAIL: 'a@b' }
  const { code, stdout } = await command(['git', '-C', place, ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: home, ...person },
  })
  return code === 0 ? stdout.trim() : ''
}

async function clone(url = 'git@github.test:acme/shop.git'): Promise<string> {
  const place = join(folder, `clone-${++places}`)
  await git(folder, 'init', '--quiet', '--initial-branch=main', place)
  await git(place, 'commit', '--quiet', '--allow-empty', '--message', 'Start')
  if (url !== '') await git(place, 'remote', 'add', 'origin', url)
  return place
}

/** What git itself says. */
async function asked(place: string) {
  const remote = await git(place, 'config', '--get', 'remote.origin.url')
  return { remote, branch: await git(place, 'rev-parse', '--abbrev-ref', 'HEAD') }
}

describe('remote and branch', () => {
  it('are read from the files of a plain clone as git says them', async () => {
    for (const url of ['git@github.test:acme/shop.git', 'https://github.test/acme/shop', 'ssh://git@host:22/a/b.git', '']) {
      const place = await clone(url)
      assert.deepEqual(readOrigin(place, home), { remote: url, branch: 'main' })
      assert.deepEqual(readOrigin(place, home), await asked(place))
    }
    const place = await clone()
    await git(place, 'remote', 'add', 'upstream', 'https://github.test/other/shop')
    await git(place, 'checkout', '--quiet', '-b', 'feature/a.b-c_1')
    await git(place, 'config', 'branch.main.remote', 'origin')
    assert.deepEqual(readOrigin(place, home), await asked(place))
    assert.equal(readOrigin(place, home)?.branch, 'feature/a.b-c_1')
  })

  const UNCERTAIN: [what: string, change: (place: string) => Promise<unknown>][] = [
    ['no branch is checked out', (place) => git(place, 'checkout', '--quiet', '--detach')],
    ['the branch is packed', (place) => git(place, 'pack-refs', '--all')],
    ['the branch has no commit yet', (place) => git(place, 'checkout', '--quiet', '--orphan', 'new')],
    ['a tag is called like it', (place) => git(place, 'tag', 'main')],
    [
      'a packed tag is called like it',
      async (place) => {
        await git(place, 'tag', 'main')
        await git(place, 'pack-refs', '--all')
        await git(place, 'commit', '--quiet', '--allow-empty', '--message', 'Loose again')
      },
    ],
    ['a remote branch is called like it', (place) => git(place, 'update-ref', 'refs/remotes/main', 'HEAD')],
    ['the configuration includes another', (place) => git(place, 'config', 'include.path', 'more')],
    ['it includes another on a condition', (place) => git(place, 'config', 'includeIf.gitdir:/.path', 'more')],
    ['each work tree has its own', (place) => git(place, 'config', 'extensions.worktreeConfig', 'true')],
    ['there are several addresses', (place) => git(place, 'config', '--add', 'remote.origin.url', 'https://b.test/a/b')],
    ['the address is quoted', (place) => git(place, 'config', 'remote.origin.url', 'https://b.test/a/b;c#d')],
    [
      'the section is written in another way',
      (place) => appendFile(join(place, '.git', 'config'), '[REMOTE "origin"] url = https://b.test/c/d\n'),
    ],
    [
      'a value goes on in the next line',
      (place) => appendFile(join(place, '.git', 'config'), '[a]\n\tb = c\\\n[remote "origin"]\n'),
    ],
  ]
  for (const [what, change] of UNCERTAIN) {
    it(`are left to git where ${what}`, async () => {
      const place = await clone()
      await change(place)
      assert.equal(readOrigin(place, home), undefined)
    })
  }

  it('are left to git in a work tree, below the top, behind a link and where there is no repository', async () => {
    const place = await clone()
    await git(place, 'worktree', 'add', '--quiet', '-b', 'side', join(folder, 'side'))
    await mkdir(join(place, 'below'))
    await symlink(place, join(folder, 'link'))
    for (const path of ['side', 'link', 'home', 'nowhere']) assert.equal(readOrigin(join(folder, path), home), undefined)
    assert.equal(readOrigin(join(place, 'below'), home), undefined)
  })

  it('are left to git where this repository names no remote and another file might', async () => {
    const place = await clone('')
    const own = join(folder, 'own')
    await mkdir(own)
    await writeFile(join(own, '.gitconfig'), '[user]\n\tname = A\n')
    assert.deepEqual(readOrigin(place, own), { remote: '', branch: 'main' })
    await writeFile(join(own, '.gitconfig'), '[remote "origin"]\n\turl = https://b.test/a/b\n')
    assert.equal(readOrigin(place, own), undefined)
    assert.equal(readOrigin(place, ''), undefined)
  })
})
