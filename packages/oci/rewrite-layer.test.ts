import assert from 'node:assert/strict'
import { createReadStream } from 'node:fs'
import { link, mkdir, mkdtemp, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { command } from '@mayfly/core'
import fc from 'fast-check'
import { digestOf } from './digest.ts'
import { listTar } from './list-tar.ts'
import { clampTimes, fileHeader } from './rewrite-header.ts'
import { rewriteLayer } from './rewrite-layer.ts'
import { tar } from './tar.ts'

const EPOCH = 1_700_000_000
const NEWER = EPOCH + 86_400
const END = Buffer.alloc(1024)
const ENV = { PATH: process.env.PATH ?? '', LC_ALL: 'C.UTF-8', TZ: 'UTC' }

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mayfly-rewrite-'))
})
after(() => rm(folder, { recursive: true, force: true }))

async function gnuTar(...options: string[]): Promise<string> {
  const { code, stdout, stderr } = await command(['tar', ...options], { cwd: folder, env: ENV })
  assert.equal(code, 0, stderr)
  return stdout
}

/** One line an entry: modes, owners, sizes, devices, times, names, targets and extended attributes. */
async function listed(file: string): Promise<string[]> {
  const options = ['--list', '-vv', '--numeric-owner', '--full-time', '--quoting-style=escape', '--xattrs', '--file', file]
  return (await gnuTar(...options))
    .trimEnd()
    .replace(/\n {2}x:/g, ' x:')
    .replace(/ +/g, ' ')
    .split('\n')
}

const at = (seconds: number) => new Date(seconds * 1000).toISOString().replace('T', ' ').replace('.000Z', '')

/** The line, with its time no later than the epoch and without fractions of a time that was. */
function clamped(line: string): string {
  return line.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?/, (time) =>
    Date.parse(`${time.replace(' ', 'T').slice(0, 19)}Z`) / 1000 >= EPOCH ? at(EPOCH) : time,
  )
}

async function rewriteOf(name: string, archive?: Buffer) {
  const file = join(folder, name)
  if (archive !== undefined) await writeFile(file, archive)
  const output = `${file}.new`
  return { file, output, rewritten: await rewriteLayer(file, output, EPOCH) }
}

async function makeTree(): Promise<void> {
  const root = join(folder, 'tree')
  await mkdir(join(root, 'deep', `${'long/'.repeat(40)}`), { recursive: true })
  await writeFile(join(root, 'deep', 'long/'.repeat(40), 'grüße.txt'), 'far away')
  await writeFile(join(root, `${'n'.repeat(140)}`), 'a long name')
  await writeFile(join(root, 'run'), '#!/bin/sh', { mode: 0o4755 })
  await writeFile(join(root, 'empty'), '')
  await writeFile(join(root, 'large'), Buffer.alloc(3 * 1024 * 1024 + 7, 'abc'))
  await writeFile(join(root, 'old'), 'from long ago')
  await link(join(root, 'run'), join(root, 'zz-same-as-run'))
  await symlink('../nowhere', join(root, 'dangling'))
  await symlink(`/${'t'.repeat(150)}`, join(root, 'far-target'))
  await writeFile(join(root, '.wh.gone'), '')
  await mkdir(join(root, 'opaque'))
  await writeFile(join(root, 'opaque/.wh..wh..opq'), '')
  await command(['mkfifo', join(root, 'pipe')], { env: ENV })
  await utimes(join(root, 'old'), 1_000_000_000, 1_000_000_000)
}

for (const format of ['ustar', 'gnu', 'pax', 'v7']) {
  test(`a layer in the ${format} format keeps all but what is newer than its commit`, async () => {
    await rm(join(folder, 'tree'), { recursive: true, force: true })
    await makeTree()
    const options = format === 'pax' ? ['--pax-option=SCHILY.xattr.user.note:=kept'] : []
    const left = format === 'ustar' || format === 'v7' ? ['--exclude=long', '--exclude=n*', '--exclude=far-target'] : []
    if (format === 'v7') left.push('--exclude=pipe')
    const numbers = ['--owner=root:1234', '--group=staff:4321']
    await gnuTar(
      '--create',
      '--file',
      `${format}.tar`,
      `--format=${format}`,
      '--sort=name',
      ...options,
      ...left,
      ...numbers,
      'tree',
    )
    const { file, output, rewritten } = await rewriteOf(`${format}.tar`)
    assert.ok(rewritten)
    const after = await listed(output)
    assert.deepEqual(after.sort(), (await listed(file)).map(clamped).sort())
    if (format === 'pax')
      assert.ok(
        after.some((line) => line.endsWith('x: 4 user.note')),
        after.join('\n'),
      )
    const contents = async (path: string) =>
      (await listTar(createReadStream(path))).map(({ path: name, hash }) => `${name} ${hash}`).sort()
    assert.deepEqual(await contents(output), await contents(file))
    assert.equal(rewritten.diffId, digestOf(await readFile(output)))
    assert.equal(rewritten.size, (await stat(output)).size)
  })
}

