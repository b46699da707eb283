import { spawnSync } from 'node:child_process'
import { existsSync, globSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { toolPath } from './setup/tools.ts'

/**
 * `npm test`, or `npm test -- packages/core test/policy/hostile.test.ts` for a part of it. Builds the bundles that
 * black-box tests spawn (not with `--no-build`), runs every `*.test.ts` and ends with one line of counts.
 */

const root = join(import.meta.dirname, '..')
const ROOMS = ['packages', 'actions', 'test', 'bench'].map((name) => join(root, name))

/** Files run side by side, and all of them share one engine: more of them at once only wait for it. */
const CONCURRENCY = Math.min(availableParallelism(), 4)
/** No test may hang a job for longer, in milliseconds. */
const LONGEST = 15 * 60_000

const options = process.argv.slice(2)
const paths = options.filter((option) => option !== '--no-build').map((path) => resolve(process.env.INIT_CWD ?? '.', path))

process.exitCode = await main()

async function main(): Promise<number> {
  const missing = paths.find((path) => !existsSync(path))
  if (missing !== undefined) {
    console.error(`There is nothing at ${missing}.`)
    return 1
  }
  const files = (paths.length > 0 ? paths : ROOMS).flatMap(testFiles)
  if (!options.includes('--no-build') && !buildBundles()) return 1
  return (await runTests([...new Set(files)])) ? 0 : 1
}

function testFiles(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  return globSync('**/*.test.ts', { cwd: path, exclude: (name) => name === 'node_modules' || name === 'dist' })
    .sort()
    .map((name) => join(path, name))
}

function buildBundles(): boolean {
  const script = join(root, 'scripts', 'build.ts')
  return !existsSync(script) || spawnSync(process.execPath, [script], { cwd: root, stdio: 'inherit' }).status === 0
}

/** Whether there were tests, and none of them failed. */
function runTests(files: string[]): Promise<boolean> {
  // What set-up installed is found by name in every test.
  process.env.PATH = toolPath()
  const skipped: string[] = []
  const stream = run({ files, cwd: root, concurrency: CONCURRENCY, timeout: LONGEST })
  stream.on('test:pass', ({ name, skip, file }) => {
    if (skip) skipped.push(`${name} (${relative(root, file ?? '')})${typeof skip === 'string' ? `: ${skip}` : ''}`)
  })
  return new Promise((done) => {
    let counts = { passed: 0, failed: 0, skipped: 0 }
    stream.on('test:summary', (summary) => {
      if (summary.file !== undefined) return
      const { tests, passed, skipped, todo } = summary.counts
      // Whatever is neither passed nor put off: a cancelled test is one that could not pass.
      counts = { passed, failed: tests - passed - skipped - todo, skipped }
    })
    const report = stream.compose(spec)
    report.on('end', () => {
      for (const test of skipped) console.log(`skipped: ${test}`)
      console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
      if (counts.passed + counts.failed + counts.skipped === 0) console.error('There are no tests here.')
      done(counts.failed === 0 && counts.passed + counts.skipped > 0)
    })
    report.pipe(process.stdout, { end: false })
  })
}
