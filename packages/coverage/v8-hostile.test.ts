import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { NO_CODE } from './model.ts'
import { readV8 } from './v8.ts'
import type { V8Options, V8Read, V8Script, V8ScriptCoverage } from './v8-model.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), `mayfly-v8-hostile-${process.pid}-`))
})
after(() => rm(folder, { recursive: true, force: true }))

const URL = 'file:///app/dist/a.js'
const SOURCE = 'one()\nfunction one() {\n  return 1\n}\n'
const inApp: V8Options = { toRepository: (path) => (path.startsWith('/app/') ? path.slice('/app/'.length) : undefined) }

/** All of the script ran once. */
function whole(source: string, url = URL): V8ScriptCoverage[] {
  return [
    {
      url,
      functions: [{ functionName: '', isBlockCoverage: true, ranges: [{ startOffset: 0, endOffset: source.length, count: 1 }] }],
    },
  ]
}

function read(script: Partial<V8Script>, options: V8Options = inApp): Promise<V8Read> {
  const made = { url: URL, source: SOURCE, ...script }
  return readV8([whole(made.source, made.url)], [made], options)
}

/** Every line of a script is the same line of the source. */
function mapTo(sources: unknown, more: Record<string, unknown> = {}): string {
  return JSON.stringify({ version: 3, names: [], sources, mappings: 'AAAA;AACA;AACA;AACA', ...more })
}

