import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { type ActionsService, type RunScope, startActionsService } from '../../test/actions-service/server.ts'
import { startGitHub } from '../../test/github/server.ts'
import type { GitHub } from '../../test/github/types.ts'
import { jobStores } from './stores.ts'

const REPOSITORY = 'acme/shop'
const CONTENT = Buffer.from([0x1f, 0x8b, 0, 255, 10, 13])

describe('the stores of a job', () => {
  let github: GitHub
  let service: ActionsService
  let folder: string
  let path: string
  let sha: string
  const given = { ...process.env }

  before(async () => {
    github = await startGitHub()
    service = await startActionsService(github)
    await github.createRepository(REPOSITORY)
    sha = await github.commit(REPOSITORY, { branch: 'change', files: { 'a.txt': 'one\n' } })
    folder = await mkdtemp(join(tmpdir(), `mayfly-stores-${process.pid}-`))
    path = join(folder, 'temp', 'base', 'record.gz')
  })
  after(async () => {
    await service.close()
    await github.close()
    await rm(folder, { recursive: true, force: true })
  })
  beforeEach(async () => {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, CONTENT)
  })

  /** Goes on as a job of this run: the toolkit reads where it is from the environment. */
  function within(scope: Partial<RunScope> = {}, change: Record<string, string> = {}): void {
    const whole = { repository: REPOSITORY, runId: '7', ref: 'refs/heads/main', sha, ...scope }
    for (const name of Object.keys(process.env)) if (!(name in given)) delete process.env[name]
    const temp = { RUNNER_TEMP: join(folder, 'temp'), GITHUB_WORKSPACE: folder }
    const run = { GITHUB_REPOSITORY: REPOSITORY, GITHUB_RUN_ID: whole.runId }
    Object.assign(process.env, service.environment(whole), temp, run, change)
  }

  /** What restoring leaves at the path, after nothing was there. */
  async function restored(...keys: string[]): Promise<{ key: string | undefined; bytes: Buffer | undefined }> {
    await rm(path, { force: true })
    const key = await jobStores.restore(keys, path)
    return { key, bytes: await readFile(path).catch(() => undefined) }
  }

  it('a cache comes back as it was saved, under its exact key, the first one that there is', async () => {
    within()
    assert.deepEqual(await jobStores.save('mayfly-base-a', path), { why: '' })
    assert.deepEqual(service.caches(), ['mayfly-base-a'])
    assert.deepEqual(await restored('mayfly-base-a'), { key: 'mayfly-base-a', bytes: CONTENT })
    assert.deepEqual(await restored('mayfly-base-z', 'mayfly-base-a'), { key: 'mayfly-base-a', bytes: CONTENT })
    assert.deepEqual(await restored('mayfly-base-z'), { key: undefined, bytes: undefined })
    assert.deepEqual(await restored(), { key: undefined, bytes: undefined })
  })

  it('a key that is there already stays as it is, and that is no failure', async () => {
    within()
    await writeFile(path, 'another')
    assert.deepEqual(await jobStores.save('mayfly-base-a', path), { why: '' })
    assert.deepEqual((await restored('mayfly-base-a')).bytes, CONTENT)
  })

  it("what a pull request's run saves is not the default branch's to read; the other way round it is", async () => {
    within({ ref: 'refs/pull/1/merge' })
    assert.deepEqual(await jobStores.save('mayfly-base-evil', path), { why: '' })
    assert.equal((await restored('mayfly-base-evil')).key, 'mayfly-base-evil')
    assert.equal((await restored('mayfly-base-a')).key, 'mayfly-base-a')
    within()
    assert.equal((await restored('mayfly-base-evil')).key, undefined)
  })

  it('an artifact is one file, found by its name among those of its run, and its address is told', async () => {
    within({ runId: '8' })
    await writeFile(path, '<!doctype html>')
    const { why, url } = await jobStores.upload('mayfly-report-8-1.html', path)
    assert.equal(why, '')
    const [artifact, ...more] = github.artifacts(REPOSITORY)
    assert.equal(more.length, 0)
    assert.deepEqual(
      [artifact?.name, artifact?.run, artifact?.bytes.toString()],
      ['mayfly-report-8-1.html', 8, '<!doctype html>'],
    )
    assert.equal(url, `${process.env.GITHUB_SERVER_URL}/${REPOSITORY}/actions/runs/8/artifacts/${artifact?.id}`)
  })

  it('a name that a run has used is not used again: what is there stays, and the reason is told', async () => {
    within({ runId: '8' })
    const { why, url } = await jobStores.upload('mayfly-report-8-1.html', path)
    assert.match(why, /already exists/)
    assert.equal(url, undefined)
    assert.equal(github.artifacts(REPOSITORY).length, 1)
  })

  it('another attempt has a name of its own', async () => {
    within({ runId: '8' })
    assert.equal((await jobStores.upload('mayfly-report-8-2.html', path)).why, '')
    assert.equal(github.artifacts(REPOSITORY).length, 2)
  })

  const missing: [where: string, change: Record<string, string>][] = [
    ['a runner without the services', { ACTIONS_RESULTS_URL: '', ACTIONS_RUNTIME_TOKEN: '', ACTIONS_CACHE_URL: '' }],
    [
      'a GitHub Enterprise Server',
      { GITHUB_SERVER_URL: 'https://github.example.test', ACTIONS_RESULTS_URL: '', ACTIONS_CACHE_URL: '' },
    ],
    ['services that do not answer', { ACTIONS_RESULTS_URL: 'http://127.0.0.1:9/' }],
  ]
  for (const [where, change] of missing) {
    it(`on ${where} each store says why it has nothing, and nothing is thrown`, async () => {
      within({ runId: '9' }, change)
      const before = github.artifacts(REPOSITORY).length
      assert.notEqual((await jobStores.upload('mayfly-report-9-1.html', path)).why, '')
      assert.notEqual((await jobStores.save('mayfly-base-b', path)).why, '')
      assert.equal((await restored('mayfly-base-a')).key, undefined)
      assert.equal(github.artifacts(REPOSITORY).length, before)
    })
  }

  it('a file that is not there is a reason and no error', async () => {
    within({ runId: '10' })
    assert.match((await jobStores.upload('mayfly-report-10-1.html', join(folder, 'nothing'))).why, /ENOENT/)
    assert.notEqual((await jobStores.save('mayfly-base-c', join(folder, 'nothing'))).why, '')
  })

  it('leaves nothing behind in the folder that it works in', async () => {
    within({ runId: '11' })
    await jobStores.upload('mayfly-report-11-1.html', path)
    assert.deepEqual(
      (await readdir(join(folder, 'temp'))).filter((name) => name.startsWith('mayfly-upload-')),
      [],
    )
  })
})
