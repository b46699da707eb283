import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { command } from '@mayfly/core'
import { connectEngine, type Engine, observe } from '@mayfly/engine'
import { runAction } from '../action.ts'
import { startGitHub } from '../github/server.ts'
import type { GitHub } from '../github/types.ts'
import { visit } from '../visit.ts'

const examples = join(import.meta.dirname, '..', '..', 'examples')

describe('build, preview and clean as separate actions that feed each other', () => {
  let github: GitHub
  let engine: Engine
  let registry: Registry
  const repository = `acme/parts${process.pid}`
  const id = `acme-parts${process.pid}-pr-1`
  const event = async (action: 'opened' | 'closed') => ({
    name: 'pull_request',
    payload: await github.event(repository, 1, action),
  })

  before(async () => {
    engine = await connectEngine({ host: undefined }, process.env)
    github = await startGitHub()
    registry = await startRegistry()
    await github.createRepository(repository, { from: join(examples, 'dockerfile') })
    await github.commit(repository, { branch: 'change', files: { 'server.mjs': SERVER } })
    await github.openPullRequest({ repo: repository, head: 'change' })
  })

  after(async () => {
    await github.closePullRequest(repository, 1)
    await runAction({ action: 'clean', github, repository, event: await event('closed') })
    await registry.stop()
    await engine.close()
    await github.close()
  })

  it('builds once, by digest, into a registry; the next job deploys exactly that', async () => {
    const built = await runAction({
      action: 'build',
      github,
      repository,
      event: await event('opened'),
      inputs: { registry: registry.address },
    })
    assert.equal(built.code, 0, built.log)
    const [artifact] = JSON.parse(built.outputs.artifacts ?? '[]')
    assert.match(artifact.reference, new RegExp(`^${registry.address}/app@sha256:[0-9a-f]{64}$`))
    assert.equal(artifact.revision, (await github.pullRequest(repository, 1)).head)
    // Another job may run on another machine: the engine does not have the image there.
    await command(['docker', 'image', 'rm', '--force', artifact.reference], { env: { PATH: process.env.PATH ?? '' } })
    const previewed = await runAction({
      action: 'preview',
      github,
      repository,
      event: await event('opened'),
      inputs: { artifacts: built.outputs.artifacts ?? '', registry: registry.address, domain: 'localhost:18081' },
    })
    assert.equal(previewed.code, 0, previewed.log)
    assert.equal(previewed.outputs.outcome, 'ready')
    assert.doesNotMatch(previewed.log, /exporting to image/)
    assert.match((await visit(previewed.outputs.url ?? '')).body, /Hello from the change/)
    assert.equal(github.comments(repository, 1).length, 1)
  })

  it('refuses artifacts that are none, naming the cure', async () => {
    for (const artifacts of [
      'nonsense',
      '[{"service":"app"}]',
      '[]',
      '[{"service":"app","name":"a","revision":"","key":"","reference":"nginx:latest","ports":[]}]',
    ]) {
      const refused = await runAction({
        action: 'preview',
        github,
        repository,
        event: await event('opened'),
        inputs: { artifacts, domain: 'localhost:18081' },
      })
      assert.equal(refused.code, 1, refused.log)
      assert.equal(refused.errors.length, 1)
      assert.match(refused.errors[0] ?? '', /artifacts/)
    }
  })

  it('cleans nothing that is wanted, and everything that is not', async () => {
    const kept = await runAction({ action: 'clean', github, repository, event: await event('opened') })
    assert.equal(kept.outputs.outcome, 'skipped', kept.log)
    assert.notEqual((await observe(engine, { environment: id })).containers.length, 0)
    await github.closePullRequest(repository, 1)
    const cleaned = await runAction({ action: 'clean', github, repository, event: await event('closed') })
    assert.equal(cleaned.outputs.outcome, 'removed', cleaned.log)
    assert.deepEqual(await observe(engine, { environment: id }), { containers: [], networks: [], volumes: [] })
    assert.deepEqual(github.violations, [])
  })
})

const SERVER = `import { createServer } from 'node:http'
const server = createServer((_request, response) => response.end('Hello from the change.'))
server.listen(3000)
process.on('SIGTERM', () => server.close())
`

/** A real registry on loopback, where no engine asks for TLS. */
async function startRegistry(): Promise<Registry> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-registry-'))
  const port = await freePort()
  const address = `127.0.0.1:${port}`
  const config = { version: '0.1', storage: { filesystem: { rootdirectory: join(folder, 'data') } }, http: { addr: address } }
  await writeFile(join(folder, 'config.yml'), JSON.stringify(config))
  const server = spawn('docker-registry', ['serve', join(folder, 'config.yml')], { stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  while (!(await answers(`http://${address}/v2/`))) if (server.exitCode !== null) throw new Error('docker-registry ended')
  const stop = async () => {
    server.kill()
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  return { address, stop }
}

interface Registry {
  address: string
  stop: () => Promise<void>
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  )
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
