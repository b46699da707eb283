import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { command } from '@mayfly/core'
import { type BuildOptions, build } from 'esbuild'
import { type FileCoverage, NO_CODE } from './model.ts'
import { readV8 } from './v8.ts'
import type { V8Options, V8Script, V8ScriptCoverage } from './v8-model.ts'

const NYC = fileURLToPath(import.meta.resolve('nyc/bin/nyc.js'))
const TSC = join(dirname(fileURLToPath(import.meta.resolve('typescript/package.json'))), 'bin', 'tsc')

let root: string
before(async () => {
  root = await mkdtemp(join(tmpdir(), `mayfly-v8-${process.pid}-`))
})
after(() => rm(root, { recursive: true, force: true }))

/** Branches of every kind, code that does not run, several statements on a line, hints. */
const PROGRAM = `'use strict'
// a comment

const table = { a: 1, b: (x) => x + 1, get c() { return 2 }, d() {
  return 3
} }
function grade(points, bonus = 2) {
  if (points > 90) {
    return 'a'
  } else if (points > 50) return 'b'
  for (let i = 0; i < bonus; i++) {
    if (i === 5) continue
    points += i
  }
  switch (points) {
    case 1:
      return 'one'
    default:
      break
  }
  try { JSON.parse('{') } catch (error) {
    return points > 2 ? 'c' : 'd'
  } finally { points = 0 }
}
class Shape {
  static kinds = [1, 2]
  name = table.a || 'none'
  #hidden() { return this.name }
  area(
    width,
    height,
  ) {
    const both = width && height
    return both ?? this.#hidden()
  }
}
const never = () => {
  console.log('never')
}
/* istanbul ignore next */
function ignored() {
  return 1
}
const later = async () => { await null; return table.b(1) }
do { table.a++ } while (table.a < 3)
outer: for (const x of [1, 2]) { for (const y in table) { if (y === 'b') continue outer; if (!x) never() } }
let a = 1; if (a) a = 2; else a = 3
grade(95); grade(3); grade(60)
new Shape().area(1, 2)
later().then(() => {
  grade(0)
}, never)
var f = function () {
  return 1
}
if (false) { f()
  ignored() }
`

async function put(path: string, text: string): Promise<string> {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), text)
  return join(root, path)
}

/** Runs a program and returns what V8 itself wrote of the files under its folder. */
async function run(path: string, ...flags: string[]): Promise<{ dumps: V8ScriptCoverage[][]; scripts: V8Script[] }> {
  const out = await mkdtemp(join(root, 'dump-'))
  const { code, stderr } = await command([process.execPath, ...flags, path], { env: { NODE_V8_COVERAGE: out } })
  assert.equal(code, 0, stderr)
  const dumps: V8ScriptCoverage[][] = []
  const scripts = new Map<string, V8Script>()
  for (const name of await readdir(out)) {
    const { result }: { result: V8ScriptCoverage[] } = JSON.parse(await readFile(join(out, name), 'utf8'))
    const own = result.filter(({ url }) => url.startsWith(`file://${root}/`))
    dumps.push(own)
    for (const { url } of own) {
      const file = fileURLToPath(url)
      const script: V8Script = { url, source: await readFile(file, 'utf8') }
      const map = await readFile(`${file}.map`, 'utf8').catch(() => undefined)
      scripts.set(url, map === undefined ? script : { ...script, sourceMap: map, sourceMapUrl: `${file}.map` })
    }
  }
  return { dumps, scripts: [...scripts.values()] }
}

/** The repository is the temporary folder. */
function options(more?: Partial<V8Options>): V8Options {
  return { toRepository: (path) => (path.startsWith(`${root}/`) ? path.slice(root.length + 1) : undefined), ...more }
}

/** Each coverable line with its count. */
function lines(file: FileCoverage | undefined): Record<number, number> {
  assert.ok(file, 'the file is in the coverage')
  return Object.fromEntries([...file.hits.entries()].filter(([, count]) => count !== NO_CODE))
}

interface Istanbul {
  path: string
  statementMap: Record<string, { start: { line: number } }>
  branchMap: Record<string, { loc: { start: { line: number } } }>
  s: Record<string, number>
  b: Record<string, number[]>
}

