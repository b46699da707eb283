import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { command } from '@mayfly/core'
import { connectEngine, docker, type Engine } from '@mayfly/engine'
import { sentFiles } from '../../packages/artifact/context.ts'
import { parseIgnore } from '../../packages/artifact/ignore.ts'

const FILES = [
  '.env',
  '.env.local',
  'README.md',
  'Makefile',
  'a+b.txt',
  'a(1).txt',
  'abc',
  'src/app.ts',
  'src/app.test.ts',
  'src/README.md',
  'src/deep/x/y.ts',
  'src/deep/x/y.log',
  'node_modules/p/index.js',
  'packages/a/node_modules/q/q.js',
  'packages/a/src/q.ts',
  'dist/out.js',
  'dist/keep/me.js',
  'dist/keep/not.js',
  'logs/a.log',
  'logs/b.txt',
  'Thumbs.DB',
  '#hash',
  '!bang',
  'ä/ö.txt',
]

/** Ignore files as people write them, and as they should not. */
const CASES: string[][] = [
  [],
  ['node_modules'],
  ['**/node_modules'],
  ['node_modules/'],
  ['/src'],
  ['*.md'],
  ['**/*.md', '!README.md'],
  ['*', '!src'],
  ['*', '!src/**/*.ts', 'src/deep'],
  ['**', '!packages/a/src'],
  ['dist', '!dist/keep/me.js'],
  ['dist/*', '!dist/keep'],
  ['dist/**', '!dist/keep/*.js', 'dist/keep/not.js'],
  ['# a comment', '  .env*  ', '', '!.env.local'],
  ['src/deep/../app.ts', './logs//a.log'],
  ['?bc', 'a+b.txt', 'a(1).txt'],
  ['[Mm]akefile', 'thumbs.db'],
  ['[^.]*', '!logs'],
  ['\\#hash', '\\!bang'],
  ['**/x/**', '!**/y.ts'],
  ['src/**/y.*'],
  ['ä'],
  ['../outside', '/', '.'],
  ['packages/*/node_modules', 'logs/?.log'],
]

let engine: Engine
let root: string

before(async () => {
  engine = await connectEngine({ host: undefined }, process.env)
  root = await mkdtemp(join(tmpdir(), 'artifact-ignore-'))
  for (const file of FILES) {
    await mkdir(dirname(join(root, 'context', file)), { recursive: true })
    await writeFile(join(root, 'context', file), file)
  }
})

after(async () => {
  await rm(root, { recursive: true, force: true })
  await engine.close()
})

for (const lines of CASES) {
  test(`the files that count are the files that BuildKit is sent, with ${JSON.stringify(lines)}`, async () => {
    const context = join(root, 'context')
    const dockerfile = join(root, 'Dockerfile')
    await writeFile(dockerfile, 'FROM scratch\nCOPY . /\n')
    await writeFile(`${dockerfile}.dockerignore`, lines.join('\n'))
    const archive = join(root, 'out.tar')
    const args = ['--builder', 'default', '--file', dockerfile, '--output', `type=tar,dest=${archive}`, context]
    const built = await docker(engine, ['buildx', 'build', ...args])
    const ours = sentFiles(context, parseIgnore(lines.join('\n')))
    if (built.code !== 0) {
      // Nothing to copy is an error of the builder's.
      assert.deepEqual(ours, [], built.stderr)
      return
    }
    const listed = await command(['tar', '--quoting-style=literal', '-tf', archive], {
      env: { PATH: process.env.PATH ?? '', LC_ALL: 'C.UTF-8' },
    })
    const theirs = listed.stdout.split('\n').filter((name) => name !== '')
    assert.deepEqual(ours.toSorted(), theirs.map((name) => name.replace(/\/$/, '')).toSorted())
  })
}