describe('readV8 and what comes from a container', () => {
  it('reads no file of this machine that a source or a map names', async () => {
    const secret = join(folder, 'ignored.ts')
    await writeFile(secret, '/* v8 ignore start */\n\n\n\n')
    const outside = (path: string) => (path === secret ? 'src/a.ts' : undefined)
    const { files } = await read({ sourceMap: mapTo([secret]) }, { toRepository: outside })
    assert.deepEqual(files.get('src/a.ts')?.hits[3], 1)
    const named = await read({ source: `${SOURCE}//# sourceMappingURL=${secret}\n` })
    assert.equal(named.files.get('dist/a.js')?.hits[3], 1)
  })

  it('puts nothing outside of the repository', async () => {
    const outside: V8Options = { toRepository: (path) => (path === '/etc/passwd' ? '../../etc/passwd' : undefined) }
    const { files, unmapped } = await read({ sourceMap: mapTo(['../../../../etc/passwd']) }, outside)
    assert.deepEqual([...files.keys()], [])
    assert.deepEqual(
      unmapped.map(({ path }) => path),
      ['/etc/passwd'],
    )
  })

  for (const [what, sourceMap] of [
    ['no JSON', '{'],
    ['no object', '[]'],
    ['sources that are none', mapTo('a')],
    ['sources of numbers', mapTo([1])],
    ['mappings of nothing', mapTo(['a.ts'], { mappings: 7 })],
    [
      'a section of a section',
      JSON.stringify({ version: 3, sections: [{ offset: { line: 0, column: 0 }, map: { version: 3, sections: [] } }] }),
    ],
    [
      'a section before the start',
      JSON.stringify({ version: 3, sections: [{ offset: { line: -1, column: 0 }, map: JSON.parse(mapTo(['a.ts'])) }] }),
    ],
  ] as const) {
    it(`says that a map cannot be used that has ${what}, and counts the script itself`, async () => {
      const { files, notices } = await read({ sourceMap })
      assert.deepEqual([...files.keys()], ['dist/a.js'])
      assert.match(notices.join(), /source map of file:\/\/\/app\/dist\/a\.js cannot be used/)
    })
  }

  for (const [what, mappings] of [
    ['letters that are none', '!!!!'],
    ['a source that is not there', 'AEAA'],
    ['a source before the first', 'ADAA'],
    ['a line before the first', 'AADA'],
    ['a line in the billions', 'AAggggggC'],
  ] as const) {
    it(`is not led astray by mappings with ${what}`, async () => {
      const { files } = await read({ sourceMap: mapTo(['a.ts'], { mappings }) })
      for (const { hits } of files.values()) assert.ok(hits.length < 10)
    })
  }

  it('reads a map in sections', async () => {
    const sectioned = { version: 3, sections: [{ offset: { line: 0, column: 0 }, map: JSON.parse(mapTo(['../src/a.ts'])) }] }
    const { files } = await read({ sourceMap: JSON.stringify(sectioned) })
    assert.equal(files.get('src/a.ts')?.hits[3], 1)
  })

  it('says of code that is nested without end that it cannot be read', async () => {
    const { unmapped } = await read({ source: '['.repeat(200_000) })
    assert.match(unmapped[0]?.why ?? '', /could not be read/)
  })

  it('says of a script without its source that it ran', async () => {
    const { files, unmapped } = await readV8([whole(SOURCE)], [], inApp)
    assert.deepEqual([files.size, unmapped], [0, [{ path: URL, why: 'It ran, and its source was not found.' }]])
  })

  it('leaves out broken entries of a dump and says how many', async () => {
    const range = { startOffset: 5, endOffset: 2, count: Number.NaN }
    const broken = { functionName: '', isBlockCoverage: true, ranges: [range] }
    const empty = { functionName: '', isBlockCoverage: true, ranges: [] }
    const dump = whole(SOURCE).map((script) => ({ ...script, functions: [...script.functions, broken, empty] }))
    const { files, notices } = await readV8([dump], [{ url: URL, source: SOURCE }], inApp)
    assert.equal(files.get('dist/a.js')?.hits[1], 1)
    assert.deepEqual(notices, [`2 entries of ${URL} are broken or too many; they are left out.`])
  })

  it('keeps names that objects have of their own', async () => {
    const { files } = await read({ sourceMap: mapTo(['/app/__proto__']) })
    assert.deepEqual([...files.keys()], ['__proto__'])
  })

  it('says that coverage is of another build where lines lie beyond the end, and drops those', async () => {
    const { files, notices } = await read({ sourceMap: mapTo(['../src/a.ts']) }, { ...inApp, readSource: () => 'one()\n' })
    assert.deepEqual([...(files.get('src/a.ts')?.hits ?? [])], [NO_CODE, 1])
    assert.match(notices.join(), /another build: src\/a\.ts/)
  })

  it('says that coverage is of another build where the map holds another text', async () => {
    const sourceMap = mapTo(['../src/a.ts'], { sourcesContent: [SOURCE.replace('1', '2')] })
    const { notices } = await read({ sourceMap }, { ...inApp, readSource: () => SOURCE })
    assert.match(notices.join(), /another build: src\/a\.ts/)
    const windows = mapTo(['../src/a.ts'], { sourcesContent: [SOURCE.replaceAll('\n', '\r\n')] })
    assert.deepEqual((await read({ sourceMap: windows }, { ...inApp, readSource: () => SOURCE })).notices, [])
  })

  it('honours what sources say of being ignored, each for itself', async () => {
    const sourceMap = mapTo(['../src/a.ts', '../src/b.ts'], {
      sourcesContent: [SOURCE, `/* istanbul ignore file */\n${SOURCE}`],
      mappings: 'AAAA;ACCA;AACA;AACA',
    })
    const { files } = await read({ sourceMap, source: `one()\n/* v8 ignore file */\n${SOURCE}` })
    assert.deepEqual([...files.keys()], ['src/a.ts'])
    const silent = await read({ source: `/* v8 ignore file */\n${SOURCE}` })
    assert.deepEqual([silent.files.size, silent.unmapped], [0, []])
  })

  it('ends in good time with a hint on every line and ranges that V8 never reports', async () => {
    const source = '/* c8 ignore if */ x();\n'.repeat(30_000)
    const ranges = Array.from({ length: 100_000 }, (_, at) => ({ startOffset: at, endOffset: source.length, count: at }))
    const dump = [{ url: URL, functions: [{ functionName: '', isBlockCoverage: true, ranges }] }]
    const { files } = await readV8([dump], [{ url: URL, source }], inApp)
    assert.equal(files.get('dist/a.js')?.hits.length, 30_001)
  })
})
