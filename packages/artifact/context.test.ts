import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { command } from '@mayfly/core'
import fc from 'fast-check'
import { hashContext } from './context.ts'
import { parseIgnore } from './ignore.ts'

const PATH = process.env.PATH ?? ''
const hash = (folder: string, ignore = '') => hashContext(folder, parseIgnore(ignore), PATH)

async function withTree<T>(files: Record<string, string>, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'artifact-context-'))
  try {
    await write(folder, files)
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function write(folder: string, files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
}

async function git(folder: string, ...args: string[]): Promise<void> {
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.org', '-c', 'commit.gpgsign=false']
  const result = await command(['git', '-C', folder, ...identity, ...args], {
    env: { PATH, HOME: folder, GIT_CONFIG_GLOBAL: '/dev/null' },
  })
  assert.equal(result.code, 0, result.stderr)
}

const FILES = { Dockerfile: 'FROM scratch', 'src/a.txt': 'a', 'src/b.txt': 'b', 'docs/c.md': 'c' }

test('any change of a byte, a mode, a name or a kind in the context changes the key, and taking it back gives the old key', async () => {
  const name = fc.stringMatching(/^[a-z]{1,4}(\/[a-z]{1,4}){0,2}\.x$/)
  const tree = fc.uniqueArray(fc.tuple(name, fc.string()), { minLength: 1, maxLength: 6, selector: ([path]) => path })
  const kind = fc.constantFrom('byte', 'mode', 'name', 'add', 'remove', 'link')
  await fc.assert(
    fc.asyncProperty(tree, fc.nat(), kind, fc.boolean(), fc.boolean(), async (files, pick, change, tracked, committed) => {
      await withTree(Object.fromEntries(files), async (folder) => {
        if (tracked) {
          await git(folder, 'init', '--quiet')
          await git(folder, 'add', '.')
          if (committed) await git(folder, 'commit', '--quiet', '--message', 'x')
        }
        const before = await hash(folder)
        const [path, text] = files[pick % files.length] ?? ['', '']
        const file = join(folder, path)
        if (change === 'byte') await writeFile(file, `${text}!`)
        if (change === 'mode') await chmod(file, 0o755)
        if (change === 'name') await rename(file, `${file}2`)
        if (change === 'add') await writeFile(`${file}2`, text)
        if (change === 'remove' || change === 'link') await rm(file)
        if (change === 'link') await symlink(text.replaceAll('\0', '') || 'x', file)
        assert.notEqual(await hash(folder), before)
        await rm(`${file}2`, { force: true })
        await rm(file, { force: true })
        await write(folder, { [path]: text })
        assert.equal(await hash(folder), before)
      })
    }),
    { numRuns: 40 },
  )
})

test('a change outside of the context or behind the ignore file does not count', async () => {
  await withTree({ 'app/a.txt': 'a', 'app/node_modules/b.js': 'b', 'other/c.txt': 'c' }, async (folder) => {
    const app = join(folder, 'app')
    await git(folder, 'init', '--quiet')
    await git(folder, 'add', 'app/a.txt', 'other')
    const before = await hash(app, 'node_modules')
    await write(folder, { 'other/c.txt': 'changed', 'app/node_modules/d.js': 'd' })
    assert.equal(await hash(app, 'node_modules'), before)
    assert.notEqual(await hash(app), before)
  })
})

test("git's own folder does not count: a commit alone changes nothing", async () => {
  await withTree(FILES, async (folder) => {
    await git(folder, 'init', '--quiet')
    await git(folder, 'add', '.')
    const before = await hash(folder)
    await git(folder, 'commit', '--quiet', '--message', 'x')
    assert.equal(await hash(folder), before)
  })
})

test('the key is the same with and without git, tracked or not, touched or not', async () => {
  await withTree(FILES, async (folder) => {
    const plain = await hash(folder)
    await git(folder, 'init', '--quiet')
    assert.equal(await hash(folder), plain)
    await git(folder, 'add', '.')
    assert.equal(await hash(folder), plain)
    await utimes(join(folder, 'src/a.txt'), 1, 1)
    assert.equal(await hash(folder), plain)
  })
})

test("what git was told not to look at is looked at: 'assume unchanged' hides no change", async () => {
  await withTree(FILES, async (folder) => {
    await git(folder, 'init', '--quiet')
    await git(folder, 'add', '.')
    const before = await hash(folder)
    await git(folder, 'update-index', '--assume-unchanged', 'src/a.txt')
    await git(folder, 'update-index', '--skip-worktree', 'src/b.txt')
    assert.equal(await hash(folder), before)
    await write(folder, { 'src/a.txt': 'A' })
    const first = await hash(folder)
    assert.notEqual(first, before)
    await write(folder, { 'src/b.txt': 'B' })
    assert.notEqual(await hash(folder), first)
  })
})

test('line ends that git would normalise away count', async () => {
  await withTree({ '.gitattributes': '* text=auto\n', 'run.sh': 'echo\n' }, async (folder) => {
    await git(folder, 'init', '--quiet')
    await git(folder, 'add', '.')
    const before = await hash(folder)
    await write(folder, { 'run.sh': 'echo\r\n' })
    assert.notEqual(await hash(folder), before)
  })
})

test('a hostile repository starts no program while it is read', async () => {
  await withTree({ ...FILES, '.gitattributes': '* filter=evil\n' }, async (folder) => {
    await git(folder, 'init', '--quiet')
    await git(folder, 'add', '.')
    const proof = join(folder, 'ran')
    await write(folder, { 'evil.sh': `#!/bin/sh\ntouch ${proof}\ncat\n`, 'src/a.txt': 'changed' })
    await chmod(join(folder, 'evil.sh'), 0o755)
    await git(folder, 'config', 'core.fsmonitor', join(folder, 'evil.sh'))
    // What a folder that only looks like a repository says must not be believed either.
    await write(folder, {
      'bare/HEAD': 'ref: refs/heads/main',
      'bare/config': `[core]\nbare = true\nfsmonitor = ${join(folder, 'evil.sh')}\n`,
    })
    await mkdir(join(folder, 'bare/objects'))
    await mkdir(join(folder, 'bare/refs'))
    await Promise.all([hash(folder), hash(join(folder, 'bare'))])
    await assert.rejects(rm(proof), /ENOENT/)
  })
})

test('a context of 5,000 tracked files has its key in well under 300 ms', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 5000 }, (_, index) => [`d${index % 100}/f${index}.txt`, `${index}`.repeat(500)]),
  )
  await withTree(files, async (folder) => {
    await git(folder, 'init', '--quiet')
    await git(folder, 'add', '.')
    const times: number[] = []
    for (let i = 0; i < 5; i++) {
      const started = performance.now()
      await hash(folder, 'node_modules\n**/*.log\n.env\n!keep')
      times.push(performance.now() - started)
    }
    assert.ok(Math.min(...times) < 300, `${times.map(Math.round)} ms`)
  })
})
