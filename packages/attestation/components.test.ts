import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { componentsOf } from './components.ts'

const SHA512 = `sha512-${Buffer.alloc(64, 7).toString('base64')}`

/** Reads from a record, and remembers what it was asked for. */
function disk(files: Readonly<Record<string, string>>) {
  const asked: string[] = []
  const read = async (path: string) => {
    asked.push(path)
    return files[path]
  }
  return { asked, read }
}

const PACKAGES = {
  '/r/node_modules/hono/package.json': '{"name":"hono","version":"4.1.0","license":"MIT"}',
  '/r/node_modules/@scope/x/package.json': '{"name":"@scope/x","version":"1.0.0","license":"(MIT OR Apache-2.0)"}',
  '/r/node_modules/a/node_modules/hono/package.json': '{"name":"hono","version":"3.0.0"}',
  '/r/node_modules/other/package.json': '{"name":"other","version":"1.0.0"}',
  '/r/node_modules/.pnpm/zod@1/node_modules/zod/package.json': '{"name":"zod","version":"1.0.0"}',
}
const FILES = [
  '/r/node_modules/hono/dist/a.js',
  '/r/node_modules/hono/dist/b.js',
  '/r/node_modules/@scope/x/i.js',
  '/r/node_modules/a/node_modules/hono/i.js',
  '/r/node_modules/.pnpm/zod@1/node_modules/zod/i.js',
  '/r/src/own.ts',
]

describe('the packages of a bundle', () => {
  it('are those whose files are in it: each version once, nested ones too, in one order', async () => {
    const expected = ['pkg:npm/%40scope/x@1.0.0', 'pkg:npm/hono@3.0.0', 'pkg:npm/hono@4.1.0', 'pkg:npm/zod@1.0.0']
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(FILES, { minLength: FILES.length }), async (files) => {
        const found = await componentsOf(files, disk(PACKAGES).read)
        assert.deepEqual(
          found.map(({ purl }) => purl),
          expected,
        )
      }),
      { numRuns: 20 },
    )
  })

  it('are read once each, however many of their files are in it', async () => {
    const { asked, read } = disk(PACKAGES)
    await componentsOf([...FILES, ...FILES], read)
    assert.deepEqual(asked.toSorted(), [...new Set(asked)].sort())
  })

  it('are read a few at a time, so that a large bundle does not run out of open files', async () => {
    let [open, most] = [0, 0]
    const files = Array.from({ length: 200 }, (_, index) => `/r/node_modules/p${index}/i.js`)
    const found = await componentsOf(files, async () => {
      most = Math.max(most, ++open)
      await new Promise(setImmediate)
      open--
      return undefined
    })
    assert.equal(found.length, files.length)
    assert.ok(most > 1 && most <= 16, `${most}`)
  })

  it('go by their folder where they do not say who they are', async () => {
    const cases: [manifest: string | undefined, purl: string][] = [
      ['{', 'pkg:npm/%40s/x'],
      [undefined, 'pkg:npm/%40s/x'],
      ['[]', 'pkg:npm/%40s/x'],
      ['{"name":"../../etc","version":"1.0.0"}', 'pkg:npm/%40s/x@1.0.0'],
      ['{"name":"<b>","version":"1 2"}', 'pkg:npm/%40s/x'],
      [`{"name":"${'n'.repeat(215)}"}`, 'pkg:npm/%40s/x'],
      ['{"name":{"toString":1},"version":7}', 'pkg:npm/%40s/x'],
      ['{"name":"\\ud800","version":"\\udfff"}', 'pkg:npm/%40s/x'],
    ]
    for (const [manifest, purl] of cases) {
      const { read } = disk(manifest === undefined ? {} : { '/r/node_modules/@s/x/package.json': manifest })
      const [found] = await componentsOf(['/r/node_modules/@s/x/i.js'], read)
      assert.equal(found?.purl, purl, manifest)
    }
  })

  it('do not hold what tools keep between them', async () => {
    assert.deepEqual(await componentsOf(['/r/node_modules/.cache/tool/x.js'], disk({}).read), [])
  })

  it('are the same where copies of one differ, whichever comes first', async () => {
    const { read } = disk({
      '/r/node_modules/a/package.json': '{"name":"a","version":"1.0.0","license":"MIT"}',
      '/r/node_modules/b/node_modules/a/package.json': '{"name":"a","version":"1.0.0","license":"ISC"}',
    })
    const files = ['/r/node_modules/a/i.js', '/r/node_modules/b/node_modules/a/i.js']
    const found = await componentsOf(files, read)
    assert.equal(found.length, 1)
    assert.deepEqual(await componentsOf(files.toReversed(), read), found)
  })
})

describe('the hash of a package', () => {
  const lock = (packages: object) => JSON.stringify({ lockfileVersion: 3, packages })

  it('is what npm wrote down in the folder that it installed in, for hoisted, nested and workspace packages', async () => {
    const integrity = { integrity: SHA512 }
    const { read } = disk({
      '/r/node_modules/.package-lock.json': lock({
        'node_modules/hono': integrity,
        'node_modules/a/node_modules/b': integrity,
        'packages/w/node_modules/c': integrity,
      }),
    })
    const files = ['/r/node_modules/hono/i.js', '/r/node_modules/a/node_modules/b/i.js', '/r/packages/w/node_modules/c/i.js']
    const found = await componentsOf([...files, '/r/node_modules/unlisted/i.js'], read)
    assert.deepEqual(
      found.map(({ name, hash }) => [name, hash]),
      [
        ['b', SHA512],
        ['c', SHA512],
        ['hono', SHA512],
        ['unlisted', undefined],
      ],
    )
  })

  for (const [what, text] of [
    ['is no JSON', '{'],
    ['lists no packages', '{}'],
    ['lists something else', lock({ 'node_modules/x': 7 })],
    ['has a hash of the wrong length', lock({ 'node_modules/x': { integrity: 'sha512-YWJj' } })],
    ['has a hash of an unknown kind', lock({ 'node_modules/x': { integrity: 'md5-YWJj' } })],
    ['has a text that is no hash', lock({ 'node_modules/x': { integrity: '<script>' } })],
  ] as const) {
    it(`is none where the lock file ${what}`, async () => {
      const [found] = await componentsOf(['/r/node_modules/x/i.js'], disk({ '/r/node_modules/.package-lock.json': text }).read)
      assert.deepEqual(found, { name: 'x', version: '', purl: 'pkg:npm/x', license: '' })
    })
  }
})
