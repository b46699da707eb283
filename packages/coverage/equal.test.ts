import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { command } from '@mayfly/core'
import { type CoverageMap, NO_CODE } from './model.ts'
import { mapPaths } from './paths.ts'
import { readCoverage } from './read-coverage.ts'
import { type Union, union } from './union.ts'
import { readV8 } from './v8.ts'
import type { V8ScriptCoverage } from './v8-model.ts'
import { writeCobertura } from './write-cobertura.ts'
import { writeLcov } from './write-lcov.ts'

/** A real project that is small and here: semver (ISC), used in two processes. */
const SEMVER = dirname(fileURLToPath(import.meta.resolve('semver/package.json')))
const NYC = fileURLToPath(import.meta.resolve('nyc/bin/nyc.js'))
const C8 = fileURLToPath(import.meta.resolve('c8/bin/c8.js'))

const PROGRAMS = {
  'ranges.cjs': `const { satisfies, maxSatisfying, validRange } = require('./src/index.js')
    satisfies('1.2.3', '^1.0.0 || >=3 <4.0.0-rc.1'); maxSatisfying(['1.0.0', '2.1.0'], '~2.x'); validRange('bad range')`,
  'versions.cjs': `const { parse, inc, compare, coerce, valid } = require('./src/index.js')
    parse('1.2.3-beta.4+build'); inc('1.2.3', 'minor'); compare('1.0.0', '1.0.0-rc'); coerce('v3'); valid('no'); inc('x', 'major')`,
}

let project = ''
let tracked = new Set<string>()

before(async () => {
  project = realpathSync(mkdtempSync(join(tmpdir(), 'mayfly-equal-')))
  cpSync(SEMVER, join(project, 'src'), { recursive: true, filter: (path) => !path.slice(SEMVER.length).includes('node_modules') })
  writeFileSync(join(project, 'package.json'), '{ "name": "equal", "version": "1.0.0" }\n')
  for (const [name, text] of Object.entries(PROGRAMS)) writeFileSync(join(project, name), text)
  const sources = readdirSync(join(project, 'src'), { recursive: true, encoding: 'utf8' })
  tracked = new Set(sources.filter((path) => path.endsWith('.js')).map((path) => `src/${path}`))
  mkdirSync(join(project, 'v8'))
  for (const name of Object.keys(PROGRAMS)) {
    await node({ NODE_V8_COVERAGE: join(project, 'v8') }, name)
    await node({}, NYC, '--silent', '--no-clean', '--include', 'src/**', process.execPath, name)
  }
  await node({}, C8, 'report', '--temp-directory', 'v8', '--reports-dir', 'of-c8', '--reporter', 'lcovonly')
  await node(
    {},
    NYC,
    'report',
    '--report-dir',
    'of-nyc',
    '--reporter',
    'lcovonly',
    '--reporter',
    'json',
    '--reporter',
    'json-summary',
  )
})

after(() => rmSync(project, { recursive: true, force: true }))

async function node(env: Readonly<Record<string, string>>, ...argv: string[]): Promise<void> {
  const done = await command([process.execPath, ...argv], { cwd: project, env: { PATH: process.env.PATH ?? '', ...env } })
  assert.equal(done.code, 0, done.stderr)
}

function report(...path: string[]): CoverageMap {
  const file = join(project, ...path)
  const { files, sources } = readCoverage(readFileSync(file), file)
  return mapPaths(files, { mapping: { [project]: '' }, files: tracked, sources }).files
}

async function ownV8(): Promise<CoverageMap> {
  const dumps = readdirSync(join(project, 'v8')).map((name) => {
    const { result }: { result: V8ScriptCoverage[] } = JSON.parse(readFileSync(join(project, 'v8', name), 'utf8'))
    return result.filter(({ url }) => url.startsWith(`file://${project}/src/`))
  })
  const urls = new Set(dumps.flat().map(({ url }) => url))
  const scripts = [...urls].map((url) => ({ url, source: readFileSync(fileURLToPath(url), 'utf8') }))
  const { files } = await readV8(dumps, scripts, { toRepository: (path) => path.slice(project.length + 1) })
  return files
}

function joined(files: CoverageMap): Union {
  return union([{ name: 'tests', kind: 'tests', format: 'x', files }])
}

/** By file: the lines with code, and whether they ran. */
function lines(map: CoverageMap): Record<string, string[]> {
  const told = [...map].map(([path, { hits }]) => {
    const own = [...hits.entries()].filter(([, count]) => count !== NO_CODE)
    return [path, own.map(([line, count]) => `${line} ${count > 0 ? 'ran' : 'did not run'}`)] as const
  })
  return Object.fromEntries(told.sort(([a], [b]) => (a < b ? -1 : 1)))
}

describe('beside other tools, on the same runs of a real project', () => {
  it("istanbul's data gives nyc's lines, hits and branches, file by file", () => {
    const [own, theirs] = [report('of-nyc', 'coverage-final.json'), report('of-nyc', 'lcov.info')]
    assert.ok(own.size > 20)
    assert.deepEqual([...own.keys()].sort(), [...theirs.keys()].sort())
    for (const [path, { hits }] of own) assert.deepEqual(hits, theirs.get(path)?.hits, path)
    const { total } = JSON.parse(readFileSync(join(project, 'of-nyc', 'coverage-summary.json'), 'utf8'))
    const { lines: sum, branches } = joined(own)
    assert.deepEqual([sum.covered, sum.total], [total.lines.covered, total.lines.total])
    assert.deepEqual([branches.covered, branches.total], [total.branches.covered, total.branches.total])
  })

  it("V8's coverage gives nyc's lines, file by file", async () => {
    assert.deepEqual(lines(await ownV8()), lines(report('of-nyc', 'lcov.info')))
  })

  it("V8's coverage says of every line with code what c8 says, but where c8 takes a bracket before it for it", async () => {
    const [own, theirs] = [await ownV8(), report('of-c8', 'lcov.info')]
    assert.deepEqual([...own.keys()].sort(), [...theirs.keys()].sort())
    const differing: string[] = []
    for (const [path, { hits }] of own) {
      const others = theirs.get(path)?.hits ?? new Uint32Array()
      const text = readFileSync(join(project, path), 'utf8').split('\n')
      for (const [line, count] of hits.entries()) {
        // c8 calls every line code, blank ones and comments too.
        if (count !== NO_CODE && count > 0 !== (others[line] ?? 0) > 0) differing.push(`${count} ${text[line - 1]?.trim()}`)
      }
    }
    // `} else if (x) {` where nothing came so far, says c8, ran. istanbul agrees with us (above).
    assert.ok(differing.length < 10, differing.join('\n'))
    for (const line of differing) assert.match(line, /^0 [)}]/)
  })

  it('what is written reads the same to them as what was read', async () => {
    const all = joined(report('of-nyc', 'coverage-final.json'))
    for (const [name, text] of [
      ['lcov.info', [...writeLcov(all)].join('')],
      ['cobertura.xml', [...writeCobertura(all)].join('')],
    ] as const) {
      writeFileSync(join(project, name), text)
      assert.deepEqual(lines(report(name)), lines(report('of-nyc', 'lcov.info')), name)
    }
  })
})