/** The same program under nyc: its lines and branches, by path. */
async function nyc(program: string): Promise<Map<string, { lines: Record<number, number>; branches: Record<number, string> }>> {
  const out = await mkdtemp(join(root, 'nyc-'))
  const argv = [
    process.execPath,
    NYC,
    '--silent',
    '--exclude=',
    `--temp-dir=${out}/temp`,
    '--reporter=json',
    `--report-dir=${out}`,
  ]
  const cache = ['--cache=false', `--cwd=${root}`]
  const [node = '', ...rest] = argv
  const made = await command([node, ...rest, ...cache, process.execPath, program], {
    env: { PATH: dirname(process.execPath) },
    cwd: root,
  })
  assert.equal(made.code, 0, made.stderr)
  const report = await command(
    [
      node,
      NYC,
      'report',
      '--exclude=',
      '--exclude-after-remap=false',
      `--temp-dir=${out}/temp`,
      '--reporter=json',
      `--report-dir=${out}`,
      `--cwd=${root}`,
    ],
    { env: {}, cwd: root },
  )
  assert.equal(report.code, 0, report.stderr)
  const json: Record<string, Istanbul> = JSON.parse(await readFile(join(out, 'coverage-final.json'), 'utf8'))
  return new Map(
    Object.values(json).map((file) => [file.path.slice(root.length + 1), { lines: nycLines(file), branches: nycBranches(file) }]),
  )
}

function nycLines({ statementMap, s }: Istanbul): Record<number, number> {
  const lines: Record<number, number> = {}
  for (const [index, { start }] of Object.entries(statementMap))
    lines[start.line] = Math.max(lines[start.line] ?? 0, s[index] ?? 0)
  return lines
}

function nycBranches({ branchMap, b }: Istanbul): Record<number, string> {
  const sums = new Map<number, [number, number]>()
  for (const [index, { loc }] of Object.entries(branchMap)) {
    const [taken, total] = sums.get(loc.start.line) ?? [0, 0]
    const counts = b[index] ?? []
    sums.set(loc.start.line, [taken + counts.filter((count) => count > 0).length, total + counts.length])
  }
  return Object.fromEntries([...sums].map(([line, [taken, total]]) => [line, `${taken}/${total}`]))
}

function branches(file: FileCoverage | undefined): Record<number, string> {
  return Object.fromEntries([...(file?.branches ?? [])].map(([line, { taken, total }]) => [line, `${taken}/${total}`]))
}

/** A small service of two files and a package; every build of it runs the same lines. */
const MAIN = `import { price } from './price.ts'
import dep from 'dep'

interface Order { amount: number }

function total(orders: Order[]): number {
  let sum = 0
  for (const order of orders) {
    if (order.amount > 1000) {
      throw new Error('too much')
    }
    sum += price(order.amount)
  }
  return dep(sum)
}
total([{ amount: 1 }, { amount: 20 }])
`
const PRICE = `export type Money = number

// The first lines are types and comments: built, everything is elsewhere.
export function price(
  amount: Money,
): Money {
  if (amount > 10) {
    return amount * 0.9
  }
  return amount
}

export function unused(): void {
  console.log('never')
}
`
const RAN = {
  'src/main.ts': { 6: undefined, 7: 1, 8: 1, 9: 2, 10: 0, 12: 2, 14: 1, 16: 1 },
  'src/price.ts': { 4: undefined, 7: 2, 8: 1, 10: 1, 14: 0 },
}

async function project(name: string): Promise<string> {
  await put(`${name}/package.json`, '{ "type": "module" }')
  await put(`${name}/src/main.ts`, MAIN)
  await put(`${name}/src/price.ts`, PRICE)
  await put(`${name}/node_modules/dep/package.json`, '{ "main": "index.js" }')
  await put(`${name}/node_modules/dep/index.js`, '/* istanbul ignore file */\nmodule.exports = (x) => {\n  return x\n}\n')
  return join(root, name)
}

/** The repository is that project. */
function projectOptions(name: string): V8Options {
  const folder = `${join(root, name)}/`
  const sources: Record<string, string> = { 'src/main.ts': MAIN, 'src/price.ts': PRICE }
  return {
    toRepository: (path) => (path.startsWith(`${folder}src/`) ? path.slice(folder.length) : undefined),
    readSource: (path) => sources[path],
  }
}

/** Bundlers add statements of their own to the lines of imports. */
function withoutImports(file: FileCoverage | undefined): Record<number, number> {
  return Object.fromEntries(Object.entries(lines(file)).filter(([line]) => Number(line) > 4))
}

function expected(path: keyof typeof RAN): Record<number, number> {
  return Object.fromEntries(Object.entries(RAN[path]).flatMap(([line, count]) => (count === undefined ? [] : [[line, count]])))
}

async function check(name: string, entry: string): Promise<void> {
  const { dumps, scripts } = await run(entry)
  const { files, notices, unmapped } = await readV8(dumps, scripts, projectOptions(name))
  assert.deepEqual(withoutImports(files.get('src/main.ts')), expected('src/main.ts'))
  assert.deepEqual(withoutImports(files.get('src/price.ts')), expected('src/price.ts'))
  assert.deepEqual([...files.keys()].sort(), ['src/main.ts', 'src/price.ts'])
  assert.deepEqual([notices, unmapped], [[], []])
}

