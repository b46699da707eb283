import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { command } from '@mayfly/core'
import fc from 'fast-check'
import { parseTag, tagName } from './tag-name.ts'
import { parseVersion } from './versions.ts'

const part = fc
  .array(fc.constantFrom('.', '.', '..', '.lock', '-', '_', 'a', 'Z', '0', 'lock', 'web'), { minLength: 1, maxLength: 5 })
  .map((all) => all.join(''))
const name = fc
  .tuple(fc.constantFrom('', '@'), fc.array(part, { minLength: 1, maxLength: 3 }))
  .map(([scope, parts]) => scope + parts.join('/'))
const number = fc.integer({ min: 0, max: 20 })
const tail = (sign: string) =>
  fc
    .option(fc.array(fc.constantFrom('rc', '1', 'lock', 'x-y', '0'), { minLength: 1, maxLength: 3 }), { nil: undefined })
    .map((all) => (all ? sign + all.join('.') : ''))
const version = fc
  .tuple(number, number, number, tail('-'), tail('+'))
  .map(([a, b, c, pre, build]) => `${a}.${b}.${c}${pre}${build}`)

test('every name and version has a tag that git takes, which leads back to them alone', async () => {
  const tags: string[] = []
  fc.assert(
    fc.property(name, version, (of, at) => {
      assert.ok(parseVersion(at))
      const tag = tagName(of, at)
      assert.deepEqual(parseTag(tag), { name: of, version: at })
      tags.push(tag)
    }),
    { numRuns: 2000 },
  )
  const directory = await mkdtemp(join(tmpdir(), `tag-name-${process.pid}-`))
  const env = { PATH: process.env.PATH ?? '' }
  // One process for all: git itself refuses a batch with one bad name (git-check-ref-format).
  const input = [...new Set(tags)].map((tag) => `verify refs/tags/${tag} ${'0'.repeat(40)}\n`).join('')
  try {
    await command(['git', 'init', '--quiet', '--bare', '.'], { cwd: directory, env })
    const checked = await command(['git', 'update-ref', '--stdin'], { cwd: directory, env, input })
    assert.equal(checked.code, 0, checked.stderr)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})

test('no tag of one is a folder of another', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(name, version), { minLength: 20, maxLength: 60 }), (all) => {
      const tags = all.map(([of, at]) => tagName(of, at))
      for (const tag of tags) assert.ok(!tags.some((other) => other.startsWith(`${tag}/`)))
    }),
    { numRuns: 200 },
  )
})

const SHAPES: [string, string, string][] = [
  ['web', '1.0.0', 'web@1.0.0'],
  ['@acme/web', '1.0.0-rc.1+build.5', '@acme/web@1.0.0-rc.1+build.5'],
  ['acme/web', '1.0.0', 'acme/web@1.0.0'],
  ['.web', '1.0.0', '%2Eweb@1.0.0'],
  ['a..b', '1.0.0-x.lock', 'a.%2Eb@1.0.0-x%2Elock'],
]
for (const [of, at, tag] of SHAPES) {
  test(`${of} ${at} is tagged ${tag}`, () => assert.equal(tagName(of, at), tag))
}

test('what is no name or no version has no tag', () => {
  for (const bad of [
    '',
    ' web',
    'a b',
    '@',
    'a@b',
    'a//b',
    '/a',
    'a/',
    'ü',
    'a~1',
    'a:b',
    '@@a',
    'a\n',
    '%2Ea',
    'x'.repeat(300),
  ]) {
    assert.throws(() => tagName(bad, '1.0.0'), { name: 'UserError' }, bad)
  }
  for (const bad of [
    '',
    '1',
    '1.0',
    'v1.0.0',
    '1.0.0 ',
    '01.0.0',
    '1.0.0-',
    '1.0.0-01',
    'latest',
    '1.0.0+',
    '^1.0.0',
    '1.0.0\n',
  ]) {
    assert.throws(() => tagName('web', bad), { name: 'UserError' }, bad)
  }
})

test('of other tags nothing is read', () => {
  for (const tag of [
    'v1.0.0',
    'web',
    '@1.0.0',
    'web@',
    'web@latest',
    'web%2E@1.0.0',
    'w%2Eb@1.0.0',
    'web@1.0.0^{}',
    'a@b@1.0.0',
    'x'.repeat(300),
  ]) {
    assert.equal(parseTag(tag), undefined, tag)
  }
})
