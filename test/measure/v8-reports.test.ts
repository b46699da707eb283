import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { command } from '@mayfly/core'
import { NO_CODE } from '@mayfly/coverage'
import { parseV8Report, readV8Reports, repositoryAt } from '@mayfly/pipeline'
import { build } from 'esbuild'

const SOURCE = `export function pick(n: number): number {
  if (n > 5) {
    return 1
  }
  return 2
}
console.log(pick(1))
`

describe("V8's own coverage, of a test process and of a browser", () => {
  let workspace: string
  before(async () => {
    workspace = await mkdtemp(join(tmpdir(), 'mayfly-v8-'))
    await mkdir(join(workspace, 'src'))
    await writeFile(join(workspace, 'src', 'pick.ts'), SOURCE)
  })
  after(() => rm(workspace, { recursive: true, force: true }))

  async function linesOf(reports: Buffer[]): Promise<Record<string, Record<number, number>>> {
    const found = reports.map((report) => parseV8Report(report, workspace))
    assert.ok(found.every((report) => report !== undefined))
    const { files } = await readV8Reports(
      found.filter((report) => report !== undefined),
      workspace,
      repositoryAt(workspace, ['src/pick.ts']),
    )
    return Object.fromEntries(
      [...files].map(([path, { hits }]) => [
        path,
        Object.fromEntries([...hits].flatMap((count, line) => (line === 0 || count === NO_CODE ? [] : [[line, count]]))),
      ]),
    )
  }

  const EXPECTED = { 2: 1, 3: 0, 5: 1, 7: 1 }

  it('is read as Node writes it, of files whose types it strips', async () => {
    const folder = join(workspace, 'v8')
    const done = await command([process.execPath, join(workspace, 'src', 'pick.ts')], { env: { NODE_V8_COVERAGE: folder } })
    assert.equal(done.code, 0, done.stderr)
    const reports = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name))))
    assert.deepEqual(await linesOf(reports), { 'src/pick.ts': EXPECTED })
  })

  it('is read as Playwright gives it, of a bundle whose map is inside it', async () => {
    const bundled = await build({
      entryPoints: [join(workspace, 'src', 'pick.ts')],
      bundle: true,
      write: false,
      sourcemap: 'inline',
      outdir: join(workspace, 'dist'),
    })
    const source = bundled.outputFiles[0]?.text ?? ''
    const at = (text: string) => source.indexOf(text)
    const body = { startOffset: at('function pick'), endOffset: at('console.log'), count: 1 }
    const never = { startOffset: at('{\n      return 1'), endOffset: at('return 2'), count: 0 }
    const functions = [
      { functionName: '', isBlockCoverage: true, ranges: [{ startOffset: 0, endOffset: source.length, count: 1 }] },
      { functionName: 'pick', isBlockCoverage: true, ranges: [body, never] },
    ]
    const report = Buffer.from(
      JSON.stringify([{ url: 'http://127.0.0.1:8080/assets/pick.js?v=1', scriptId: '1', source, functions }]),
    )
    assert.deepEqual(await linesOf([report]), { 'src/pick.ts': EXPECTED })
  })

  it('reads no file outside the workspace, whatever a report names', async () => {
    const secret = join(workspace, '..', `mayfly-secret-${process.pid}.js`)
    await writeFile(secret, 'secret()')
    try {
      const functions = [{ functionName: '', isBlockCoverage: true, ranges: [{ startOffset: 0, endOffset: 8, count: 1 }] }]
      const report = parseV8Report(Buffer.from(JSON.stringify({ result: [{ url: `file://${secret}`, functions }] })), workspace)
      assert.deepEqual(report?.scripts, [])
    } finally {
      await rm(secret)
    }
  })

  for (const other of ['', '[]', '[{}]', '{"result":1}', '{"result":[{"url":1}]}', 'TN:\nSF:a', '{"a":{"s":{}}}']) {
    it(`leaves ${JSON.stringify(other)} to the readers of other formats`, () => {
      const report = parseV8Report(Buffer.from(other), workspace)
      assert.ok(report === undefined || report.dump.length === 0)
    })
  }
})