async function tsc(folder: string, ...flags: string[]): Promise<void> {
  const shared = [
    '--rewriteRelativeImportExtensions',
    '--skipLibCheck',
    '--target',
    'es2022',
    '--module',
    'nodenext',
    '--types',
    '',
  ]
  const argv = [TSC, ...shared, '--rootDir', 'src', '--outDir', 'dist', ...flags, 'src/main.ts']
  const { stdout } = await command([process.execPath, ...argv], { env: {}, cwd: folder })
  // What it says of the package without types is no matter: it writes all the same.
  assert.deepEqual(
    await readdir(join(folder, 'dist')).then((names) => names.filter((name) => name.endsWith('.js'))),
    ['main.js', 'price.js'],
    stdout,
  )
}

async function bundle(folder: string, more: BuildOptions): Promise<string> {
  const outfile = join(folder, 'dist', 'bundle.mjs')
  await build({
    absWorkingDir: folder,
    entryPoints: ['src/main.ts'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    sourcemap: true,
    // What is left out of a bundle is not in its map.
    treeShaking: false,
    outfile,
    ...more,
  })
  return outfile
}

describe('readV8 and nyc', () => {
  it('count the same lines and branches of a CommonJS file', async () => {
    const file = await put('plain/app.js', PROGRAM)
    const { dumps, scripts } = await run(file)
    const { files } = await readV8(dumps, scripts, options())
    const theirs = (await nyc(file)).get('plain/app.js')
    assert.deepEqual(lines(files.get('plain/app.js')), theirs?.lines)
    assert.deepEqual(branches(files.get('plain/app.js')), theirs?.branches)
  })

  it('count the same lines of what tsc compiled', async () => {
    const folder = await project('compared')
    await put('compared/package.json', '{}')
    await tsc(folder, '--sourceMap')
    const { dumps, scripts } = await run(join(folder, 'dist/main.js'))
    const { files } = await readV8(dumps, scripts, projectOptions('compared'))
    const theirs = await nyc(join(folder, 'dist/main.js'))
    for (const path of ['src/main.ts', 'src/price.ts']) {
      assert.deepEqual(lines(files.get(path)), theirs.get(`compared/${path}`)?.lines, path)
    }
  })
})

describe('readV8', () => {
  it('counts TypeScript that Node.js ran with its types blanked out', async () => {
    const folder = await project('stripped')
    const { dumps, scripts } = await run(join(folder, 'src/main.ts'))
    const ran = await Promise.all(scripts.map(async (script) => ({ ...script, source: stripTypeScriptTypes(script.source) })))
    const { files, notices } = await readV8(dumps, ran, projectOptions('stripped'))
    assert.deepEqual(withoutImports(files.get('src/main.ts')), expected('src/main.ts'))
    assert.deepEqual(withoutImports(files.get('src/price.ts')), expected('src/price.ts'))
    assert.deepEqual(notices, [])
  })

  it('follows the maps of tsc, whose sources are in the repository alone', async () => {
    const folder = await project('tsc')
    await tsc(folder, '--sourceMap')
    await check('tsc', join(folder, 'dist/main.js'))
  })

  it('follows a map with a sourceRoot', async () => {
    const folder = await project('rooted')
    await tsc(folder, '--sourceMap', '--sourceRoot', join(folder, 'src'))
    await check('rooted', join(folder, 'dist/main.js'))
  })

  it('follows one bundle to its many sources and drops those of packages', async () => {
    await check('bundle', await bundle(await project('bundle'), {}))
  })

  it('follows a bundle whose sources have names of webpack', async () => {
    const folder = await project('webpack')
    const file = await bundle(folder, {})
    const map: { sources: string[] } = JSON.parse(await readFile(`${file}.map`, 'utf8'))
    map.sources = map.sources.map((source) => source.replace('../', 'webpack://shop/./').concat('?a1b2'))
    await writeFile(`${file}.map`, JSON.stringify(map))
    await check('webpack', file)
  })

  it('says nothing of a minified bundle that is not so', async () => {
    const file = await bundle(await project('minified'), { minify: true })
    const { dumps, scripts } = await run(file)
    const { files } = await readV8(dumps, scripts, projectOptions('minified'))
    for (const path of ['src/main.ts', 'src/price.ts'] as const) {
      const counted = Object.entries(withoutImports(files.get(path)))
      assert.ok(counted.length > 0, path)
      for (const [line, count] of counted) assert.equal(count > 0, (expected(path)[Number(line)] ?? count) > 0, `${path}:${line}`)
    }
  })

  it('adds up the dumps of processes that ran different lines', async () => {
    const file = await put(
      'twice/app.js',
      `if (process.env.MORE) {\n  one()\n} else {\n  one()\n}\nfunction one() {\n  return 1\n}\n`,
    )
    const [first, second] = [await run(file), await run(file)]
    const { files } = await readV8([...first.dumps, ...second.dumps], first.scripts, options())
    assert.deepEqual(lines(files.get('twice/app.js')), { 1: 2, 2: 0, 4: 2, 7: 2 })
  })
})
