import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { CoverageMeasured, Measurement } from '@mayfly/core'
import {
  type CoverageMap,
  type Diff,
  type Gathered,
  mapPaths,
  measureCoverage,
  mergeCoverage,
  readCoverage,
  readV8,
  union,
  type V8ScriptCoverage,
  writeCobertura,
  writeJson,
  writeLcov,
} from '@mayfly/coverage'
import { renderPage } from '@mayfly/report'
import { isModules } from './modules.ts'

/**
 * `node bench/measure/mayfly.ts v8|v8-each|reports|all <project> <input> <output>`: a process of its own, from the files that sources
 * left to the reports. `v8`: all are processes of one source. `all`: also the patch, the comparison with a base, JSON and the page. Prints how long each part took.
 */
const [, , kind = '', project = '', input = '', output = ''] = process.argv
const phases: [string, number][] = []
let since = performance.now()

const tracked = new Set(
  readdirSync(join(project, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.js'))
    .map((path) => `src/${path}`),
)
const reports = readdirSync(input).sort()
const sources = kind === 'v8' ? [reports] : reports.map((name) => [name])
const gathered: Gathered[] = []
for (const names of sources) {
  const paths = names.map((name) => join(input, name))
  const files = kind.startsWith('v8') ? await fromV8(paths) : mergeCoverage(paths.map(fromReport))
  gathered.push({ name: names.join(' '), kind: 'service', format: kind, files })
}
phase('read and map')
const all = union(gathered)
phase('union')
const measured = measureCoverage({ gathered: all, sourceFile: () => true, silent: [], ...(kind === 'all' ? earlier() : {}) })
phase(kind === 'all' ? 'patch, base' : 'sums')
mkdirSync(output, { recursive: true })
write('lcov.info', writeLcov(all))
write('cobertura.xml', writeCobertura(all))
if (kind === 'all') write('coverage.json', writeJson(all))
phase('write')
if (kind === 'all') {
  writePage(measured)
  phase('page')
}
process.stdout.write(JSON.stringify({ phases, lines: measured.lines }))

function phase(name: string): void {
  phases.push([name, performance.now() - since])
  since = performance.now()
}

function write(name: string, chunks: Iterable<string>): void {
  const file = openSync(join(output, name), 'w')
  for (const chunk of chunks) writeSync(file, chunk)
  closeSync(file)
}

function fromReport(path: string): CoverageMap {
  const { files, sources } = readCoverage(readFileSync(path), path)
  return mapPaths(files, { mapping: { [project]: '' }, files: tracked, sources }).files
}

async function fromV8(paths: readonly string[]): Promise<CoverageMap> {
  const folder = pathToFileURL(`${project}/`).href
  const dumps = paths.map(readDump)
  const urls = new Set(dumps.flat().map(({ url }) => url))
  const scripts = [...urls].map((url) => ({ url, source: readFileSync(fileURLToPath(url), 'utf8') }))
  const { files } = await readV8(dumps, scripts, {
    toRepository: (file) => (pathToFileURL(file).href.startsWith(folder) ? file.slice(project.length + 1) : undefined),
  })
  return files
}

function readDump(path: string): V8ScriptCoverage[] {
  const dump: unknown = JSON.parse(readFileSync(path, 'utf8'))
  if (!isModules(dump)) throw new Error(`${path} is no report of V8`)
  return dump.result
}

/** A base that reached the same, and a change of every tenth file. */
function earlier(): { base: CoverageMeasured; diff: Diff } {
  const base = measureCoverage({ gathered: all, sourceFile: () => true, silent: [] })
  const diff: Diff = new Map()
  const hunks = [{ oldFirst: 5, oldCount: 4, newFirst: 5, newCount: 16 }]
  for (const [at, path] of [...tracked].entries()) {
    if (at % 10 === 0) diff.set(path, { status: 'changed', from: path, binary: false, lines: [[5, 20]], hunks })
  }
  return { base, diff }
}

function writePage(coverage: CoverageMeasured): void {
  const measurement: Measurement = {
    schema: 1,
    repository: 'example/large',
    pullRequest: 1,
    revision: 'a'.repeat(40),
    environment: 'pr-1',
    url: 'https://pr-1.preview.example.com',
    run: { id: 1, attempt: 1, url: 'https://github.com/example/large/actions/runs/1' },
    at: '2026-01-01T00:00:00Z',
    base: { kind: 'none', why: 'This is a measurement of Mayfly itself.' },
    services: [],
    coverage,
    profiles: [],
    gates: [],
    degraded: [],
    links: { server: 'https://github.com' },
  }
  const page = renderPage(measurement, { source: (path) => readFileSync(join(project, path), 'utf8') })
  writeFileSync(join(output, 'report.html'), page)
}
