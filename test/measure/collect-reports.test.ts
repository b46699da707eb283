import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, it } from 'node:test'
import { command, UserError } from '@mayfly/core'
import { collectReports } from '@mayfly/measure'

const base = await mkdtemp(join(tmpdir(), `mayfly-reports-${process.pid}-`))
after(() => rm(base, { recursive: true, force: true }))

let count = 0
async function folder(files: readonly string[]): Promise<string> {
  const root = join(base, String(count++))
  for (const file of ['.', ...files]) {
    await mkdir(dirname(join(root, file)), { recursive: true })
    if (file !== '.') await writeFile(join(root, file), file)
  }
  await mkdir(root, { recursive: true })
  return root
}

const EARLIER = new Date(Date.now() - 60_000)

async function found(root: string, ...patterns: string[]): Promise<string[]> {
  return (await collectReports(root, patterns, EARLIER)).reports.map(({ path }) => path)
}

describe('reports of a run', () => {
  it('are found by pattern, once each, in order, hidden folders and node_modules only by name', async () => {
    const root = await folder(['b/x.xml', 'a/x.xml', '.out/x.xml', 'node_modules/p/x.xml', 'a/x.txt'])
    assert.deepEqual(await found(root, '**/*.xml', 'a/*.xml', '.out/*.xml'), ['.out/x.xml', 'a/x.xml', 'b/x.xml'])
    assert.deepEqual(await found(root, 'node_modules/*/x.xml'), ['node_modules/p/x.xml'])
    const { reports } = await collectReports(root, ['a/x.xml'], EARLIER)
    assert.equal(Buffer.from(reports[0]?.bytes ?? []).toString(), 'a/x.xml')
  })

  it('of an earlier run are refused by name', async () => {
    const root = await folder(['old.xml', 'new.xml'])
    const long = new Date(Date.now() - 3_600_000)
    await utimes(join(root, 'old.xml'), long, long)
    const { reports, notices } = await collectReports(root, ['*.xml'], EARLIER)
    assert.deepEqual(
      [reports.map(({ path }) => path), notices],
      [['new.xml'], ['old.xml is from an earlier run; it is not read.']],
    )
  })

  it('outside of the directory are not read, by pattern or by link', async () => {
    const root = await folder(['in.xml'])
    const other = await folder(['secret.xml'])
    await symlink(join(other, 'secret.xml'), join(root, 'link.xml'))
    await symlink(other, join(root, 'dir'))
    await symlink(join(root, 'in.xml'), join(root, 'inside.xml'))
    await symlink(join(root, 'nothing'), join(root, 'broken.xml'))
    const { reports, notices } = await collectReports(root, ['*.xml', 'dir/*.xml'], EARLIER)
    assert.deepEqual(
      reports.map(({ path }) => path),
      ['in.xml', 'inside.xml'],
    )
    assert.ok(notices.some((notice) => notice.startsWith('link.xml leads out')))
    assert.ok(notices.some((notice) => notice.startsWith('broken.xml is a link to nothing')))
    for (const pattern of ['/etc/passwd', '../*/secret.xml', 'a/../../x', '..']) {
      await assert.rejects(collectReports(root, [pattern], EARLIER), UserError, pattern)
    }
  })

  it('that are no files, or too large, are not read, and none is waited for', async () => {
    const root = await folder(['huge.xml'])
    await mkdir(join(root, 'dir.xml'))
    await truncate(join(root, 'huge.xml'), 300 * 1024 * 1024)
    const made = await command(['mkfifo', join(root, 'pipe.xml')], { env: { PATH: process.env.PATH ?? '' } })
    assert.equal(made.code, 0)
    const { reports, notices } = await collectReports(root, ['*.xml'], EARLIER)
    assert.deepEqual(reports, [])
    assert.deepEqual(notices, [
      'huge.xml is larger than 200 MB; it is not read.',
      'pipe.xml is no file; it is not read.',
      'No report of this run was found at *.xml.',
    ])
  })
})
