import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { connectEngine, observe } from '@mayfly/engine'
import { type ActionRun, runAction } from '../action.ts'
import { startGitHub } from '../github/server.ts'
import type { GitHub, PullRequestAction } from '../github/types.ts'
import { visit } from '../visit.ts'
import { type Sshd, startSshd } from './sshd.ts'

describe('an engine on another host, over ssh', () => {
  let github: GitHub
  let sshd: Sshd
  const repository = `acme/far${process.pid}`
  const id = `acme-far${process.pid}-pr-1`
  const run = async (action: PullRequestAction, inputs: Record<string, string> = {}) => {
    const given: ActionRun = {
      action: 'mayfly',
      github,
      repository,
      event: { name: 'pull_request', payload: await github.event(repository, 1, action) },
      inputs: {
        host: sshd.url,
        'ssh-key': sshd.privateKey,
        'ssh-known-hosts': sshd.knownHosts,
        domain: 'localhost:18087',
        ...inputs,
      },
      // Nothing of this machine's own ssh set-up helps.
      env: { HOME: '/nonexistent' },
    }
    return runAction(given)
  }

  before(async () => {
    sshd = await startSshd()
    github = await startGitHub()
    await github.createRepository(repository, { from: join(import.meta.dirname, '..', '..', 'examples', 'dockerfile') })
    await github.commit(repository, { branch: 'far', files: { note: 'far away' } })
    await github.openPullRequest({ repo: repository, head: 'far' })
  })

  after(async () => {
    await github.close()
    await sshd.close()
  })

  it('builds there, deploys there, and answers from there', async () => {
    const done = await run('opened')
    assert.equal(done.code, 0, done.log)
    assert.equal(done.outputs.outcome, 'ready')
    assert.match((await visit(done.outputs.url ?? '')).body, /Hello from a Dockerfile/)
  })

  it('refuses a host whose key is not the known one, and says so', async () => {
    const other = await startSshd()
    const done = await run('synchronize', {
      'ssh-known-hosts': other.knownHosts.replace(/:\d+/, sshd.url.slice(sshd.url.lastIndexOf(':'))),
    })
    await other.close()
    assert.equal(done.code, 1, done.log)
    assert.equal(done.errors.length, 1)
    assert.match(done.errors[0] ?? '', /No engine answers at ssh:.*known hosts/s)
  })

  it('refuses without a key that the host knows, and says so', async () => {
    const other = await startSshd()
    const done = await run('synchronize', { 'ssh-key': other.privateKey })
    await other.close()
    assert.equal(done.code, 1, done.log)
    assert.match(done.errors[0] ?? '', /Permission denied/)
  })

  it('removes there, and leaves neither the preview nor the key behind', async () => {
    await github.closePullRequest(repository, 1)
    const done = await run('closed')
    assert.equal(done.code, 0, done.log)
    assert.equal(done.outputs.outcome, 'removed')
    const engine = await connectEngine({ host: undefined }, process.env)
    assert.deepEqual(await observe(engine, { environment: id }), { containers: [], networks: [], volumes: [] })
    await engine.close()
    // The runner hides what is named by add-mask; nothing else may show it.
    assert.doesNotMatch(done.log.replace(/^::add-mask::.*$/gm, ''), /OPENSSH PRIVATE KEY/)
    assert.deepEqual(done.leftInTemp, [])
  })
})
