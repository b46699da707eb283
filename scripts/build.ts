import { readdirSync } from 'node:fs'
import { mkdir, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { bundle, bundleCommand, bundleRuntime, bundleToolkit, copyHook } from './bundle.ts'

/** Builds every actions/<name>/main.ts into dist/<name>.mjs, the command into dist/cli.mjs, and the functions' runtime. */

const root = join(import.meta.dirname, '..')
const LIMIT = 3 * 1024 * 1024

const actions = readdirSync(join(root, 'actions'), { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [{ source: `actions/${entry.name}/main.ts`, name: entry.name }] : [],
)
const dist = join(root, 'dist')
await rm(dist, { recursive: true, force: true })
await mkdir(dist, { recursive: true })
await bundle(dist, actions)
await bundleCommand(dist)
await bundleRuntime(dist)
await bundleToolkit(dist)
await copyHook(dist)
let failed = false
for (const name of readdirSync(dist)) {
  const { size } = await stat(join(dist, name))
  console.log(`${basename(name)}: ${(size / 1024 / 1024).toFixed(2)} MB`)
  if (size > LIMIT && name.endsWith('.mjs')) failed = true
}
if (failed) {
  console.error('A bundle is over 3 MB: every job downloads it. Look for a new dependency that brings much along.')
  process.exitCode = 1
}
