import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { command, LABEL, silent } from '@mayfly/core'
import { connectEngine, type Engine } from '@mayfly/engine'
import { ownerOf, removeEnvironment } from '@mayfly/environment'
import { listReferrers, openRegistry, type Registry } from '@mayfly/registry'
import { type ActionResult, runAction } from '../action.ts'
import { startGitHub } from '../github/server.ts'
import type { GitHub } from '../github/types.ts'
import { type RunningRegistry, startRegistry } from '../registry/registry.ts'
import { visit } from '../visit.ts'

const NODE = 'node:24-slim'
const LISTEN = 18097

const server = (text: string) => `import { createServer } from 'node:http'
createServer((_q, r) => r.end('${text}')).listen(3000)
process.on('SIGTERM', () => process.exit(0))
`

describe('the way of a change: pull request, preview, tests, merge, release, staging, production, and back', () => {
  let github: GitHub
  let engine: Engine
  let running: RunningRegistry
  let registry: Registry
  let folder: string
  const repository = `acme/way${process.pid}`
  const owner = () => ownerOf(new URL(github.url).host, repository)
  const idOf = (name: string) => `acme-way${process.pid}-${name}`
  /** What the steps before have said. */
  let tested: { service: string; digest: string; reference: string }[] = []

  before(async () => {
    engine = await connectEngine({ host: undefined }, process.env)
    github = await startGitHub()
    github.addToken('reader', { login: 'github-actions[bot]', type: 'Bot', permissions: { contents: 'read' } })
    running = await startRegistry()
    registry = openRegistry({ host: running.host, credentials: async () => undefined, log: silent })
    folder = await mkdtemp(join(tmpdir(), 'mayfly-way-'))
    const base = await pushBase()
    await github.createRepository(repository)
    await github.commit(repository, { branch: 'change', files: filesOf(base) })
    await github.openPullRequest({ repo: repository, head: 'change', title: 'The first version' })
  })

  after(async () => {
    for (const name of ['pr-1', 'pr-2', 'staging', 'production']) await removeEnvironment(engine, owner(), idOf(name), silent)
    // What a release built belongs to no environment, so none takes it along.
    const label = `label=${LABEL.owner}=${owner()}`
    const images = [...new Set((await docker('images', '--all', '--quiet', '--filter', label)).split('\n').filter(Boolean))]
    if (images.length > 0) await docker('rmi', '--force', ...images)
    await running.stop()
    await engine.close()
    await github.close()
    await rm(folder, { recursive: true, force: true })
  })

  function filesOf(base: string): Record<string, string> {
    return {
      'compose.yaml': JSON.stringify({ services: { web: { build: './web' }, api: { build: './api' } } }),
      'web/package.json': '{"name":"web","version":"1.0.0"}',
      'web/Dockerfile': `FROM ${NODE}\nWORKDIR /srv\nCOPY server.mjs .\nEXPOSE 3000\nCMD ["node", "server.mjs"]\n`,
      'web/server.mjs': server('web one'),
      'api/package.json': JSON.stringify({
        name: 'api',
        version: '1.0.0',
        main: 'index.ts',
        dependencies: { greet: '1.0.0' },
        // It finds its text beside itself when it runs, so it cannot be bundled.
        mayfly: { route: '/api', base, external: ['greet'] },
      }),
      'api/package-lock.json': '{"name":"api","lockfileVersion":3,"packages":{}}',
      'api/node_modules/greet/package.json': '{"name":"greet","version":"1.0.0","main":"index.js"}',
      'api/node_modules/greet/index.js':
        "module.exports = require('node:fs').readFileSync(require('node:path').join(__dirname, 'text'), 'utf8')",
      'api/node_modules/greet/text': 'api one',
      'api/index.ts': "import text from 'greet'\nexport default { fetch: () => new Response(text) }\n",
    }
  }

  /** A function's base has to be in a registry; here that is this one. */
  async function pushBase(): Promise<string> {
    const name = `${running.host}/base/node:24-slim`
    await docker('tag', NODE, name)
    await docker('push', '--quiet', name)
    await docker('rmi', name)
    return name
  }

  async function docker(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await command(['docker', ...args], { env: { PATH: process.env.PATH ?? '', HOME: folder } })
    assert.equal(code, 0, stderr)
    return stdout
  }

  async function run(action: string, inputs: Record<string, string>, token = 'workflow-token'): Promise<ActionResult> {
    const pull = await github.event(repository, 1, 'synchronize')
    const named = ['release', 'promote'].includes(action)
    const sha = named ? await headOf('main') : (await github.pullRequest(repository, 1)).head
    const event = named
      ? { name: 'push', payload: { ref: 'refs/heads/main', after: sha } }
      : { name: 'pull_request', payload: pull }
    return runAction({ action, github, repository, event, inputs, token, env: { GITHUB_SHA: sha, GITHUB_ACTOR: 'octocat' } })
  }

  async function headOf(branch: string): Promise<string> {
    const { directory } = github.git(repository)
    const { stdout } = await command(['git', '-C', directory, 'rev-parse', branch], { env: { PATH: process.env.PATH ?? '' } })
    return stdout.trim()
  }

  const place = () => `${running.host}/acme/way`
  const release = (inputs: Record<string, string> = {}, token?: string) => run('release', { registry: place(), ...inputs }, token)
  const promote = (environment: string, inputs: Record<string, string>) =>
    run('promote', { environment, domain: `localhost:${LISTEN}`, ...inputs })
  const said = async (name: string, path = '') =>
    (await visit(`http://${path === '' ? 'web--' : 'api--'}${idOf(name)}.localhost:${LISTEN}/`)).body
  const digestsOf = (result: ActionResult): Record<string, string> =>
    Object.fromEntries(
      JSON.parse(result.outputs.artifacts ?? '[]').map((one: { service: string; digest: string }) => [one.service, one.digest]),
    )

  it('is built into the registry, previewed, and its tests are written on the very artifacts', async () => {
    const built = await run('build', { registry: place() })
    assert.equal(built.code, 0, built.log)
    tested = JSON.parse(built.outputs.artifacts ?? '')
    const previewed = await run('preview', {
      registry: place(),
      artifacts: built.outputs.artifacts ?? '',
      domain: `localhost:${LISTEN}`,
    })
    assert.equal(previewed.outputs.outcome, 'ready', previewed.log)
    assert.equal(await said('pr-1'), 'web one')
    assert.equal(await said('pr-1', '/api'), 'api one')
    const comment = github.comments(repository, 1)[0]?.body ?? ''
    assert.match(
      comment,
      /Built `(web|api)`, `(web|api)`: nothing was built from these files, base and options before/,
      previewed.log,
    )
    const refused = await promote('staging', { artifacts: built.outputs.artifacts ?? '', 'require-tested': 'true' })
    assert.notEqual(refused.code, 0)
    assert.match(refused.errors.join('\n'), /what is not tested is not promoted.*no test result is attached/)
    const told = await run('tested', { artifacts: built.outputs.artifacts ?? '', passed: 'true', environment: idOf('pr-1') })
    assert.equal(told.code, 0, told.log)
  })

  it('is released on the merge as the same bytes: nothing is built', async () => {
    await github.mergePullRequest(repository, 1)
    const cleaned = await run('clean', {})
    assert.equal(cleaned.outputs.outcome, 'removed', cleaned.log)
    const released = await release()
    assert.equal(released.code, 0, released.log)
    assert.deepEqual(digestsOf(released), Object.fromEntries(tested.map(({ service, digest }) => [service, digest])))
    assert.deepEqual(JSON.parse(released.outputs.versions ?? ''), { web: '1.0.0', api: '1.0.0' })
    assert.deepEqual(JSON.parse(released.outputs.published ?? '').sort(), ['api@1.0.0', 'web@1.0.0'])
    assert.doesNotMatch(released.log, /exporting|bundl/i)
    assert.match(released.summary, /Released `web@1\.0\.0`, `api@1\.0\.0`/)
    const tags = await command(['git', '-C', github.git(repository).directory, 'tag', '--list'], {
      env: { PATH: process.env.PATH ?? '' },
    })
    assert.deepEqual(tags.stdout.trim().split('\n').sort(), ['api@1.0.0', 'web@1.0.0'])
    const again = await release()
    assert.deepEqual([again.code, JSON.parse(again.outputs.published ?? '')], [0, []], again.log)
    assert.deepEqual(digestsOf(again), digestsOf(released))
  })

  it('is brought to staging by its versions, and from there to production, never built, tested as asked', async () => {
    const staged = await promote('staging', { version: 'web@1.0.0 api@1.0.0', 'require-tested': 'true' })
    assert.equal(staged.outputs.outcome, 'ready', staged.log)
    const live = await promote('production', { from: 'staging' })
    assert.equal(live.outputs.outcome, 'ready', live.log)
    assert.deepEqual(
      JSON.parse(live.outputs.digests ?? ''),
      Object.fromEntries(tested.map(({ service, digest }) => [service, digest])),
    )
    assert.equal(await said('production'), 'web one')
    assert.equal(await said('production', '/api'), 'api one')
  })

  it('is read and copied by others: skopeo, and an engine that has none of it', async () => {
    for (const { reference, service } of tested) {
      const copied = await command(
        ['skopeo', 'copy', '--src-tls-verify=false', `docker://${place()}/${service}:1.0.0`, `oci:${folder}/${service}:copy`],
        { env: { PATH: process.env.PATH ?? '', HOME: folder } },
      )
      assert.equal(copied.code, 0, copied.stderr)
      const digest = reference.replace(/^.*@/, '')
      assert.deepEqual((await listReferrers(registry, `acme/way/${service}`, digest)).length >= 2, true)
    }
    const api = tested.find(({ service }) => service === 'api')?.reference ?? ''
    assert.match(await docker('run', '--rm', '--network', 'none', api, 'node', '-p', 'process.env.MAYFLY_NAME'), /^api/)
  })

  it('is refused under a version that is taken, with the file that differs; a higher one goes through, and the other service is reused', async () => {
    await github.commit(repository, {
      branch: 'main',
      message: 'feat: a new answer',
      files: { 'web/server.mjs': server('web two') },
    })
    const refused = await release()
    assert.notEqual(refused.code, 0)
    const told = refused.errors.join('\n')
    assert.match(told, /web@1\.0\.0 is already published with other bytes/)
    assert.match(told, /file .*srv\/server\.mjs.*content/)
    assert.match(told, /Raise "version" in the package\.json of web/)
    assert.equal((await release({ version: 'auto' })).code, 0)
    const next = await release({ version: 'auto' })
    assert.deepEqual(JSON.parse(next.outputs.versions ?? ''), { web: '1.1.0', api: '1.0.0' })
    assert.equal(digestsOf(next).api, tested.find(({ service }) => service === 'api')?.digest)
    assert.notEqual(digestsOf(next).web, tested.find(({ service }) => service === 'web')?.digest)
  })

  it('goes to production by what the release said, and back by one input', async () => {
    const next = await release({ version: 'auto' })
    const live = await promote('production', { artifacts: next.outputs.artifacts ?? '' })
    assert.deepEqual([live.outputs.outcome, live.outputs.revision], ['ready', next.outputs.revision], live.log)
    assert.equal(await said('production'), 'web two')
    const back = await promote('production', { rollback: 'true' })
    assert.equal(back.outputs.outcome, 'ready', back.log)
    assert.equal(await said('production'), 'web one')
  })

  it('is carried to another registry with all that is attached to it, as the same digest', async () => {
    const elsewhere = `${running.host}/production`
    const live = await promote('production', { version: 'web@1.0.0 api@1.0.0', registry: elsewhere, 'require-tested': 'true' })
    assert.equal(live.outputs.outcome, 'ready', live.log)
    const { digest = '' } = tested.find(({ service }) => service === 'api') ?? {}
    const here = await listReferrers(registry, 'acme/way/api', digest)
    const there = await listReferrers(registry, 'production/api', digest)
    assert.deepEqual(there.map((one) => one.digest).sort(), here.map((one) => one.digest).sort())
  })

  it('that touches one service builds that one and reuses the others, and the comment says which and why', async () => {
    await github.commit(repository, { branch: 'next', files: { 'web/server.mjs': server('web three') } })
    const { number } = await github.openPullRequest({ repo: repository, head: 'next', title: 'Another answer' })
    const payload = await github.event(repository, number, 'opened')
    const shared = { github, repository, event: { name: 'pull_request', payload } }
    const built = await runAction({ ...shared, action: 'build', inputs: { registry: place() } })
    const artifacts = JSON.parse(built.outputs.artifacts ?? '[]')
    assert.deepEqual(
      artifacts.map(({ service, reused }: { service: string; reused: boolean }) => [service, reused]).sort(),
      [
        ['api', true],
        ['web', false],
      ],
      built.log,
    )
    const inputs = { registry: place(), artifacts: built.outputs.artifacts ?? '', domain: `localhost:${LISTEN}` }
    const previewed = await runAction({ ...shared, action: 'preview', inputs })
    assert.equal(previewed.outputs.outcome, 'ready', previewed.log)
    const comment = github.comments(repository, number)[0]?.body ?? ''
    assert.match(comment, /Built `web`: nothing was built from these files, base and options before/, previewed.log)
    assert.match(comment, /Reused `api` from `[0-9a-f]{7}`: the same files, base and options/)
  })

  it('without the permission to write to git is best effort, and the summary says so', async () => {
    await github.commit(repository, {
      branch: 'main',
      message: 'fix: more',
      files: { 'web/package.json': '{"name":"web","version":"1.2.0"}' },
    })
    const weak = await release({}, 'reader')
    assert.equal(weak.code, 0, weak.log)
    assert.match(weak.log, /this is best effort/)
    assert.match(weak.summary, /nothing but the registry keeps these versions from being overwritten/)
  })
})
