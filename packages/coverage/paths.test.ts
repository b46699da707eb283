import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { NO_CODE } from './model.ts'
import { mapPaths, type PathOptions } from './paths.ts'

const FILES = new Set([
  ...['services/api/src/index.ts', 'services/api/src/prices.ts', 'services/web/src/index.ts', 'services/web/server.js'],
  ...['src/main/java/com/acme/App.java', 'shared/money.ts', 'tools/main.py', 'setup.py', 'go/store/store.go', 'a b/ü.ts'],
])

function map(path: string, options: Partial<PathOptions> = {}, lines = 3) {
  const hits = new Uint32Array(lines + 1).fill(1)
  hits[0] = NO_CODE
  return mapPaths(new Map([[path, { hits, branches: new Map() }]]), { mapping: {}, files: FILES, ...options })
}

function placeOf(path: string, options: Partial<PathOptions> = {}): string {
  const { files, unmapped, ignored } = map(path, options)
  return [...files.keys(), ...unmapped.map(({ why }) => why), ...(ignored > 0 ? ['ignored'] : [])].join(' and ')
}

const UNKNOWN = 'no file of the repository ends like this'
const NO_PATH = 'it is no path of a file'

describe('mapPaths', () => {
  const app = { mapping: { '/app': 'services/api' } }
  const table: [string, string, Partial<PathOptions>, string][] = [
    ['a path of the repository', 'shared/money.ts', {}, 'shared/money.ts'],
    ['with a dot before it', './shared/./x/../money.ts', {}, 'shared/money.ts'],
    ['what the mapping says', '/app/src/index.ts', app, 'services/api/src/index.ts'],
    [
      'a mapping with slashes behind',
      '/app/src/index.ts',
      { mapping: { '/app/': './services/web/' } },
      'services/web/src/index.ts',
    ],
    [
      'the longest mapping',
      '/app/src/index.ts',
      { mapping: { ...app.mapping, '/app/src': 'services/web/src' } },
      'services/web/src/index.ts',
    ],
    ['a mapping of the root', '/src/index.ts', { mapping: { '/': 'services/web' } }, 'services/web/src/index.ts'],
    ['a mapping to the root', '/home/x/setup.py', { mapping: { '/home/x': '' } }, 'setup.py'],
    ['whole names only', '/application/src/index.ts', app, '2 files of the repository end like this'],
    ['a mapping before the same path', 'shared/money.ts', { mapping: { shared: 'tools' } }, 'shared/money.ts'],
    ['another end where the mapping leads nowhere', '/app/web/src/index.ts', app, 'services/web/src/index.ts'],
    ['what git does not have in a mapped folder', '/app/dist/bundle.js', app, 'ignored'],
    ['a mapped folder that is not there', '/app/dist/bundle.js', { mapping: { '/app': 'servces/api' } }, UNKNOWN],
    ['the longest end', '/work/web/src/index.ts', {}, 'services/web/src/index.ts'],
    ['an end that several have', '/app/src/index.ts', {}, '2 files of the repository end like this'],
    ['of several the one of the service', '/app/src/index.ts', { folder: 'services/web' }, 'services/web/src/index.ts'],
    ['a package and a file', 'com/acme/App.java', {}, 'src/main/java/com/acme/App.java'],
    ['a name alone, near', '/app/main.py', {}, 'tools/main.py'],
    ['a name alone, far', '/opt/lib/python/thing/main.py', {}, UNKNOWN],
    ['a name alone, of a file at the top', '/home/runner/work/x/setup.py', {}, 'setup.py'],
    ['nothing like it', '/opt/other/thing.ts', {}, UNKNOWN],
    ['a name and no folder', 'money.ts', {}, 'shared/money.ts'],
    ['packages', '/app/node_modules/shared/money.ts', {}, 'ignored'],
    ['packages of Python', '/usr/lib/python3/dist-packages/setup.py', {}, 'ignored'],
    ['Cobertura', 'index.ts', { sources: ['/build/services/web/src'] }, 'services/web/src/index.ts'],
    ['Cobertura, from the root', 'shared/money.ts', { sources: ['.'] }, 'shared/money.ts'],
    ['Cobertura, mapped', 'src/index.ts', { ...app, sources: ['/app', '/usr/lib'] }, 'services/api/src/index.ts'],
    [
      'Cobertura, several',
      'src/index.ts',
      { sources: ['services/api', 'services/web'] },
      '2 files of the repository end like this',
    ],
    ['Go', 'example.com/shop/store/store.go', { goModules: { 'example.com/shop': 'go' } }, 'go/store/store.go'],
    ['Go, of no folder', 'example.com/shop/store/store.go', {}, 'go/store/store.go'],
    ['Windows', 'C:\\work\\shared\\money.ts', {}, 'shared/money.ts'],
    ['Windows, mapped', 'D:\\app\\src\\index.ts', { mapping: { 'D:\\app': 'services/api' } }, 'services/api/src/index.ts'],
    ['a url', 'file:///app/a%20b/%C3%BC.ts', {}, 'a b/ü.ts'],
    ['a broken url', 'file:///app/%', {}, UNKNOWN],
    ['out of the folder', '../../shared/money.ts', {}, 'shared/money.ts'],
    ['out of the mapped folder', '/app/../../etc/passwd', app, UNKNOWN],
    ['a mapping out of the repository', '/app/passwd', { mapping: { '/app': '../../etc' } }, UNKNOWN],
    ['a NUL', 'shared/money.ts\0.png', {}, NO_PATH],
    ['a line end', 'shared/\nmoney.ts', {}, NO_PATH],
    ['nothing', '', {}, NO_PATH],
    ['a folder', '/', {}, NO_PATH],
    ['too long', `${'a/'.repeat(4000)}shared/money.ts`, {}, NO_PATH],
    ['a name of objects', '__proto__', {}, UNKNOWN],
  ]
  for (const [name, path, options, expected] of table) {
    it(`${name}: ${JSON.stringify(path.slice(0, 40))} is ${expected}`, () => assert.equal(placeOf(path, options), expected))
  }

  it('says that a report was made from another version of a file', () => {
    const lineCount = () => 10
    assert.equal(map('shared/money.ts', { lineCount }, 11).files.size, 1)
    const { files, unmapped } = map('shared/money.ts', { lineCount }, 40)
    assert.equal(files.size, 0)
    assert.deepEqual(unmapped, [
      {
        path: 'shared/money.ts',
        why: 'it was made from another version of the file: it has line 40, and shared/money.ts has 10',
      },
    ])
  })

  it('puts together what two paths say of one file', () => {
    const one = { hits: Uint32Array.of(NO_CODE, 1, 0), branches: new Map() }
    const mapped = mapPaths(
      new Map([
        ['/app/shared/money.ts', one],
        ['shared/money.ts', one],
      ]),
      { mapping: {}, files: FILES },
    )
    assert.deepEqual([...(mapped.files.get('shared/money.ts')?.hits ?? [])], [NO_CODE, 2, 0])
    assert.deepEqual([...one.hits], [NO_CODE, 1, 0])
  })

  it('lists twenty of those that are unknown and counts the others', () => {
    const one = { hits: Uint32Array.of(NO_CODE, 1), branches: new Map() }
    const reported = new Map(Array.from({ length: 50 }, (_, at) => [`/x/y/${at}.ts`, one]))
    const { unmapped, unlisted, ignored } = mapPaths(reported, { mapping: {}, files: FILES })
    assert.deepEqual([unmapped.length, unlisted, ignored], [20, 30, 0])
  })

  it('never answers anything but a file of the repository', () => {
    const part = fc.oneof(
      fc.constantFrom('..', '.', '', 'src', 'index.ts', 'app', 'C:', 'services', '\\', '__proto__', '\0'),
      fc.string(),
    )
    const path = fc.array(part, { maxLength: 8 }).map((parts) => parts.join('/'))
    fc.assert(
      fc.property(path, fc.dictionary(path, path), fc.array(path), (reported, mapping, sources) => {
        const { files, unmapped, ignored } = map(reported, { mapping, sources, folder: 'services/api' })
        for (const found of files.keys()) assert.ok(FILES.has(found))
        assert.equal(files.size + unmapped.length + ignored, 1)
      }),
    )
  })
})
