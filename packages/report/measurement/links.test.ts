import assert from 'node:assert/strict'
import test from 'node:test'
import type { LineRange } from '@mayfly/core'
import fc from 'fast-check'
import { measurements } from '../fixtures/measurements.ts'
import { anchor, fileUrl, isInside } from './links.ts'

const { red } = measurements
const home = `https://github.example.com/acme/shop/blob/${red.revision}`

const files: [path: string, range: LineRange | undefined, url: string | undefined][] = [
  ['src/a.ts', undefined, `${home}/src/a.ts`],
  ['src/a.ts', [7, 7], `${home}/src/a.ts#L7`],
  ['src/a.ts', [7, 9], `${home}/src/a.ts#L7-L9`],
  ["it's (1)/[a] #b?/ü*!.ts", undefined, `${home}/it%27s%20%281%29/%5Ba%5D%20%23b%3F/%C3%BC%2A%21.ts`],
  ['app/%2e%2e/x', undefined, `${home}/app/%252e%252e/x`],
  ['', undefined, undefined],
  ['/etc/passwd', undefined, undefined],
  ['../x', undefined, undefined],
  ['a/../../x', undefined, undefined],
  ['a//b', undefined, undefined],
  ['a\\..\\b', undefined, undefined],
  ['a\nb', undefined, undefined],
]
for (const [path, range, url] of files) {
  test(`${JSON.stringify(path)} ${range === undefined ? '' : `at ${range} `}is shown at ${url ?? 'nothing'}`, () => {
    assert.equal(fileUrl(red, path, range), url)
  })
}

test('a repository or a commit that is none leads nowhere', () => {
  assert.equal(fileUrl({ ...red, repository: 'acme/shop/../../evil' }, 'a.ts'), undefined)
  assert.equal(fileUrl({ ...red, revision: 'main' }, 'a.ts'), undefined)
})

test('a server that is no plain http(s) URL leads nowhere', () => {
  for (const server of ['javascript:alert(1)', 'https://a.test/)(', 'https://u:p@a.test', 'https://a b']) {
    const url = fileUrl({ ...red, links: { server } }, 'a.ts')
    assert.equal(anchor('label', url), 'label')
  }
})

test('whatever a path is, it is shown within the commit or not at all', () => {
  const piece = fc.oneof(
    fc.constantFrom('..', '.', '/', '%2e', '\\', '#', '?', '@', ':'),
    fc.string({ unit: 'binary', maxLength: 5 }),
  )
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 8 }).map((all) => all.join('')),
      (path) => {
        const url = fileUrl(red, path)
        assert.equal(url !== undefined, isInside(path))
        if (url !== undefined) assert.ok(new URL(url).href === url && url.startsWith(`${home}/`))
      },
    ),
  )
})
