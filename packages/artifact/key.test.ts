import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type BuildInputs, buildKey, functionKey } from './key.ts'

let context: string

before(async () => {
  context = await mkdtemp(join(tmpdir(), 'artifact-key-'))
  await writeFile(join(context, 'a.txt'), 'a')
})

after(() => rm(context, { recursive: true, force: true }))

function inputs(more: Partial<BuildInputs> = {}, source: Partial<BuildInputs['source']> = {}): BuildInputs {
  return {
    service: 'web',
    version: '1.0.0',
    dockerfile: 'FROM scratch',
    ignore: '',
    needs: {},
    revision: undefined,
    ...more,
    source: {
      kind: 'build',
      context,
      dockerfile: '/elsewhere/Dockerfile',
      dockerfileInline: undefined,
      args: { A: '1', B: '2' },
      target: undefined,
      platform: undefined,
      labels: {},
      secrets: [],
      additionalContexts: {},
      shmSize: undefined,
      network: undefined,
      noCache: false,
      pull: false,
      ...source,
    },
  }
}

const CHANGES: [string, Partial<BuildInputs>, Partial<BuildInputs['source']>?][] = [
  ['the Dockerfile, wherever it lies', { dockerfile: 'FROM scratch\n' }],
  ['what is left out of the context', { ignore: 'a.txt' }],
  ['the service', { service: 'api' }],
  ['the version', { version: '1.0.1' }],
  ['an image it starts from', { needs: { base: 'k' } }],
  ['the commit, where the image is to be made anew for each', { revision: 'abc' }],
  ['an argument', {}, { args: { A: '1', B: '3' } }],
  ['the target', {}, { target: 'test' }],
  ['the platform', {}, { platform: 'linux/arm64' }],
  ['a label', {}, { labels: { team: 'shop' } }],
  ['a secret’s name', {}, { secrets: [{ id: 's', file: '/s' }] }],
  ['the network', {}, { network: 'none' }],
  ['another context', {}, { additionalContexts: { more: 'docker-image://debian' } }],
]

test('everything that goes into a build changes its key', async () => {
  const seen = new Map([[await buildKey(inputs(), process.env.PATH ?? ''), 'nothing']])
  for (const [what, more, source] of CHANGES) {
    const key = await buildKey(inputs(more, source), process.env.PATH ?? '')
    assert.equal(seen.get(key), undefined, `${what} gives the same key as ${seen.get(key)}`)
    seen.set(key, what)
  }
})

test('the order of arguments, the place of the Dockerfile and a comment in the ignore file change nothing', async () => {
  const same = inputs({ ignore: '# nothing' }, { args: { B: '2', A: '1' }, dockerfile: '/other/Dockerfile' })
  assert.equal(await buildKey(same, process.env.PATH ?? ''), await buildKey(inputs(), process.env.PATH ?? ''))
})

test('folder, what lies above it, runtime, base, version and, without a lock file, the bundle change a function’s key', () => {
  const one = {
    service: 'f',
    version: '1.0.0',
    folder: 'functions/f',
    tree: 'a',
    above: { 'package-lock.json': '1' },
    node: 24,
    base: 'sha256:a',
    runtime: 'r',
    bundle: undefined,
  }
  const others = [
    { service: 'g' },
    { version: '1.0.1' },
    { folder: 'f' },
    { tree: 'b' },
    { above: { 'package-lock.json': '2' } },
    { above: {} },
    { node: 22 },
    { base: 'sha256:b' },
    { runtime: 's' },
    { bundle: Buffer.from('code') },
  ]
  const keys = [one, ...others.map((other) => ({ ...one, ...other }))].map(functionKey)
  assert.equal(new Set(keys).size, keys.length)
})
