import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { command } from '@mayfly/core'
import fc from 'fast-check'
import { type TarEntry, tar } from './tar.ts'

const TIME = 1_700_000_000

/** What GNU tar, which knows nothing of us, reads: one line an entry. */
async function listed(archive: Buffer): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-tar-'))
  try {
    await writeFile(join(folder, 'a.tar'), archive)
    const env = { PATH: process.env.PATH ?? '', LC_ALL: 'C.UTF-8', TZ: 'UTC' }
    const options = ['--list', '--verbose', '--numeric-owner', '--full-time', '--quoting-style=literal', '--file', 'a.tar']
    const { code, stdout, stderr } = await command(['tar', ...options], { cwd: folder, env })
    assert.equal(code, 0, stderr)
    return stdout.trimEnd().split('\n')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

test('folders, files, executables and links are read by GNU tar as they were meant', async () => {
  const entries: TarEntry[] = [
    { path: 'app/run', kind: 'file', bytes: Buffer.from('#!'), mode: 0o755 },
    { path: '/app/b/c.txt', kind: 'file', bytes: Buffer.from('hello') },
    { path: 'app/link', kind: 'link', target: 'run' },
  ]
  assert.deepEqual(
    (await listed(tar(entries, TIME))).map((line) => line.replace(/ +/g, ' ')),
    [
      'drwxr-xr-x 0/0 0 2023-11-14 22:13:20 app/',
      'drwxr-xr-x 0/0 0 2023-11-14 22:13:20 app/b/',
      '-rw-r--r-- 0/0 5 2023-11-14 22:13:20 app/b/c.txt',
      'lrwxrwxrwx 0/0 0 2023-11-14 22:13:20 app/link -> run',
      '-rwxr-xr-x 0/0 2 2023-11-14 22:13:20 app/run',
    ],
  )
})

test('names of any length and script arrive whole', async () => {
  const names = ['x'.repeat(100), 'y'.repeat(101), `deep/${'z/'.repeat(80)}end`, 'grüße/日本.txt', `${'é'.repeat(60)}`]
  const lines = await listed(
    tar(
      names.map((path) => ({ path, kind: 'file', bytes: Buffer.from(path) })),
      TIME,
    ),
  )
  for (const name of names)
    assert.ok(
      lines.some((line) => line.endsWith(` ${name}`)),
      name,
    )
})

test('the order in which entries are given changes nothing', () => {
  const name = fc.stringMatching(/^[a-z]{1,3}(\/[a-zA-Z._-]{1,4}x){0,3}$/)
  const files = fc.uniqueArray(fc.record({ path: name, text: fc.string() }), { selector: ({ path }) => path, maxLength: 12 })
  fc.assert(
    fc.property(files, fc.integer({ min: 0, max: 2 ** 31 }), (list, mtime) => {
      const entries = list.map(({ path, text }): TarEntry => ({ path, kind: 'file', bytes: Buffer.from(text) }))
      assert.deepEqual(tar(entries, mtime), tar(entries.toReversed(), mtime))
    }),
  )
})