test('devices keep their numbers, and times that only a pax record tells are set back too', async () => {
  const device = fileHeader('dev/console', 0)
  device.write('3', 156)
  device.write('0000005\0', 329)
  device.write('0000001\0', 337)
  const record = `${'30'} mtime=${NEWER}.123456789\n`
  assert.equal(record.length, 30)
  const pax = fileHeader('pax', record.length)
  pax.write('x', 156)
  const filled = Buffer.concat([Buffer.from(record), Buffer.alloc(512 - record.length)])
  const blocks = [clampTimes(device, NEWER, true), clampTimes(pax, NEWER), filled, fileHeader('in-pax', 0), END]
  const { output } = await rewriteOf('devices.tar', Buffer.concat(blocks))
  assert.deepEqual(await listed(output), [`crw-r--r-- 0/0 5,1 ${at(EPOCH)} dev/console`, `-rw-r--r-- 0/0 0 ${at(EPOCH)} in-pax`])
})

test('a layer in which nothing is newer is left alone, byte for byte', async () => {
  const layer = tar([{ path: 'b', kind: 'file', bytes: Buffer.from('x') }], EPOCH)
  const { output, rewritten } = await rewriteOf('settled.tar', layer)
  assert.equal(rewritten, undefined)
  await assert.rejects(stat(output), /ENOENT/)
})

const entry = fc.record({
  path: fc.stringMatching(/^[a-c.-]{1,3}x(\/[a-cA-Z._-]{1,4}x){0,2}$/),
  text: fc.string({ maxLength: 700 }),
  mtime: fc.integer({ min: EPOCH - 10, max: EPOCH + 10 }),
  kind: fc.constantFrom('file' as const, 'link' as const),
})
const entries = fc.uniqueArray(entry, { selector: ({ path }) => path, minLength: 1, maxLength: 10 })

function archiveOf(list: readonly { path: string; text: string; mtime: number; kind: 'file' | 'link' }[]): Buffer {
  const one = ({ path, text, mtime, kind }: (typeof list)[number]) => {
    const whole =
      kind === 'file' ? { path, kind, bytes: Buffer.from(text) } : { path, kind, target: text.replaceAll('\0', '') || 'x' }
    // Without the folders above it, which `tar` adds, and without the end.
    const made = tar([{ ...whole, path: 'x' }], mtime).subarray(0, -1024)
    const header = Buffer.from(made.subarray(0, 512))
    if (header[156] === 'x'.charCodeAt(0)) return undefined
    header.write(`${path}\0`.padEnd(100, '\0'), 0, 'latin1')
    return Buffer.concat([clampTimes(header, mtime), made.subarray(512)])
  }
  return Buffer.concat([...list.flatMap((each) => one(each) ?? []), END])
}

test('the same entries in another order, or with other times after the commit, give the same layer', async () => {
  await fc.assert(
    fc.asyncProperty(entries, fc.infiniteStream(fc.integer({ min: 1, max: 1000 })), async (list, numbers) => {
      const newest = list.map((each, index) => (index === 0 ? { ...each, kind: 'file' as const, mtime: NEWER } : each))
      const drawn = [...numbers.take(2 * list.length)]
      const later = newest.map((each, index) => ({
        ...each,
        mtime: each.mtime > EPOCH ? EPOCH + (drawn[index] ?? 1) : each.mtime,
      }))
      const shuffled = later
        .map((each, index) => ({ each, key: drawn[list.length + index] ?? 0 }))
        .sort((a, b) => a.key - b.key)
        .map(({ each }) => each)
      const first = await rewriteOf('one.tar', archiveOf(newest))
      const second = await rewriteOf('two.tar', archiveOf(shuffled))
      assert.equal(first.rewritten?.diffId, second.rewritten?.diffId)
      // Once is enough: what was re-written has nothing left to re-write.
      assert.equal(await rewriteLayer(first.output, join(folder, 'again.tar'), EPOCH), undefined)
    }),
    { numRuns: 60 },
  )
})

test('a hard link never comes before what it leads to, whatever their names', async () => {
  const hard = (name: string, target: string) => {
    const header = fileHeader(name, 0)
    header.write('1', 156)
    header.write(target, 157)
    return clampTimes(header, NEWER, true)
  }
  const blocks = [clampTimes(fileHeader('z', 0), NEWER, true), hard('a', 'z'), hard('b', 'a'), END]
  const { output } = await rewriteOf('links.tar', Buffer.concat(blocks))
  assert.deepEqual(
    (await listed(output)).map((line) => line.replace(/^.*:\d\d /, '')),
    ['z', 'a link to z', 'b link to a'],
  )
})

const BROKEN: [string, Buffer, RegExp][] = [
  ['a text', Buffer.from('x'.repeat(2048)), /not a header/],
  [
    'an archive that ends inside a file',
    Buffer.concat([clampTimes(fileHeader('a', 4000), NEWER, true), Buffer.alloc(512)]),
    /ends too early/,
  ],
  ['an archive without an end', clampTimes(fileHeader('a', 0), NEWER, true), /ends too early/],
  ['names of a gigabyte', hugePrelude(), /too large/],
]

function hugePrelude(): Buffer {
  const block = fileHeader('x', 1024 ** 3)
  block.write('x', 156)
  return Buffer.concat([clampTimes(block, NEWER), Buffer.alloc(2048)])
}

for (const [what, bytes, why] of BROKEN) {
  test(`${what} is refused`, async () => {
    await assert.rejects(rewriteOf('broken.tar', bytes), why)
  })
}
