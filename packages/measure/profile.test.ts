import assert from 'node:assert/strict'
import { Session } from 'node:inspector'
import { describe, it } from 'node:test'
import { runInThisContext } from 'node:vm'
import type { Frame } from '@mayfly/core'
import { build } from 'esbuild'
import fc from 'fast-check'
import { readProfile } from './profile.ts'
import { frameResolver, type ResolveFrame } from './profile-frames.ts'

interface Node {
  id: number
  name: string
  self?: number
  children?: number[]
  url?: string
  line?: number
}

function cpu(nodes: readonly Node[], milliseconds = 10): { name: string; text: string } {
  const made = nodes.map(({ id, name, self = 0, children = [], url = 'file:///app/a.js', line = 0 }) => ({
    id,
    callFrame: { functionName: name, scriptId: '1', url, lineNumber: line, columnNumber: 0 },
    hitCount: self,
    children,
  }))
  return { name: '1-0-1.cpuprofile', text: JSON.stringify({ nodes: made, startTime: 0, endTime: milliseconds * 1000 }) }
}

const plain: ResolveFrame = (url, line) => ({ file: url.replace('file:///app/', ''), line: line + 1 })

/** `name total(child, ...)` */
function told({ name, total, children }: Frame): string {
  return `${name} ${total}${children.length > 0 ? `(${children.map(told).join(', ')})` : ''}`
}

function read(...files: { name: string; text: string }[]) {
  return readProfile('cpu', files, plain)
}

describe('readProfile', () => {
  it('adds up the processes, heaviest first, without waiting and without the hook', () => {
    const first = cpu([
      { id: 1, name: '(root)', children: [2, 3, 4, 5] },
      { id: 2, name: 'light', self: 2 },
      { id: 3, name: 'heavy', self: 5, children: [6] },
      { id: 4, name: '(idle)', self: 900 },
      { id: 5, name: 'tick', self: 7, url: 'file:///mayfly/hook.cjs' },
      { id: 6, name: '', self: 1, line: 8 },
    ])
    const second = cpu(
      [
        { id: 1, name: '(root)', children: [2] },
        { id: 2, name: 'light', self: 9 },
      ],
      30,
    )
    const { profile, notices } = read(first, second)
    assert.equal(told(profile.root), '(root) 17(light 11, heavy 6((anonymous) 1))')
    assert.deepEqual([profile.total, profile.milliseconds, profile.kind, notices], [17, 30, 'cpu', []])
  })

  it('leaves out what is under a thousandth, and counts it in its callers', () => {
    const { profile } = read(
      cpu([
        { id: 1, name: '(root)', children: [2] },
        { id: 2, name: 'a', self: 5000, children: [3, 4] },
        { id: 3, name: 'b', self: 1 },
        { id: 4, name: 'c', self: 50 },
      ]),
    )
    assert.equal(told(profile.root), '(root) 5051(a 5051(c 50))')
  })

  it('ends at two hundred frames deep and five thousand in all, and keeps the sum', () => {
    const chain = Array.from({ length: 10_000 }, (_, at) => ({
      id: at,
      name: `f${at}`,
      self: 1,
      children: at < 9_999 ? [at + 1] : [],
    }))
    const deep = read(cpu(chain)).profile.root
    assert.deepEqual([depthOf(deep), deep.total], [200, 10_000])
    const wide = read(
      cpu([
        { id: 0, name: '(root)', self: 0, children: chain.map(({ id }) => id + 1) },
        ...chain.map(({ id }) => ({ id: id + 1, name: `g${id % 900}`, line: id, self: 20 })),
      ]),
    )
    assert.ok(wide.profile.root.children.length <= 5000)
    assert.equal(wide.profile.total, 200_000)
  })

  for (const [what, text] of [
    ['no JSON', '{'],
    ['no profile', '{}'],
    ['without nodes', '{"nodes":[]}'],
    [
      'a circle',
      cpu([
        { id: 1, name: 'a', children: [2] },
        { id: 2, name: 'b', children: [1] },
      ]).text,
    ],
    [
      'a node with two parents',
      cpu([
        { id: 1, name: 'a', children: [2, 2] },
        { id: 2, name: 'b' },
      ]).text,
    ],
    ['a child that is not there', cpu([{ id: 1, name: 'a', children: [7] }]).text],
  ] as const) {
    it(`says that a profile is left out that is ${what}`, () => {
      const { profile, notices } = read({ name: 'x.cpuprofile', text }, cpu([{ id: 1, name: '(root)', self: 1 }]))
      assert.deepEqual([profile.total, notices], [1, ['The profile x.cpuprofile is broken or too long; it is left out.']])
    })
  }

  it('throws at no JSON', () => {
    const kind = fc.constantFrom('cpu' as const, 'heap' as const)
    fc.assert(fc.property(kind, fc.json(), (kind, text) => void readProfile(kind, [{ name: 'x', text }], plain)))
  })

  it('finds the functions of a minified bundle where they are written, by their own names', async () => {
    const source = `function burnEverything(rounds) {
  let sum = 0
  for (let i = 0; i < rounds; i++) sum += Math.sqrt(i)
  return sum
}

globalThis.burnt = () => burnEverything(5e7)
globalThis.burnt()
`
    const made = await build({
      stdin: { contents: source, sourcefile: 'src/burn.ts', loader: 'js' },
      minify: true,
      bundle: true,
      format: 'cjs',
      sourcemap: 'external',
      outfile: '/app/dist/bundle.js',
      write: false,
    })
    const [map, code] = made.outputFiles.map(({ text }) => text)
    assert.ok(map !== undefined && code !== undefined)
    const url = 'file:///app/dist/bundle.js'
    const text = profiled(code, url)
    const resolve = frameResolver([{ url, source: code, sourceMap: map }], {
      toRepository: (path) => (path.endsWith('src/burn.ts') ? 'src/burn.ts' : undefined),
    })
    const { profile } = readProfile('cpu', [{ name: 'x', text }], resolve)
    const left = [profile.root]
    for (const frame of left) left.push(...frame.children)
    const found = left.find(({ name }) => name === 'burnEverything')
    assert.deepEqual([found?.file, found?.line], ['src/burn.ts', 1])
  })
})

function depthOf(frame: Frame): number {
  return 1 + Math.max(0, ...frame.children.map(depthOf))
}

/** A cpu profile of a program, as V8 writes it. */
function profiled(code: string, filename: string): string {
  const session = new Session()
  session.connect()
  let text = ''
  session.post('Profiler.enable')
  session.post('Profiler.start')
  runInThisContext(code, { filename })
  session.post('Profiler.stop', (_, { profile }) => {
    text = JSON.stringify(profile)
  })
  session.disconnect()
  return text
}
