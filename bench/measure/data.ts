import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle } from '../../scripts/bundle.ts'
import { run } from '../artifact/run.ts'
import { type Size, writeProject } from './project.ts'

/** What all tools read: made by V8 and by istanbul themselves, by running the project. */
export interface Data {
  /** Mayfly's arm, bundled. */
  mayfly: string
  /** The checkout. */
  project: string
  /** One raw report of V8 for each source. */
  v8: string
  /** One `coverage-final.json` of istanbul for each source. */
  istanbul: string
  /** The same as LCOV, written by nyc. */
  lcov: string
}

const NYC = fileURLToPath(import.meta.resolve('nyc/bin/nyc.js'))

/** Runs each program twice: as it is, under V8's coverage, and as istanbul instruments it. */
export async function makeData(temp: string, size: Size, say: (line: string) => void): Promise<Data> {
  const project = join(temp, 'project')
  const [v8, istanbul, lcov] = [join(temp, 'v8'), join(temp, 'istanbul'), join(temp, 'lcov')]
  const data = { mayfly: join(temp, 'mayfly.mjs'), project, v8, istanbul, lcov }
  await bundle(temp, [{ source: 'bench/measure/mayfly.ts', name: 'mayfly' }])
  const instrumented = join(temp, 'instrumented')
  for (const folder of [data.v8, data.istanbul, data.lcov, instrumented]) mkdirSync(folder, { recursive: true })
  say(`Writing ${size.files} files, and instrumenting them.`)
  writeProject(project, size)
  await run([process.execPath, NYC, 'instrument', 'src', join(instrumented, 'src')], { cwd: project })
  for (let source = 0; source < size.sources; source++) {
    const program = join(project, `program-${source}.js`)
    const raw = join(temp, `raw-${source}`)
    await run([process.execPath, program, project], { cwd: project, env: { NODE_V8_COVERAGE: raw } })
    for (const name of readdirSync(raw)) keepModules(join(raw, name), join(data.v8, `coverage-${source}.json`))
    const report = join(data.istanbul, `source-${source}.json`)
    await run([process.execPath, program, instrumented, report], { cwd: project })
    say(`Source ${source} ran under V8 and istanbul.`)
    await writeLcovOf(temp, data, source)
  }
  return data
}

/** Without the program itself and node's own modules: what tools think of those is not compared. */
function keepModules(from: string, to: string): void {
  const report: { result: { url: string }[] } = JSON.parse(readFileSync(from, 'utf8'))
  const result = report.result.filter(({ url }) => url.includes('/src/part-'))
  writeFileSync(to, JSON.stringify({ result }))
}

async function writeLcovOf(temp: string, { project, istanbul, lcov }: Data, source: number): Promise<void> {
  const [own, out] = [join(temp, `own-${source}`), join(temp, `lcov-${source}`)]
  mkdirSync(own)
  writeFileSync(join(own, 'one.json'), readFileSync(join(istanbul, `source-${source}.json`)))
  await run([process.execPath, NYC, 'report', '--temp-dir', own, '--report-dir', out, '--reporter', 'lcovonly'], { cwd: project })
  renameSync(join(out, 'lcov.info'), join(lcov, `source-${source}.info`))
}
