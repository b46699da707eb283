import assert from 'node:assert/strict'
import { access, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { command, silent } from '@mayfly/core'
import { fetchEsbuild, findEsbuild } from './esbuild.ts'
import { ESBUILD } from './esbuild-pin.ts'
import { toolsOf } from './tools.ts'

test("the pinned esbuild and its hashes are package-lock.json's", async () => {
  const lock: unknown = JSON.parse(await readFile(new URL('../../package-lock.json', import.meta.url), 'utf8'))
  const packages: unknown = typeof lock === 'object' && lock !== null && 'packages' in lock ? lock.packages : undefined
  assert.ok(typeof packages === 'object' && packages !== null)
  for (const [platform, integrity] of Object.entries(ESBUILD.integrity)) {
    const entry: unknown = Reflect.get(packages, `node_modules/@esbuild/${platform}`)
    assert.partialDeepStrictEqual(entry, { version: ESBUILD.version, integrity })
  }
})

test('esbuild is fetched once, checked and kept, where no node_modules has it', async () => {
  const cacheDirectory = await mkdtemp(join(tmpdir(), 'artifact-esbuild-'))
  try {
    const tools = toolsOf(process.env, cacheDirectory, undefined)
    const said: string[] = []
    const log = { ...silent, info: (line: string) => said.push(line) }
    const program = await fetchEsbuild(tools, log, 'linux-x64')
    assert.equal((await command([program, '--version'], { env: {} })).stdout.trim(), ESBUILD.version)
    assert.equal(await fetchEsbuild(tools, log, 'linux-x64'), program)
    assert.deepEqual(said, [`Fetching esbuild ${ESBUILD.version}.`])
    await assert.rejects(fetchEsbuild(tools, log, 'plan9-mips'), {
      name: 'UserError',
      message: 'Functions cannot be bundled on plan9-mips.',
    })
  } finally {
    await rm(cacheDirectory, { recursive: true, force: true })
  }
})

test('in a checkout the installed esbuild is taken', async () => {
  const program = await findEsbuild(toolsOf({}, '/nonexistent', undefined), silent)
  await access(program)
  assert.match(program, /node_modules\/@esbuild\//)
})
